"""Bluesky, the AT protocol."""
