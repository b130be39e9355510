"""Data rights: archives of all that a person or a workspace has, and accounts that are deleted."""
