"""From a post in the plan to what would go out, with what the platform's rules say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import InvalidInput
from postwright.platforms.base import Finding
from postwright.publishing.media import describe_media
from postwright.publishing.snapshot import freeze, media_of
from postwright.studio.models import Variant
from postwright.studio.variants import check_variant, from_json, to_json, to_post


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A row of `items_to_commit`."""

    id: UUID
    status: str
    scheduled_at: datetime | None
    timezone: str | None
    connection_id: UUID | None
    adaptation_id: UUID | None
    content_format: str | None
    options: Mapping[str, Any]
    platform: str
    variant: Any
    draft_deleted: bool
    is_active: bool | None
    paused: bool
    health: str | None
    account_name: str | None
    commitment_id: UUID | None
    commitment_status: str | None
    snapshot: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What would go out. `content` is its text as one piece, `snapshot` everything."""

    content: str
    snapshot: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @property
    def stopped(self) -> bool:
        return any(each.level == "error" for each in self.findings)


async def resolve(db: Conn, actor: Actor, item: PlannedItem) -> Resolved:
    """The variant of the draft (or of the row itself), its media, and every finding, account included."""
    account = _check_account(item)
    if item.variant is None and not item.snapshot:
        gone = Finding("content", "content", "This post has no content: its draft has no variant for this platform.")
        return Resolved("", {}, (*account, gone))
    variant = _variant(item)
    wanted = media_of(to_json(variant))
    media = await describe_media(db, actor, wanted)
    post = to_post(variant, item.platform, media)
    snapshot = freeze(post) | ({"format": item.content_format} if item.content_format else {})
    return Resolved("\n\n".join(post.pieces()), snapshot, (*account, *_check_media(variant, wanted, media), *_check(variant, item, media)))


def _variant(item: PlannedItem) -> Variant:
    stored = item.variant if item.variant is not None else dict(item.snapshot)
    variant = from_json(stored)
    try:
        media_of(to_json(variant))
    except ValueError:
        raise InvalidInput("The content names a medium that is no file's id.", field="media", rule="uuid") from None
    return variant


def _check(variant: Variant, item: PlannedItem, media: tuple[Any, ...]) -> list[Finding]:
    return check_variant(variant, item.platform, media)


def _check_media(variant: Variant, wanted: list[tuple[UUID, str]], media: tuple[Any, ...]) -> list[Finding]:
    if variant.pending_media and not media:
        return [Finding("media", "media_pending", "Its card is still being made; it is ready in a few seconds.")]
    if len(media) < len(wanted):
        return [Finding("media", "media_missing", "A medium of this post was deleted. Attach it again.")]
    return []


def _check_account(item: PlannedItem) -> list[Finding]:
    if item.connection_id is None or not item.is_active:
        return [Finding("account", "account", "This post has no account to go out from: choose one that is connected.")]
    if item.draft_deleted:
        return [Finding("draft", "deleted", "Its draft was deleted: restore the draft first.")]
    if item.health == "reconnect":
        return [Finding("account", "reconnect", f"{item.account_name} must be connected again before it can go out.", level="warning")]
    if item.paused:
        return [Finding("account", "paused", f"{item.account_name} is paused: nothing goes out until it is resumed.", level="warning")]
    return []
