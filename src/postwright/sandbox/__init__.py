"""A pretend internet: one server that speaks the platforms' own APIs, for trying everything without a key.

Adapters talk to it exactly as to the platforms, under /{real host}/{real path}. It shares no code
with them. What it shows about engagement is simulated, and every answer says so in a header.
"""
