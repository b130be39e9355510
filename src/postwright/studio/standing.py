"""Where a draft stands: what of it went out, or will, on which account. Publishing writes it; the composer only reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postwright.connections.models import AccountRow
from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.kit.time import to_wall, zone_names
from postwright.studio.models import Draft

SENT = frozenset({"scheduled", "awaiting_approval", "publishing", "published", "unconfirmed"})  # another one would be a repeat
_ORDER = ("published", "publishing", "scheduled", "awaiting_approval", "unconfirmed", "failed", "missed", "planned")
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Standing:
    """The post of a draft on one account; `state` in the words of `app.post_state`."""

    draft_id: UUID
    connection_id: UUID
    platform: str
    id: UUID
    state: str
    at: datetime | None
    timezone: str | None

    @property
    def sent(self) -> bool:
        """Whether it is out or on its way, as far as anybody knows."""
        return self.state in SENT

    def words(self, now: datetime, zone: str) -> str:
        """ "Published Sat 11:30"; from six days off on, where the day's name could be another week's, with its date."""
        said = self.state.replace("_", " ").capitalize()
        if self.at is None:
            return said
        form = "%a %H:%M" if abs(self.at - now) < timedelta(days=6) else "%d %b %H:%M"
        known = next((name for name in (self.timezone, zone) if name in zone_names()), "UTC")
        return f"{said} {to_wall(self.at, known)[0]:{form}}"


async def standings(db: Conn, actor: Actor, drafts: Sequence[UUID], now: datetime) -> list[Standing]:
    """One for each account that a draft has a post on; canceled posts do not count."""
    return await _sql["posts_of_drafts"].rows(db, Standing, workspace=actor.home, drafts=list(drafts), now=now)


def summary(draft: Draft, found: Sequence[Standing], accounts: Sequence[AccountRow]) -> str:
    """A draft in one line: "5 published, 1 not planned"."""
    mine = [each for each in found if each.draft_id == draft.id]
    counts = Counter(each.state for each in mine)
    known = {each.connection_id for each in mine}
    open_ = sum(account.usable and account.platform in draft.variants and account.id not in known for account in accounts)
    if not mine:
        return "nothing planned yet"
    said = [f"{counts[state]} {state.replace('_', ' ')}" for state in _ORDER if counts[state]]
    return ", ".join([*said, *([f"{open_} not planned"] if open_ else [])])
