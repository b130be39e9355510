"""The database: a server of our own or another's, its schema, and transactions that know who asks."""
