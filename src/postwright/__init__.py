"""Postwright: native social posts from one idea, planned, published once, measured, learned from."""

__version__ = "0.1.0.dev0"
