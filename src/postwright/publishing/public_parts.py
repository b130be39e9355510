"""A thread that broke off: its first parts are public, and a further try goes on behind them. So they stay as they went out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.errors import Conflict
from postwright.platforms.registry import get as platform_of
from postwright.publishing.resolve import PlannedItem, Resolved
from postwright.publishing.snapshot import media_of, post_of

RULE = "public_parts"
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class PublicParts:
    """How many parts of a commitment are out, from the first on, and what it said when they went."""

    count: int
    content: str
    snapshot: Mapping[str, Any]

    def words(self) -> str:
        if self.count == 1:
            return "The first part of this thread is public and stays as it is; another try goes on behind it."
        return f"The first {self.count} parts of this thread are public and stay as they are; another try goes on behind them."


async def public_parts(db: Conn, workspace: UUID, commitment: UUID | None) -> PublicParts | None:
    """None where no part is known to be out."""
    found = await _sql["public_parts"].one(db, PublicParts, workspace=workspace, post=commitment) if commitment else None
    return found if found and found.count else None


async def must_keep_public_parts(db: Conn, workspace: UUID, item: PlannedItem, becomes: Resolved) -> None:
    """Raises Conflict where the post would no longer say in its first parts what is out: that would never go out, and the
    post would count as published with it."""
    out = await public_parts(db, workspace, item.commitment_id)
    if out is None:
        return
    default = platform_of(item.platform).rules.default_format
    was = post_of(out.snapshot, out.content, default).pieces()[: out.count]
    now = post_of(becomes.snapshot, becomes.content, default).pieces()[: out.count]
    if was != now:
        changed = next((at for at, pair in enumerate(zip(was, now, strict=False)) if pair[0] != pair[1]), len(now))
        raise Conflict(f"{out.words()} Bring back part {changed + 1} as it was.", field="thread", rule=RULE)
    if [file for file, _ in media_of(out.snapshot)] != [file for file, _ in media_of(becomes.snapshot)]:
        raise Conflict(f"{out.words()} Bring back its media as they were.", field="media", rule=RULE)
