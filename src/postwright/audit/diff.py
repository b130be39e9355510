"""Which fields an entry changed. What could sign somebody in stands in no entry, and is left out here a second time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from postwright.audit.models import Change

_SECRET = re.compile(r"token|secret|password|hash(?!tag)|authorization|cookie|credential|idempotency|dedupe", re.IGNORECASE)
_PLUMBING = frozenset({"id", "workspace_id", "created_at", "updated_at", "fence", "due_at", "worker_id", "lease_expires_at"})


def find_changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Change]:
    """Field by field: of a change what differs, of what was added or removed everything that was set. Of a field with fields
    of its own ("settings.require_approval") only those that differ."""
    before, after = _flat(old or {}), _flat(new or {})
    found = [Change(each, before.get(each), after.get(each)) for each in dict.fromkeys([*after, *before])]
    return [each for each in found if each.before != each.after and not (_is_empty(each.before) and _is_empty(each.after))]


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for field, value in data.items():
        if field in _PLUMBING or _SECRET.search(field):
            continue
        if isinstance(value, dict) and value:
            flat |= {f"{field}.{key}": each for key, each in _scrub(value).items()}
        else:
            flat[field] = _scrub(value)
    return flat


def _scrub(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _scrub(each) for key, each in value.items() if not _SECRET.search(key)}
    if isinstance(value, list):
        return [_scrub(each) for each in value]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
