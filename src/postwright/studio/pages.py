"""Drafts as pages: the list, a new idea, the composer. Every form works without a script; the composer's island adds to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from fastapi import Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from postwright.connections.accounts import list_accounts
from postwright.connections.models import AccountRow
from postwright.edge.context import Context, LongContext, Signed, SignedNoTx
from postwright.edge.paging import Cursor
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput, NotFound
from postwright.library.files import get_files
from postwright.library.storage import PREVIEW, media_path
from postwright.platforms import registry
from postwright.platforms.post import Media
from postwright.studio import drafts, store
from postwright.studio.adapt import adapt
from postwright.studio.api import do
from postwright.studio.bring_in import MOST, from_bytes, from_text, is_address
from postwright.studio.checking import check_draft, check_with, file_ids
from postwright.studio.choices import ask_stale, known_of
from postwright.studio.fetch import from_url
from postwright.studio.look import NONE_CHOSEN, NONE_LEFT, as_compared, differences, look_at, schedule_label
from postwright.studio.models import Draft, Idea, Variant, first_words
from postwright.studio.options import read_form
from postwright.studio.pages_media import media_desk, press
from postwright.studio.reading import fold
from postwright.studio.standing import standings, summary
from postwright.studio.variants import changed

router = page_router()

_MEDIA_LIFE = timedelta(hours=12)  # a composer stays open for a working day
_EXAMPLE = """The best time to write a post is not the best time to send it.

Write when the thought is fresh: on the train, after a call, right when the bug is fixed. Send when your readers have a minute. \
We kept these two moments apart for a month, and replies doubled without one more post.

Three habits made it easy:

- Keep a list of half-sentences; finish one each morning.
- Give every platform its own version, even if it is only a shorter one.
- Look at the numbers on Monday, change one thing, and leave the rest alone.

