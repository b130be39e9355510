"""Workspaces: made, renamed, left, handed over, deleted and restored; who is in them, and who is invited."""
