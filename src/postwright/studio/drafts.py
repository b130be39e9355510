"""Drafts: made, read, edited by several people without losing a word, deleted and brought back."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import Cursor, Page, cut, mark
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound
from postwright.library.files import get_files
from postwright.platforms import registry
from postwright.studio import store
from postwright.studio.adapt import adapt, split
from postwright.studio.checking import file_ids
from postwright.studio.models import Draft, Idea, Variant
from postwright.studio.variants import changed, check_variant, says_the_same, stamped, undo_record, undone

KEPT = timedelta(days=30)  # a deleted draft can be brought back for so long


class Sort(StrEnum):
    """The closed list of orders; a minus means latest first."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESC = "-updated_at"


async def create_draft(db: Conn, actor: Actor, idea: Idea, variants: Mapping[str, Variant], now: datetime) -> UUID:
    """Stores a draft and asks for the media that its variants need."""
    draft = await store.insert_draft(db, workspace=actor.home, user=actor.user, idea=idea, variants=variants, origin=actor.origin)
    if any(variant.pending_media for variant in variants.values()):
        await store.enqueue_render(db, actor.home, draft)
    return draft


async def get_draft(db: Conn, actor: Actor, id: UUID) -> Draft:
    """The draft, a deleted one too, as long as it is there. Raises NotFound."""
    draft = await store.get_draft(db, actor.home, id)
    if draft is None:
        raise NotFound("There is no such draft.", field="draft", rule="exists")
    return draft


async def hold(db: Conn, actor: Actor, id: UUID) -> Draft:
    """The draft, locked until the transaction ends, a deleted one too. Raises NotFound, Forbidden."""
    draft = await store.lock_draft(db, actor.home, id)
    if draft is None:
        await get_draft(db, actor, id)  # who may read but not write hears of their role, not that it is missing
        raise Forbidden("Your role in this workspace lets you read drafts, not change them.", rule="role")
    return draft


async def list_drafts(
    db: Conn,
    actor: Actor,
    *,
    now: datetime,
    text: str | None = None,
    author: UUID | None = None,
    deleted: bool = False,
    sort: Sort = Sort.CREATED_AT_DESC,
    after: Cursor | str | None = None,
    limit: int = 50,
) -> Page[Draft]:
    """Drafts of the workspace, newest first unless `sort` says otherwise. Raises InvalidInput on the cursor of another list."""
    of = mark("drafts", actor.home, sort)
    after = Cursor.parse(after, of) if isinstance(after, str) else after
    start = (after.value, after.id) if after and after.value else None
    rows = await store.list_drafts(
        db, actor.home, text=text or None, author=author, deleted=deleted, now=now, sort=sort.value, after=start, limit=limit + 1
    )
    return cut(rows, limit, lambda draft: Cursor(draft.updated_at if "updated" in sort else draft.created_at, draft.id, of))


async def find_same(db: Conn, actor: Actor, idea: Idea) -> list[UUID]:
    """The drafts that were made of exactly this text, newest first."""
    return await store.find_same(db, actor.home, hashlib.sha256(idea.text.encode()).hexdigest())


async def edit_variant(db: Conn, actor: Actor, id: UUID, platform: str, changes: Mapping[str, Any], version: int, now: datetime) -> Draft:
    """Changes one variant; from then on it no longer follows the idea.

    `version` is that of the draft which the person saw. Raises Conflict, with name and time, when
    somebody else changed this variant since.
    """
    draft, variant, slug = await _open(db, actor, id, platform)
    _must_have_been(draft, version)
    await _not_outdated(db, actor, variant, version)
    made = changed(variant, changes)
    if says_the_same(made, variant, slug):
        return draft
    await _must_be_known(db, actor, slug, made, changes)
    touches_words = any(name not in {"media", "alt_texts"} for name in changes)
    # A part added or removed is undone by itself. Media are not part of an undo: they are put back where they were taken out.
    fresh_start = touches_words and (not variant.edited or len(made.thread) != len(variant.thread))
    made = replace(made, edited=variant.edited or touches_words, before=undo_record(variant) if fresh_start else variant.before)
    return await _save_variant(db, actor, draft, slug, made, now)


