"""Mastodon, on whatever server the account lives."""
