"""From a post in the plan to what would go out, with what the platform's rules say about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.served import Served
from postwright.platforms import registry
from postwright.platforms.base import Platform
from postwright.platforms.formats import fits
from postwright.platforms.offers import NOTHING_KNOWN, Known
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media, Post
from postwright.platforms.rules import Finding
from postwright.publishing.media import describe_all
from postwright.publishing.snapshot import freeze, media_of
from postwright.studio.choices import known_of
from postwright.studio.models import Variant
from postwright.studio.variants import check_variant, from_json, to_json, to_post

_FROZEN = frozenset({"scheduled", "processing", "needs_review", "completed"})


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
    approved_at: datetime | None
    needs_approval: bool
    token_expires_at: datetime | None
    scope: str | None
    environment: str | None  # of the account


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
    return (await resolve_all(db, actor, [item]))[0]


async def resolve_all(db: Conn, actor: Actor, items: Sequence[PlannedItem], *, served_at: Served | str | None = None) -> list[Resolved]:
    """The same of many, in order: their files and their accounts are read once. `served_at`: the address from which platforms would
    fetch media; None: whether they reach it is not asked."""
    variants = [variant_of(each) for each in items]
    wanted = [_wanted(each) for each in variants]
    media = await describe_all(db, actor, [each or [] for each in wanted])
    accounts = await known_of(db, actor, list({each.connection_id for each in items if each.connection_id})) if items else []
    known = {each.connection_id: each.known() for each in accounts}
    made = [
        _resolved(item, variant, files, there, known.get(item.connection_id, NOTHING_KNOWN) if item.connection_id else NOTHING_KNOWN)
        for item, variant, files, there in zip(items, variants, wanted, media, strict=True)
    ]
    return [_reached(*each, served_at) for each in zip(items, made, media, strict=True)]


def _resolved(
    item: PlannedItem, variant: Variant | None, wanted: list[tuple[UUID, str]] | None, media: tuple[Media, ...], known: Known
) -> Resolved:
    account = _check_account(item)
    if variant is None:
        gone = Finding("content", "content", "This post has no content: its draft has no variant for this platform.")
        return Resolved("", {}, (*account, gone))
    if wanted is None:
        strange = Finding("media", "uuid", "The content names a medium that is no file's id.")
        return Resolved("", {}, (*account, strange))
    if item.platform not in registry.REGISTRY:
        unknown = Finding(
            "platform", "known_platform", f"This release of Postwright does not publish to {registry.name_of(item.platform)}."
        )
        return Resolved("", {}, (*account, unknown))
    platform = registry.get(item.platform)
    post = _as_planned(to_post(variant, item.platform, media), variant, item, platform)
    findings = check_variant(variant, item.platform, media, told=known.told(), format=post.format)
    found = [*findings, *check_options(post, platform, known)]
    snapshot = freeze(post)
    return Resolved("\n\n".join(post.pieces()), snapshot, (*account, *_check_media(variant, wanted, media), *found))


def _as_planned(post: Post, variant: Variant, item: PlannedItem, platform: Platform) -> Post:
    """The post as the kind that it was planned as, unless somebody chose another since or its media are no longer of that kind."""
    planned = replace(post, format=item.content_format or post.format)
    chosen = variant.options.get("format") in platform.rules.formats
    return post if chosen or not fits(planned, platform.rules) else planned


def _reached(item: PlannedItem, resolved: Resolved, media: tuple[Media, ...], served_at: Served | str | None) -> Resolved:
    """With a warning where a platform would fetch a medium from this server and cannot. The sandbox is on this machine and always can."""
    platform = registry.REGISTRY.get(item.platform)
    pulls = platform.rules.pulls if platform else ()
    if served_at is None or item.environment != "live" or not any(each.kind in pulls for each in media):
        return resolved
    why = (Served(served_at) if isinstance(served_at, str) else served_at).why_not()
    found = (Finding("public_url", "public_url", why, level="warning"),) if why else ()
    return replace(resolved, findings=(*resolved.findings, *found))


def variant_of(item: PlannedItem) -> Variant | None:
    """What it says: once it is scheduled, as it was then."""
    frozen = item.commitment_status in _FROZEN and item.snapshot
    stored = dict(item.snapshot) if frozen or item.variant is None else item.variant
    return from_json(stored) if stored or item.variant is not None else None


def _wanted(variant: Variant | None) -> list[tuple[UUID, str]] | None:
    """The files; None where something else is named."""
    try:
        return media_of(to_json(variant)) if variant else []
    except ValueError:
        return None


def _check_media(variant: Variant, wanted: list[tuple[UUID, str]], media: tuple[Media, ...]) -> list[Finding]:
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
    if item.health == "suspended":
        return [
            Finding(
                "account",
                "suspended",
                f"{item.account_name} is barred by its platform: nothing goes out until that is settled.",
                level="warning",
            )
        ]
    if item.paused:
        return [Finding("account", "paused", f"{item.account_name} is paused: nothing goes out until it is resumed.", level="warning")]
    return []