What would you change first?"""


@router.get("/drafts")
async def drafts_page(ctx: Signed, q: str = "", deleted: bool = False, after: str | None = None, gone: UUID | None = None) -> Response:
    found = await drafts.list_drafts(ctx.db, ctx.actor, now=ctx.now, text=q.strip()[:200], deleted=deleted, after=Cursor.parse(after))
    posts = [] if deleted else await standings(ctx.db, ctx.actor, [draft.id for draft in found.items], ctx.now)
    accounts = await list_accounts(ctx.db, ctx.actor)
    more = urlencode({"q": q} | ({"deleted": "1"} if deleted else {}) | {"after": found.next or ""})
    return page(
        ctx, "studio/list.html", title="Deleted drafts" if deleted else "Drafts", drafts=found.items, q=q, deleted=deleted,
        next_address=f"/drafts?{more}" if found.next else None, gone=await _just_deleted(ctx, gone), days_left=_days_left,
        stands={} if deleted else {draft.id: summary(draft, posts, accounts) for draft in found.items}, first_words=first_words,
    )  # fmt: skip


@router.get("/drafts/new")
async def new_page(ctx: Signed) -> Response:
    known = await store.own_draft_exists(ctx.db, ctx.actor.home, ctx.actor.user)
    accounts = await list_accounts(ctx.db, ctx.actor)
    return _new_form(ctx, accounts, "" if known else _EXAMPLE, _chosen_at_first(accounts), example=not known)


@router.post("/drafts")
async def create(
    ctx: SignedNoTx,
    idea: Annotated[str, Form()] = "",
    link: Annotated[str, Form()] = "article",
    platform: Annotated[list[str] | None, Form()] = None,
    file: UploadFile | None = None,
) -> Response:
    ctx.need("editor")
    try:
        brought = await _bring_in(idea, link, file)
        variants = await asyncio.to_thread(adapt, brought, platform or [], None, ctx.now)
    except InvalidInput as error:
        async with ctx.transaction() as db:
            accounts = await list_accounts(db, ctx.actor)
        return _new_form(ctx, accounts, idea, platform or [], error=error)
    made = replace(brought, source={**brought.source, "via": "composer"})
    async with ctx.transaction() as db:
        draft = await drafts.create_draft(db, ctx.actor, made, variants, ctx.now)
    return RedirectResponse(f"/drafts/{draft}", 303)


@router.get("/drafts/{id}")
async def composer(ctx: Signed, id: UUID, platform: str = "") -> Response:
    draft = await drafts.get_draft(ctx.db, ctx.actor, id)
    if draft.deleted_at is not None:
        return page(ctx, "studio/deleted.html", title=draft.title, draft=draft, days_left=_days_left)
    inside = bool(ctx.request.headers.get("hx-request"))
    return await _composer(ctx, draft, platform, "studio/_work.html" if inside else "studio/composer.html")


@router.post("/drafts/{id}/idea")
async def save_idea(
    ctx: Signed, id: UUID, version: Annotated[int, Form()], idea: Annotated[str, Form()] = "", title: Annotated[str, Form()] = ""
) -> Response:
    ctx.need("editor")
    draft = await drafts.edit_idea(ctx.db, ctx.actor, id, _typed_idea(idea, title), version, ctx.now)
    return await _answer(ctx, draft, "")


@router.post("/drafts/{id}/platforms")
async def save_platforms(ctx: Signed, id: UUID, platform: Annotated[list[str] | None, Form()] = None) -> Response:
    ctx.need("editor")
    draft = await drafts.set_platforms(ctx.db, ctx.actor, id, platform or [], ctx.now)
    return await _answer(ctx, draft, "")


@router.post("/drafts/{id}/variants/{slug}")
async def save_variant(ctx: Signed, request: Request, id: UUID, slug: str) -> Response:
    """Saves what was typed, then does what the pressed button says; both or, after a Conflict, neither."""
    ctx.need("editor")
    form = await request.form()
    changes, act = _typed_variant(form, slug), str(form.get("act", "save"))
    draft = await drafts.edit_variant(ctx.db, ctx.actor, id, slug, changes, _version(form), ctx.now)
    if act == "remove_media":
        draft = await drafts.edit_variant(ctx.db, ctx.actor, id, slug, {"media": [], "alt_texts": []}, draft.version, ctx.now)
    elif act.startswith("media_"):
        draft = await press(ctx, draft, slug, act, form)
    elif act != "save":
        draft = await do(ctx, id, slug, act)
    return await _answer(ctx, draft, slug)


@router.post("/drafts/{id}/variants/{slug}/look")
async def look(ctx: Signed, request: Request, id: UUID, slug: str) -> Response:
    """How the variant would look with what is typed, without saving it: a viewer may look, too."""
    draft = await drafts.get_draft(ctx.db, ctx.actor, id)
    if slug not in draft.variants or slug not in registry.REGISTRY:
        raise NotFound("This draft has no such variant.", field="platform", rule="variant_exists")
    alone = replace(draft, variants={slug: draft.variants[slug]})
    checked = (await check_draft(ctx.db, ctx.state, ctx.actor, alone, ctx.now + _MEDIA_LIFE))[slug]
    typed = changed(checked.variant, _typed_variant(await request.form(), slug))
    accounts = await list_accounts(ctx.db, ctx.actor)
    shown = look_at(slug, await asyncio.to_thread(check_with, typed, slug, checked.media, checked.known))
    return fragment(ctx, "studio/_look.html", draft=draft, look=shown, **_shared(ctx, accounts))


@router.get("/drafts/{id}/compare/{slug}")
async def compare(ctx: Signed, id: UUID, slug: str) -> Response:
    """What somebody else saved, for a person who was writing at the same time."""
    draft = await drafts.get_draft(ctx.db, ctx.actor, id)
    if slug not in draft.variants:
        raise NotFound("This draft has no such variant.", field="platform", rule="variant_exists")
    variant = draft.variants[slug]
    name = await store.member_name(ctx.db, ctx.actor.home, UUID(variant.changed_by)) if variant.changed_by else None
    return fragment(ctx, "studio/_compare.html", draft=draft, slug=slug, variant=variant, name=name or "Somebody")


@router.post("/drafts/{id}/delete")
async def delete(ctx: Signed, id: UUID) -> Response:
    ctx.need("editor")
    await drafts.delete_draft(ctx.db, ctx.actor, id, ctx.now)
    return RedirectResponse(f"/drafts?gone={id}", 303)


@router.post("/drafts/{id}/restore")
async def restore(ctx: Signed, id: UUID) -> Response:
    ctx.need("editor")
    await drafts.restore_draft(ctx.db, ctx.actor, id, ctx.now)
    return RedirectResponse(f"/drafts/{id}", 303)


def _new_form(
    ctx: Context | LongContext,
    accounts: Sequence[AccountRow],
    idea: str,
    chosen: Sequence[str],
    *,
    error: InvalidInput | None = None,
    example: bool = False,
) -> Response:
    status = 422 if error else 200
    return page(
        ctx, "studio/new.html", status, title="New draft", idea=idea, chosen=chosen, error=error, example=example,
        slugs=registry.in_order(registry.REGISTRY), connected={account.platform for account in accounts}, most=MOST,
    )  # fmt: skip


async def _bring_in(idea: str, link: str, file: UploadFile | None) -> Idea:
    """A file wins over the text field; a lone address is read unless the person wants the link itself."""
    if file is not None and file.filename:
        return from_bytes(await file.read(MOST * 4 + 1), file.filename)
    if is_address(idea) and link != "link":
        return await from_url(idea.strip())
    return from_text(idea)


def _chosen_at_first(accounts: Sequence[AccountRow]) -> list[str]:
    usable = {account.platform for account in accounts if account.usable and account.platform in registry.REGISTRY}
    return registry.in_order(usable or registry.usual())


def _typed_idea(text: str, title: str) -> Idea:
    """A title of its own field; what the text says of one is text here."""
    brought = from_text(text, title)
    return replace(brought, title=fold(title)) if title.strip() else brought


def _typed_variant(form: FormData, slug: str) -> dict[str, Any]:
    """The fields that the form had, as changes."""
    changes: dict[str, Any] = {}
    for name in ("text", "title"):
        if name in form:
            changes[name] = str(form[name])
    if "part" in form:
        parts = [str(part) for part in form.getlist("part")]
        changes |= {"thread": parts, "text": parts[0]}
    if "hashtags" in form:
        changes["hashtags"] = str(form["hashtags"]).replace(",", " ").split()
    if "alt" in form:
        changes["alt_texts"] = [str(alt) for alt in form.getlist("alt")]
    if "options" in form and slug in registry.REGISTRY:
        given = {name: [str(each) for each in form.getlist(name)] for name in form}
        changes["options"] = read_form(registry.get(slug), given["options"], given)
    return changes


def _version(form: FormData) -> int:
    text = str(form.get("version", ""))
    if not (text.isascii() and text.isdecimal()):
        raise InvalidInput("The form does not say which version it started from. Reload the page.", field="version", rule="required")
    return int(text[:9])


async def _answer(ctx: Context, draft: Draft, slug: str) -> Response:
    """The composer's work area for the island, else back to the page."""
    if ctx.request.headers.get("hx-request"):
        return await _composer(ctx, draft, slug, template="studio/_work.html")
    return RedirectResponse(f"/drafts/{draft.id}{f'?platform={slug}' if slug else ''}", 303)


