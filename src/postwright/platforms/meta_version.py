"""The version of Meta's Graph API by which Facebook and Instagram are called."""

from __future__ import annotations

from datetime import date

from postwright.platforms.rules import Fact

# "Available until" in the table of versions.
GRAPH = Fact("v25.0", "https://developers.facebook.com/docs/graph-api/changelog/versions", date(2026, 11, 21), sunset=date(2028, 7, 29))
