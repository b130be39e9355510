"""Which fields an entry changed. What could sign somebody in stands in no entry, and is left out here a second time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from postwright.audit.models import Change

_SECRET = re.compile(r"token|secret|password|hash(?!tag)|authorization|cookie|credential|idempotency|dedupe", re.IGNORECASE)
_PLUMBING = frozenset({"id", "workspace_id", "created_at", "updated_at", "fence", "due_at", "worker_id", "lease_expires_at"})


def find_changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Change]:
    """Field by field: of a change what differs, of what was added or removed everything that was set."""
    old, new = old or {}, new or {}
    fields = [each for each in dict.fromkeys([*new, *old]) if each not in _PLUMBING and not _SECRET.search(each)]
    found = [Change(each, _scrub(old.get(each)), _scrub(new.get(each))) for each in fields]
    return [each for each in found if each.before != each.after and not (_is_empty(each.before) and _is_empty(each.after))]


def _scrub(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _scrub(each) for key, each in value.items() if not _SECRET.search(key)}
    if isinstance(value, list):
        return [_scrub(each) for each in value]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