async def _composer(ctx: Context, draft: Draft, platform: str, template: str = "studio/composer.html") -> Response:
    accounts = await list_accounts(ctx.db, ctx.actor)
    checked = await check_draft(ctx.db, ctx.state, ctx.actor, draft, ctx.now + _MEDIA_LIFE)
    looks = {slug: look_at(slug, each) for slug, each in checked.items()}
    if ctx.caller.may("editor"):
        await ask_stale(ctx.db, ctx.actor, [each for each in await known_of(ctx.db, ctx.actor) if each.platform in looks], ctx.now)
    slug = registry.resolve_alias(platform)
    usable = [account for slug in looks for account in accounts if account.usable and account.platform == slug]
    posts = {each.connection_id: each for each in await standings(ctx.db, ctx.actor, [draft.id], ctx.now)}
    left = [account.platform for account in usable if account.id not in posts or not posts[account.id].sent]
    return (page if template == "studio/composer.html" else fragment)(
        ctx, template, title=draft.title, draft=draft, looks=looks, active=slug if slug in looks else next(iter(looks), ""), usable=usable,
        all_slugs=registry.in_order(registry.REGISTRY), posts=posts, unshown=await _unshown(ctx, draft),
        none_said=NONE_LEFT if usable and not left else NONE_CHOSEN,
        label=schedule_label(looks, left) if left or not usable else NONE_LEFT, media_desk=await media_desk(ctx, draft),
        diffs=await asyncio.to_thread(_diffs, draft), names=await _names(ctx, draft), **_shared(ctx, accounts),
    )  # fmt: skip


