"""Drafts over JSON: bring an idea in, get native variants, edit them, check a text by a platform's own rules."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from postwright.connections.accounts import list_accounts
from postwright.edge import versions
from postwright.edge.access import DRAFT, READ, needs
from postwright.edge.context import Context, LongContext, Signed, SignedNoTx
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Limit
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch
from postwright.errors import InvalidInput, NotFound
from postwright.platforms import registry
from postwright.studio import drafts
from postwright.studio.adapt import adapt
from postwright.studio.bring_in import from_text
from postwright.studio.checking import check_draft, check_with
from postwright.studio.fetch import from_url
from postwright.studio.models import Draft, Idea, Variant
from postwright.studio.shapes import (
    CheckShown,
    DraftPage,
    DraftShown,
    IdeaChange,
    Ids,
    IdShown,
    MeasureShown,
    NewDraft,
    SameIdea,
    Slug,
    Text,
    VariantChange,
    draft_listed,
    draft_shown,
    finding_shown,
)
from postwright.studio.variants import changed

router = api_router(tags=["drafts"])

_VOICE = "Writing in a voice needs a provider; none is configured. The variants are extracted from the idea, word for word."
_SHOWN_FOR = timedelta(hours=2)


@router.post("/drafts", status_code=201, summary="Bring an idea in")
@needs(DRAFT)
async def create(ctx: SignedNoTx, body: NewDraft, dry_run: DryRun = False) -> DraftShown:
    """Makes a draft with a native variant per platform. Media that a platform needs are made in the background.

    With `dry_run` the variants come with their findings, and no draft is kept.
    """
    idea = await _idea(body)
    platforms = await _platforms(ctx, body.platforms)
    variants = await asyncio.to_thread(adapt, idea, platforms, None, ctx.now)
    db = await ctx.last_transaction()
    made = await drafts.create_draft(db, ctx.actor, idea, variants, ctx.now)
    draft = await drafts.get_draft(db, ctx.actor, made)
    checked = await check_draft(db, ctx.state, ctx.actor, draft, ctx.now + _SHOWN_FOR)
    _tell(ctx, draft)
    shown = draft_shown(draft, checked, ctx.caller.workspace.simulated)
    return shown.model_copy(update={"notes": [_VOICE]}) if body.voice else shown


@router.post("/drafts/find", summary="Find drafts of the same idea")
@needs(READ)
async def find(ctx: Signed, body: SameIdea) -> Ids:
    """The drafts that were made of exactly this text, newest first."""
    found = await drafts.find_same(ctx.db, ctx.actor, from_text(body.idea))
    return Ids(items=[IdShown(id=id) for id in found])


@router.get("/drafts", summary="List drafts")
async def listing(
    ctx: Signed,
    limit: Limit = 50,
    after: After = None,
    text: Annotated[str | None, Query(max_length=200, description="Words of the title or the idea.")] = None,
    author: Annotated[UUID | None, Query(description="Who made them.")] = None,
    deleted: Annotated[bool, Query(description="Those deleted less than 30 days ago instead.")] = False,
    sort: Annotated[drafts.Sort, Query(description="A minus means latest first.")] = drafts.Sort.CREATED_AT_DESC,
) -> DraftPage:
    """Newest first, unless `sort` says otherwise."""
    found = await drafts.list_drafts(
        ctx.db, ctx.actor, now=ctx.now, text=text, author=author, deleted=deleted, sort=sort, after=after, limit=limit
    )
    simulated = ctx.caller.workspace.simulated
    return DraftPage(items=[draft_listed(draft, simulated) for draft in found.items], next=found.next, simulated=simulated)


@router.get("/drafts/{id}", summary="Read a draft")
async def read(ctx: Signed, id: UUID) -> DraftShown:
    """The idea, every variant, and what its platform says about it."""
    return await show(ctx, await drafts.get_draft(ctx.db, ctx.actor, id))


@router.patch("/drafts/{id}", summary="Change the idea or the platforms")
@needs(DRAFT)
async def change(ctx: Signed, id: UUID, body: IdeaChange, if_match: IfMatch = None) -> DraftShown:
    """Variants that follow the idea are made anew; those that somebody edited stay. 409 when somebody else changed it since."""
    await _unchanged(ctx, id, if_match)
    draft = await drafts.get_draft(ctx.db, ctx.actor, id)
    if body.idea is not None or body.title is not None:
        idea = from_text(draft.idea.text if body.idea is None else body.idea, draft.idea.title if body.title is None else body.title)
        draft = await drafts.edit_idea(ctx.db, ctx.actor, id, idea, body.version, ctx.now)
    if body.platforms is not None:
        draft = await drafts.set_platforms(ctx.db, ctx.actor, id, body.platforms, ctx.now)
    return await show(ctx, draft)


@router.delete("/drafts/{id}", status_code=204, summary="Delete a draft")
@needs(DRAFT)
async def remove(ctx: Signed, id: UUID, if_match: IfMatch = None) -> Response:
    """Can be restored for 30 days. Posts made from it stay."""
    await _unchanged(ctx, id, if_match)
    await drafts.delete_draft(ctx.db, ctx.actor, id, ctx.now)
    return Response(status_code=204)


@router.post("/drafts/{id}/restore", summary="Restore a deleted draft")
@needs(DRAFT)
async def restore(ctx: Signed, id: UUID) -> DraftShown:
    """Within 30 days."""
    return await show(ctx, await drafts.restore_draft(ctx.db, ctx.actor, id, ctx.now))


@router.patch("/drafts/{id}/variants/{platform}", summary="Edit a variant")
@needs(DRAFT)
async def edit(ctx: Signed, id: UUID, platform: Slug, body: VariantChange, if_match: IfMatch = None) -> DraftShown:
    """409 with name and time when somebody else changed this variant since `version`; nothing is overwritten."""
    await _unchanged(ctx, id, if_match)
    draft = await drafts.edit_variant(ctx.db, ctx.actor, id, platform, body.changes(), body.version, ctx.now)
    return await show(ctx, draft)


@router.post("/drafts/{id}/variants/{platform}/{act}", summary="Mend a variant")
@needs(DRAFT)
async def mend(
    ctx: Signed,
    id: UUID,
    platform: Slug,
    act: Literal["split", "join", "number", "resync", "undo", "card", "card_video", "trim_hashtags", "auto_format"],
    if_match: IfMatch = None,
) -> DraftShown:
    """`split` into a thread, `join` it again, `number` its parts afresh, `resync` with the idea, `undo` the last change, have a
    `card` or `card_video` made, `trim_hashtags` until they fit, or the format chosen by its media (`auto_format`)."""
    await _unchanged(ctx, id, if_match)
    return await show(ctx, await do(ctx, id, platform, act))


@router.post("/check", summary="Check a text by a platform's rules")
@needs(READ)
async def check(ctx: SignedNoTx, body: Text) -> CheckShown:
    """What is left, where it overflows, and what the platform would refuse. Missing media are left out: none were sent."""
    slug = registry.get(body.platform).slug
    variant = changed(Variant(""), body.model_dump(exclude={"platform"}, exclude_none=True))
    checked = await asyncio.to_thread(check_with, variant, slug, ())
    found = [finding_shown(each) for each in checked.findings if not each.field.startswith("media")]
    parts = [MeasureShown.model_validate(each) for each in checked.measures]
    return CheckShown(**parts[0].model_dump(), findings=found, parts=parts)


async def do(ctx: Context, id: UUID, platform: str, act: str) -> Draft:
    """One of the one-click acts on a variant. Raises NotFound when there is no such act."""
    if act in {"card", "card_video"}:
        return await drafts.ask_for_media(ctx.db, ctx.actor, id, platform, act, ctx.now)
    verbs = {
        "split": drafts.split_variant,
        "join": drafts.join_variant,
        "number": drafts.number_parts,
        "resync": drafts.resync_variant,
        "undo": drafts.undo_variant,
        "trim_hashtags": drafts.trim_hashtags,
        "auto_format": drafts.choose_format,
    }
    if act not in verbs:
        raise NotFound(f"A variant has no act “{act[:40]}”.", field="act", rule="known")
    return await verbs[act](ctx.db, ctx.actor, id, platform, ctx.now)


async def _idea(body: NewDraft) -> Idea:
    if bool(body.url) == bool(body.idea is not None):
        raise InvalidInput("Send either `idea` or `url`.", field="idea", rule="one_of")
    if body.url:
        found = await from_url(body.url)
        return Idea(body.title or found.title, found.text, found.source)
    return from_text(body.idea or "", body.title)


async def _platforms(ctx: LongContext, named: list[str] | None) -> list[str]:
    """Those named, else those of the accounts, else the six that every newcomer has."""
    if named is not None:
        return named
    async with ctx.transaction() as db:
        found = [account.platform for account in await list_accounts(db, ctx.actor) if account.usable]
    return list(dict.fromkeys(slug for slug in found if slug in registry.REGISTRY)) or registry.in_order(registry.usual())


async def _unchanged(ctx: Context, id: UUID, if_match: str | None) -> None:
    """Raises ChangedSince when the caller saw another state of the draft; nobody else changes it from here on."""
    if if_match is not None:
        versions.require(if_match, *_state_of(await drafts.hold(ctx.db, ctx.actor, id)))


def _state_of(draft: Draft) -> tuple[object, ...]:
    return draft.id, draft.version, draft.deleted_at is None


def _tell(ctx: Context | LongContext, draft: Draft) -> None:
    versions.tell(ctx.request, *_state_of(draft))


async def show(ctx: Context, draft: Draft) -> DraftShown:
    """The draft as every route of it answers."""
    _tell(ctx, draft)
    checked = await check_draft(ctx.db, ctx.state, ctx.actor, draft, ctx.now + _SHOWN_FOR)
    return draft_shown(draft, checked, ctx.caller.workspace.simulated)
