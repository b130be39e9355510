"""Postwright: native social posts from one idea, planned, published once, measured, learned from."""