async def resync_variant(db: Conn, actor: Actor, id: UUID, platform: str, now: datetime) -> Draft:
    """Makes the variant anew from the idea; what it was can be had back by undo."""
    draft, variant, slug = await _open(db, actor, id, platform)
    fresh = (await asyncio.to_thread(adapt, draft.idea, [slug], None, now))[slug]
    stays = variant.own_media or (variant.media and variant.card == fresh.card)
    made = replace(
        fresh, media=variant.media, alt_texts=variant.alt_texts, own_media=variant.own_media, before=undo_record(variant),
        pending_media=None if stays else fresh.pending_media,
    )  # fmt: skip
    return await _save_variant(db, actor, draft, slug, made, now)


async def undo_variant(db: Conn, actor: Actor, id: UUID, platform: str, now: datetime) -> Draft:
    """Brings back what the variant was before its last change; doing it twice is a redo."""
    draft, variant, slug = await _open(db, actor, id, platform)
    return await _save_variant(db, actor, draft, slug, undone(variant), now)


async def split_variant(db: Conn, actor: Actor, id: UUID, platform: str, now: datetime) -> Draft:
    """Cuts the text into a thread; its hashtags end the last part. Raises InvalidInput where the platform has none."""
    draft, variant, slug = await _open(db, actor, id, platform)
    parts, hashtags = split(variant.words(), slug), variant.hashtags
    tags = " ".join(f"#{tag}" for tag in hashtags)
    if parts and tags and registry.get(slug).rules.remaining(f"{parts[-1]}\n\n{tags}") < 0:
        parts, hashtags = split(f"{variant.words()}\n\n{tags}", slug), ()  # no room at its end: they are words like the others
    made = replace(variant, thread=parts if len(parts) > 1 else (), text=parts[0] if parts else "", hashtags=hashtags)
    return await _save_mended(db, actor, draft, slug, made, now)


async def join_variant(db: Conn, actor: Actor, id: UUID, platform: str, now: datetime) -> Draft:
    """Makes one text of a thread again."""
    draft, variant, slug = await _open(db, actor, id, platform)
    made = replace(variant, thread=(), text=joined(variant.thread) if variant.thread else variant.text)
    return await _save_mended(db, actor, draft, slug, made, now)


async def number_parts(db: Conn, actor: Actor, id: UUID, platform: str, now: datetime) -> Draft:
    """Numbers the parts of a thread afresh, after some were added, moved or removed."""
    draft, variant, slug = await _open(db, actor, id, platform)
    parts = [part for part in without_numbers(variant.thread) if part]
    numbered = tuple(f"{part} {at}/{len(parts)}" for at, part in enumerate(parts, 1)) if len(parts) > 1 else ()
    made = replace(variant, thread=numbered, text=numbered[0] if numbered else "".join(parts) or variant.text)
    return await _save_mended(db, actor, draft, slug, made, now)


async def trim_hashtags(db: Conn, actor: Actor, id: UUID, platform: str, now: datetime) -> Draft:
    """Drops hashtags from the end until the platform takes the rest."""
    draft, variant, slug = await _open(db, actor, id, platform)
    made = variant
    while made.hashtags and any(finding.fix == "trim_hashtags" for finding in check_variant(made, slug)):
        made = replace(made, hashtags=made.hashtags[:-1])
    return await _save_mended(db, actor, draft, slug, made, now)


async def choose_format(db: Conn, actor: Actor, id: UUID, platform: str, now: datetime) -> Draft:
    """Takes back the chosen format: the media and the text decide again."""
    draft, variant, slug = await _open(db, actor, id, platform)
    options = {name: value for name, value in variant.options.items() if name != "format"}
    return await _save_mended(db, actor, draft, slug, replace(variant, options=options), now)


