"""The zone of this machine: the best guess for the person who runs it, until their browser says better."""

from __future__ import annotations

import os
from pathlib import Path

from postwright.kit.time import zone_names

_UTC = frozenset({"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"})  # other names for the same


def machine_zone() -> str:
    """An IANA name from TZ or from where /etc/localtime points; UTC where neither says one."""
    pointed = Path("/etc/localtime")
    named = os.environ.get("TZ", "").lstrip(":") or (str(pointed.resolve()).partition("zoneinfo/")[2] if pointed.is_symlink() else "")
    return named if named in zone_names() and named not in _UTC else "UTC"
