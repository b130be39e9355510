"""People: registering, signing in, sessions, one-time links, workspaces."""
