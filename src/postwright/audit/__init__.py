"""Who changed what in a workspace: read by its admins, written by the database alone."""