async def ask_for_media(db: Conn, actor: Actor, id: UUID, platform: str, kind: str, now: datetime) -> Draft:
    """Has a card ("card") or a card video ("card_video") made for the variant; it replaces generated media."""
    if kind not in {"card", "card_video"}:
        raise InvalidInput("Choose card or card_video.", field="kind", rule="card_kind")
    draft, variant, slug = await _open(db, actor, id, platform)
    card = variant.card or (await asyncio.to_thread(adapt, draft.idea, [slug], None, now))[slug].card
    made = replace(variant, pending_media="card" if kind == "card" else "card_video", media=(), alt_texts=(), own_media=False, card=card)
    return await _save_variant(db, actor, draft, slug, made, now)


async def set_platforms(db: Conn, actor: Actor, id: UUID, platforms: Sequence[str], now: datetime) -> Draft:
    """Adds variants for platforms that are new to the draft and drops those not named; the others stay as they are."""
    draft = await _lock(db, actor, id)
    chosen = [registry.get(name).slug for name in dict.fromkeys(map(registry.resolve_alias, platforms))]
    if not chosen:
        raise InvalidInput("Choose at least one platform.", field="platforms", rule="required")
    new = [slug for slug in chosen if slug not in draft.variants]
    fresh = await asyncio.to_thread(adapt, draft.idea, new, None, now) if new else {}
    return await _save(db, actor, draft, replace(draft, variants={slug: draft.variants.get(slug) or fresh[slug] for slug in chosen}))


async def edit_idea(db: Conn, actor: Actor, id: UUID, idea: Idea, version: int, now: datetime) -> Draft:
    """Changes the idea. Variants that follow it are made anew; edited ones are left alone and say so.

    Raises Conflict when somebody else changed the idea since `version`.
    """
    draft = await _lock(db, actor, id)
    _must_have_been(draft, version)
    source = draft.idea.source
    if isinstance(source.get("revision"), int) and source["revision"] > version and source.get("changed_by") != str(actor.user):
        raise await _conflict(db, actor, source.get("changed_by"), source.get("changed_at"), "the idea")
    if (idea.title, idea.text) == (draft.idea.title, draft.idea.text):
        return draft
    mark = {"revision": draft.version + 1, "changed_by": str(actor.user) if actor.user else None, "changed_at": now.isoformat()}
    made = replace(idea, source={**source, **{k: v for k, v in idea.source.items() if k != "kind"}, **mark})
    following = [slug for slug, variant in draft.variants.items() if not variant.edited and slug in registry.REGISTRY]
    fresh = await asyncio.to_thread(adapt, made, following, None, now) if following else {}
    variants = {slug: _followed(variant, fresh.get(slug)) for slug, variant in draft.variants.items()}
    return await _save(db, actor, draft, replace(draft, idea=made, variants=variants))


async def delete_draft(db: Conn, actor: Actor, id: UUID, now: datetime) -> None:
    """Takes the draft out of the lists; it can be brought back for 30 days. Its posts stay as they are."""
    await _lock(db, actor, id)
    await store.set_deleted(db, actor.home, id, now)


async def restore_draft(db: Conn, actor: Actor, id: UUID, now: datetime) -> Draft:
    """Brings a deleted draft back. Raises NotFound after 30 days."""
    draft = await hold(db, actor, id)
    if draft.deleted_at and now - draft.deleted_at > KEPT:
        raise NotFound("This draft was deleted more than 30 days ago.", field="draft", rule="restore_window")
    await store.set_deleted(db, actor.home, id, None)
    return replace(draft, deleted_at=None)


async def purge_drafts(db: Conn, now: datetime) -> int:
    """Removes for good what was deleted more than 30 days ago, in every workspace; how many. For the service.

    A draft that a post still refers to stays: what the post says of its idea would be lost with it.
    """
    return await store.purge_drafts(db, now - KEPT)


def joined(parts: Sequence[str]) -> str:
    """The text of a thread without the numbers that splitting set."""
    return "\n\n".join(part for part in without_numbers(parts) if part)


def without_numbers(parts: Sequence[str]) -> list[str]:
    """The parts without the "2/5" at their ends."""
    return [re.sub(rf"\s{at}/\d+$", "", part.strip()).strip() for at, part in enumerate(parts, 1)]


