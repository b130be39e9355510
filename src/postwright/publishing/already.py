"""Never twice: which posts of a draft are on their way, or out, with the content that the draft has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.edge.render import local
from postwright.platforms.registry import get
from postwright.platforms.rules import Finding
from postwright.publishing.media import describe_media
from postwright.publishing.resolve import PlannedItem, Resolved
from postwright.publishing.snapshot import freeze, media_of
from postwright.studio.drafts import get_draft
from postwright.studio.models import Variant
from postwright.studio.variants import to_json, to_post

RULE = "already_sent"
_SAME = ("text", "title", "thread", "hashtags", "media", "alt_texts", "options")
_WORDS = {
    "scheduled": "scheduled for",
    "processing": "being published since",
    "needs_review": "unconfirmed since",
    "completed": "published",
    "given_up": "given up unconfirmed, perhaps out since",
}
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A post of a draft that is scheduled, publishing, unconfirmed or published, or that was given up while nobody knew
    whether it is out. Canceled and other failed ones do not count."""

    item_id: UUID
    draft_id: UUID
    connection_id: UUID
    platform: str
    status: str
    snapshot: Mapping[str, Any]
    at: datetime | None
    timezone: str | None

    def is_of(self, item: PlannedItem) -> bool:
        """Whether it is another post of the same draft on the same account."""
        return (self.draft_id, self.connection_id) == (item.adaptation_id, item.connection_id) and self.item_id != item.id

    def finding(self) -> Finding:
        """Why the same content is left out for this account, in words."""
        at = f" {local(self.at, self.timezone or 'UTC', '%a %d %b, %H:%M')} ({self.timezone or 'UTC'})" if self.at else ""
        said = f"{get(self.platform).name}: {_WORDS[self.status]}{at}, not sent again."
        return Finding("account", RULE, said)


@dataclass(frozen=True, slots=True)
class _Said:
    item_id: UUID
    at: datetime


async def same_elsewhere(
    db: Conn, workspace: UUID, draft_id: UUID, connection_id: UUID, snapshot: Mapping[str, Any], *, apart: UUID
) -> Earlier | None:
    """The latest other post of the draft on that account with this very content."""
    found = await _earlier(db, workspace, [draft_id], [connection_id])
    return next((each for each in found if each.item_id != apart and same(each.snapshot, snapshot)), None)


async def earlier_of(db: Conn, workspace: UUID, items: Sequence[PlannedItem]) -> list[Earlier]:
    """All that the drafts of these posts said on their accounts."""
    pairs = {(each.adaptation_id, each.connection_id) for each in items if each.adaptation_id and each.connection_id}
    drafts, connections = [draft for draft, _ in pairs if draft], [account for _, account in pairs if account]
    return await _earlier(db, workspace, drafts, connections) if pairs else []


async def said_lately(db: Conn, workspace: UUID, posts: Sequence[tuple[PlannedItem, Resolved]], *, since: datetime) -> dict[UUID, datetime]:
    """When another post said the same words on the same account, whatever draft it was of: by post, the latest one that is out."""
    told = [(item, resolved.content) for item, resolved in posts if item.connection_id and resolved.content]
    rows = await _sql["said_lately"].rows(
        db, _Said, workspace=workspace, since=since, ids=[item.id for item, _ in told],
        connections=[item.connection_id for item, _ in told], contents=[content for _, content in told],
    )  # fmt: skip
    return {each.item_id: each.at for each in rows}


async def sent_already(db: Conn, actor: Actor, draft_id: UUID, connection_ids: Sequence[UUID]) -> list[Earlier]:
    """The posts that say on these accounts already what the draft says now; an account's latest first."""
    found = await _earlier(db, actor.home, [draft_id] * len(connection_ids), connection_ids)
    if not found:
        return []
    draft = await get_draft(db, actor, draft_id)
    slugs = {each.platform for each in found} & set(draft.variants)
    now = {slug: await _frozen(db, actor, draft.variants[slug], slug) for slug in slugs}
    return [each for each in found if each.platform in now and same(each.snapshot, now[each.platform])]


async def _earlier(db: Conn, workspace: UUID, drafts: Sequence[UUID], connections: Sequence[UUID]) -> list[Earlier]:
    """`drafts` and `connections` are pairs."""
    return await _sql["earlier_posts"].rows(db, Earlier, workspace=workspace, drafts=list(drafts), connections=list(connections))


async def _frozen(db: Conn, actor: Actor, variant: Variant, platform: str) -> Mapping[str, Any]:
    media = await describe_media(db, actor, media_of(to_json(variant)))
    return freeze(to_post(variant, platform, media))


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """The same for a reader; an empty part and an absent one are no difference."""
    return all((one.get(key) or None) == (other.get(key) or None) for key in _SAME)
