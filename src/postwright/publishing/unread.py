"""Figures that a platform did not tell: why, who must act, and when they are asked for again. Kept with the post (metadata)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from postwright.errors import PostwrightError, Who
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected

WAIT = timedelta(minutes=15)  # until the next look; the statement due_for_measuring says the same
REFUSALS = frozenset({"api_version", "forbidden", "scope"})  # only a person ends these: they are told
_ACTS = {"api_version": Who.OPERATOR, "forbidden": Who.RECONNECT, "scope": Who.RECONNECT}


@dataclass(frozen=True, slots=True)
class Unread:
    """Why the figures of a post could not be read when they were last asked for. `again_at` None: once a person acted."""

    kind: str
    field: str | None
    rule: str | None
    who: str
    message: str
    at: datetime
    again_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self) | {"at": self.at.isoformat(), "again_at": self.again_at.isoformat() if self.again_at else None}


def why_unread(error: Exception, now: datetime) -> Unread:
    """An error of a look, in words. What a platform said verbatim stays out: it may echo what was sent."""
    again = now + WAIT
    if isinstance(error, Rejected):
        return Unread(error.kind, error.field, error.rule, _ACTS.get(error.rule, Who.YOU), _clean(error.message), now, again)
    if isinstance(error, ReauthRequired):
        return Unread(error.kind, "account", None, Who.RECONNECT, _clean(error.message), now, None)
    if isinstance(error, PlatformError):
        return Unread(error.kind, None, None, Who.WE, _clean(error.message), now, again)
    if isinstance(error, PostwrightError):
        return Unread(error.code, error.field, error.rule, error.who, error.message, now, again)
    return Unread("internal", None, None, Who.WE, f"What the platform told could not be kept ({type(error).__name__})", now, again)


def read_unread(metadata: Mapping[str, Any] | None) -> Unread | None:
    """What was kept; None where nothing was, or what makes no sense."""
    kept = (metadata or {}).get("measure_error")
    if not isinstance(kept, Mapping):
        return None
    try:
        at, again = datetime.fromisoformat(kept["at"]), kept["again_at"] and datetime.fromisoformat(kept["again_at"])
        return Unread(str(kept["kind"]), kept["field"], kept["rule"], str(kept["who"]), str(kept["message"]), at, again or None)
    except (KeyError, TypeError, ValueError):
        return None


def _clean(message: str) -> str:
    return message.replace("\x00", "")  # some name what the platform said, and a NUL cannot be stored
