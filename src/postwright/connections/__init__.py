"""Accounts: the connected profiles, their credentials and their health."""
