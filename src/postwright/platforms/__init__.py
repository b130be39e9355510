"""The platforms: a folder each, held to the protocols of base.py, listed in registry.py."""