def _shared(ctx: Context, accounts: Sequence[AccountRow]) -> dict[str, Any]:
    """What every template of the composer needs."""
    until = int((ctx.now + _MEDIA_LIFE).timestamp()) // 3600 * 3600  # the same address for an hour, so that browsers keep the file

    def source(medium: Media) -> str:
        shown = PREVIEW if medium.kind == "document" else urlsplit(medium.url).path.rpartition("/")[2]
        return media_path(ctx.state.key, medium.id, until, shown)

    return {
        "media_source": source, "rules": {slug: each.rules for slug, each in registry.REGISTRY.items()},
        "faces": {account.platform: account for account in reversed(accounts)}, "zone": ctx.caller.timezone,
    }  # fmt: skip


async def _unshown(ctx: Context, draft: Draft) -> dict[str, str]:
    """Per medium the characters that no font here could draw."""
    media = [id for variant in draft.variants.values() for id in file_ids(variant.media)]
    files = await get_files(ctx.db, ctx.actor, list(dict.fromkeys(media)))
    return {str(file.id): str(file.metadata["missing_characters"]) for file in files if file.metadata.get("missing_characters")}


def _diffs(draft: Draft) -> dict[str, Sequence[tuple[str, str]]]:
    """For edited variants, what differs from what the idea gives today."""
    edited: Mapping[str, Variant] = {slug: each for slug, each in draft.variants.items() if each.edited and slug in registry.REGISTRY}
    fresh = adapt(draft.idea, list(edited), None, draft.updated_at) if edited else {}
    return {slug: differences(as_compared(fresh[slug]), as_compared(variant)) for slug, variant in edited.items()}


async def _names(ctx: Context, draft: Draft) -> dict[str, str]:
    """Who changed each variant last; "you" for the caller."""
    by = {slug: variant.changed_by for slug, variant in draft.variants.items() if variant.changed_by}
    others = set(by.values()) - {str(ctx.caller.user_id)}
    known = {each: await store.member_name(ctx.db, ctx.actor.home, UUID(each)) or "somebody" for each in others}
    return {slug: known.get(each, "you") for slug, each in by.items()}


async def _just_deleted(ctx: Context, id: UUID | None) -> Draft | None:
    draft = await store.get_draft(ctx.db, ctx.actor.home, id) if id else None
    return draft if draft and draft.deleted_at else None


def _days_left(draft: Draft, now: datetime) -> int:
    """Whole days in which a deleted draft can still be brought back."""
    return max(0, (drafts.KEPT - (now - draft.deleted_at)).days) if draft.deleted_at else 0