def _followed(variant: Variant, fresh: Variant | None) -> Variant:
    """A variant that follows its idea, made anew; its generated medium too, if what it shows has changed."""
    if fresh is None:
        return variant
    same = fresh.card == variant.card
    return replace(
        fresh, revision=variant.revision, changed_by=variant.changed_by, before=variant.before, media=variant.media,
        alt_texts=variant.alt_texts, own_media=variant.own_media,
        pending_media=variant.pending_media if same or variant.own_media else fresh.pending_media,
    )  # fmt: skip


async def _open(db: Conn, actor: Actor, id: UUID, platform: str) -> tuple[Draft, Variant, str]:
    slug = registry.get(platform).slug
    draft = await _lock(db, actor, id)
    if slug not in draft.variants:
        raise NotFound(f"This draft has no variant for {registry.get(slug).name}.", field="platform", rule="variant_exists")
    return draft, draft.variants[slug], slug


async def _lock(db: Conn, actor: Actor, id: UUID) -> Draft:
    draft = await hold(db, actor, id)
    if draft.deleted_at is not None:
        raise Conflict("This draft is deleted: bring it back to go on with it.", field="draft", rule="deleted")
    return draft


async def _must_be_known(db: Conn, actor: Actor, slug: str, made: Variant, changes: Mapping[str, Any]) -> None:
    """Media and format that were sent exist. What others wrote into the rest is theirs to mend."""
    if changes.get("media"):
        there = {str(file.id) for file in await get_files(db, actor, file_ids(made.media))}
        if gone := next((id for id in made.media if id not in there), None):
            raise InvalidInput(f"There is no file {gone[:40]} in this workspace.", field="media", rule="exists")
    asked, formats = made.options.get("format"), registry.get(slug).rules.formats
    if "options" in changes and asked is not None and asked not in formats:
        raise InvalidInput(f"{registry.get(slug).name} takes {', '.join(formats)}.", field="options", rule="format")


def _must_have_been(draft: Draft, version: int) -> None:
    """A version that is yet to come would pass as newer than whatever somebody else changed."""
    if version > draft.version:
        raise InvalidInput(f"This draft has no version {version} yet: it is at {draft.version}.", field="version", rule="version")


async def _not_outdated(db: Conn, actor: Actor, variant: Variant, version: int) -> None:
    """An edit that started before somebody else's would overwrite it; one's own second window wins."""
    if variant.revision > version and variant.changed_by != str(actor.user):
        raise await _conflict(db, actor, variant.changed_by, variant.changed_at, "this variant")


async def _conflict(db: Conn, actor: Actor, by: Any, at: Any, what: str) -> Conflict:
    name = await store.member_name(db, actor.home, UUID(by)) if isinstance(by, str) else None
    when = f" at {datetime.fromisoformat(at):%H:%M} UTC" if isinstance(at, str) else ""
    return Conflict(
        f"{name or 'Somebody'} changed {what}{when}. Compare before you save; nothing was changed.", field="version", rule="version"
    )


async def _save_mended(db: Conn, actor: Actor, draft: Draft, slug: str, made: Variant, now: datetime) -> Draft:
    """Saves what one click made of a variant; where it changed nothing, the variant goes on following its idea."""
    was = draft.variants[slug]
    return draft if made == was else await _save_variant(db, actor, draft, slug, replace(made, edited=True, before=undo_record(was)), now)


async def _save_variant(db: Conn, actor: Actor, draft: Draft, slug: str, variant: Variant, now: datetime) -> Draft:
    made = stamped(variant, revision=draft.version + 1, by=str(actor.user) if actor.user else None, at=now)
    return await _save(db, actor, draft, replace(draft, variants={**draft.variants, slug: made}))


async def _save(db: Conn, actor: Actor, before: Draft, draft: Draft) -> Draft:
    saved = replace(draft, version=before.version + 1)
    await store.save_draft(db, actor.home, saved)
    if any(variant.pending_media for variant in saved.variants.values()):
        await store.enqueue_render(db, actor.home, saved.id)
    return saved
