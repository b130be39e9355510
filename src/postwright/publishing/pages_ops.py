"""Forms of what people do with posts besides sending them: change, copy, delete there, and one act on many."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from postwright.calendar.move import place_of
from postwright.connections.accounts import list_accounts
from postwright.edge import versions
from postwright.edge.access import PUBLISH
from postwright.edge.addresses import inside
from postwright.edge.context import Context, Signed
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.edge.served import served
from postwright.errors import ChangedSince, Conflict, InvalidInput, NotFound, PostwrightError
from postwright.kit.time import resolve as resolve_wall
from postwright.library.files import get_files
from postwright.platforms import registry
from postwright.platforms.offers import NOTHING_KNOWN
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media, Post
from postwright.publishing import bulk, cost, edit, overdue
from postwright.publishing.commit import MAX_AT_ONCE
from postwright.publishing.draft_file import has_draft
from postwright.publishing.duplicate import duplicate
from postwright.publishing.forms import back_to, read_wall, read_word
from postwright.publishing.models import PostDetail, PostRow
from postwright.publishing.posts import get_post, rows_by_id
from postwright.publishing.preflight import preflight, way_out
from postwright.publishing.public_parts import public_parts
from postwright.publishing.remove import ask_removal, removable
from postwright.publishing.tries import is_asking
from postwright.studio.api import do
from postwright.studio.choices import known_of
from postwright.studio.options import panel, read_form

router = page_router()

# What one click of a finding does to the variant behind a planned post.
_FIXES = {
    "split_thread": "split", "add_card": "card", "add_card_video": "card_video", "trim_hashtags": "trim_hashtags",
    "auto_format": "auto_format",
}  # fmt: skip
_DONE = {
    bulk.Act.SCHEDULE: "scheduled", bulk.Act.PUBLISH: "on their way", bulk.Act.CANCEL: "canceled", bulk.Act.MOVE: "moved",
    bulk.Act.LABEL: "labelled", bulk.Act.UNLABEL: "without that label", bulk.Act.DELETE: "being deleted there",
    bulk.Act.PLAN_AGAIN: "planned again",
}  # fmt: skip


async def beside(ctx: Context, detail: PostDetail) -> dict[str, Any]:
    """What a post's page shows beside it: what stands in its way, what it costs, what was changed, who it may be copied to."""
    row = detail.row
    out = (await removable(ctx.db, ctx.actor, [row.id])).get(row.id)
    return {
        "findings": await preflight(ctx.db, ctx.actor, row.id, now=ctx.now, served_at=served(ctx.state.settings, ctx.now)),
        "way_out": way_out,
        "fixes": _FIXES if _follows_draft(row) else {}, "costs": await cost.preview(ctx.db, ctx.actor, [row.id], now=ctx.now),
        "edits": await edit.list_edits(ctx.db, ctx.actor, row.id),
        "accounts": [each for each in await list_accounts(ctx.db, ctx.actor) if each.usable],
        "hindrance": out.hindrance() if out else None, "stays": out.stays() if out else None,
        "removal": bool(out and out.asked), "has_draft": has_draft(row.platform),
        "held_why": await overdue.why_held(ctx.db, ctx.actor, row.id, now=ctx.now) if row.overdue else "",
        "asking": is_asking(detail.attempts),
    }  # fmt: skip


@router.post("/posts/{post_id}/fix")
async def fix(ctx: Signed, post_id: UUID, act: Annotated[str, Form()] = "") -> Response:
    """Mends the variant of the draft that a planned post goes out with."""
    ctx.need("editor")
    row = await _row(ctx, post_id)
    if not _follows_draft(row) or row.adaptation_id is None:
        raise Conflict("This post does not go out as its draft says now: change the post itself.", field="state", rule="state")
    await do(ctx, row.adaptation_id, row.platform, act)
    return back_to(post_id, "saved")


@router.get("/posts/{post_id}/edit")
async def edit_page(ctx: Signed, post_id: UUID) -> Response:
    return await _editor(ctx, await get_post(ctx.db, ctx.actor, post_id, now=ctx.now))


@router.post("/posts/{post_id}/edit")
async def save_edit(ctx: Signed, request: Request, post_id: UUID) -> Response:
    """A form that is older than somebody else's change overwrites nothing; what was typed is kept."""
    ctx.need("editor")
    form = await request.form()
    typed = {name: str(form[name]) for name in ("text", "title", "hashtags") if name in form}
    parts = [str(each) for each in form.getlist("part")]
    changes: dict[str, object] = {name: typed[name] for name in ("text", "title") if name in typed}
    changes |= {"hashtags": typed["hashtags"].replace(",", " ").split()} if "hashtags" in typed else {}
    changes |= {"thread": [each for each in parts if each.strip()]} if parts else {}
    given = {name: [str(each) for each in form.getlist(name)] for name in form}
    shown = given.get("options", [])
    try:
        item = await edit.hold_post(ctx.db, ctx.actor, post_id)
        versions.require(str(form.get("version") or "") or None, *await place_of(ctx.db, ctx.actor, post_id, ctx.now))
        options = {"options": read_form(registry.get(item.platform), shown, given)} if shown else {}
        done = await edit.edit_post(ctx.db, ctx.actor, item, changes | options)
    except (InvalidInput, ChangedSince, Conflict) as refused:
        return await _editor(ctx, await get_post(ctx.db, ctx.actor, post_id, now=ctx.now), refused, typed | {"parts": parts})
    return back_to(post_id, "edited_unapproved" if done.voided_approval else "edited" if done.edit_id else "saved")


@router.post("/posts/{post_id}/edits/{edit_id}/restore")
async def restore_edit(ctx: Signed, post_id: UUID, edit_id: UUID) -> Response:
    ctx.need("editor")
    item = await edit.hold_post(ctx.db, ctx.actor, post_id)
    await edit.restore(ctx.db, ctx.actor, item, edit_id)
    return back_to(post_id, "edited")


@router.post("/posts/{post_id}/duplicate")
async def duplicate_post(
    ctx: Signed,
    post_id: UUID,
    account: Annotated[list[UUID] | None, Form()] = None,
    wall: Annotated[str, Form()] = "",
    timezone: Annotated[str, Form()] = "",
) -> Response:
    """For the ticked accounts (none: its own), at the time on the clock, else at each one's best free slot."""
    ctx.need("editor")
    at = resolve_wall(read_wall(wall), timezone or ctx.caller.timezone, 0).utc if wall else None
    made = await duplicate(ctx.db, ctx.actor, post_id, accounts=account or (), at=at, now=ctx.now)
    if len(made) == 1:
        return back_to(made[0], "duplicated")
    return RedirectResponse(f"/posts/scheduled?{urlencode([('post', str(each)) for each in made])}", 303)


@router.post("/posts/{post_id}/delete")
async def delete_post(ctx: Signed, post_id: UUID) -> Response:
    ctx.need("editor")
    await ask_removal(ctx.db, ctx.actor, post_id)
    return back_to(post_id, "deleting")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one post of many, as the page shows it."""

    row: PostRow
    message: str


@router.post("/posts/bulk")
async def bulk_form(
    ctx: Signed,
    act: Annotated[str, Form()] = "",
    id: Annotated[list[UUID] | None, Form()] = None,
    days: Annotated[str, Form()] = "",
    label: Annotated[str, Form(max_length=100)] = "",
    anyway: Annotated[bool, Form()] = False,
    sure: Annotated[bool, Form()] = False,
    next: Annotated[str, Form()] = "",
) -> Response:
    """Does it and says what became of each; what reaches people at once, or takes something away there, is asked about first."""
    ctx.need("editor")
    wanted = read_word(bulk.Act, "act", act)
    if wanted is None:
        raise InvalidInput("Choose what to do with the posts.", field="act", rule="required")
    if not id:
        raise InvalidInput("Tick at least one post. Nothing was changed.", field="id", rule="not_empty")
    wish = bulk.Wish(wanted, _number(days), label, anyway)
    if wanted in {bulk.Act.PUBLISH, bulk.Act.DELETE} and not sure:
        return await _ask(ctx, wish, id[:MAX_AT_ONCE], next)
    if wanted in {bulk.Act.PUBLISH, bulk.Act.DELETE}:
        ctx.caller.require(PUBLISH)
    done = await bulk.bulk(ctx.db, ctx.actor, wish, id, now=ctx.now, served_at=served(ctx.state.settings, ctx.now))
    rows = {each.id: each for each in await rows_by_id(ctx.db, ctx.actor, list(dict.fromkeys(id)), now=ctx.now)}
    failed = [Line(rows[each.item_id], each.message) for each in done.failed if each.item_id in rows]
    return page(
        ctx, "posts/bulk.html", title="Several posts", outcome=done, wish=wish, failed=failed, words=_DONE[wanted], asks=False,
        rows=[rows[each.item_id] for each in done.items if each.done and each.item_id in rows], zone=ctx.caller.timezone,
        next=inside(next, "/posts"), costs=None,
    )  # fmt: skip


async def _ask(ctx: Context, wish: bulk.Wish, ids: list[UUID], next: str) -> Response:
    """The accounts and the count are named before anything goes out or is taken down."""
    rows = await rows_by_id(ctx.db, ctx.actor, ids, now=ctx.now)
    costs = await cost.preview(ctx.db, ctx.actor, ids, now=ctx.now) if wish.act is bulk.Act.PUBLISH else None
    return page(
        ctx, "posts/bulk.html", title="Several posts", outcome=None, wish=wish, failed=[], words="", rows=rows, asks=True,
        zone=ctx.caller.timezone, next=inside(next, "/posts"), costs=costs,
    )  # fmt: skip


@router.get("/posts/_cost")
async def cost_of_posts(ctx: Signed, id: Annotated[list[UUID] | None, Query(max_length=MAX_AT_ONCE)] = None) -> Response:
    """What the ticked posts would cost, in a line."""
    return fragment(ctx, "posts/_cost.html", costs=await cost.preview(ctx.db, ctx.actor, id or [], now=ctx.now))


@router.get("/costs")
async def costs_page(ctx: Signed) -> Response:
    return await _costs(ctx)


@router.post("/costs")
async def save_budget(ctx: Signed, dollars: Annotated[str, Form(max_length=20)] = "") -> Response:
    ctx.need("admin")
    try:
        await cost.set_budget(ctx.db, ctx.actor, _dollars(dollars))
    except InvalidInput as refused:
        return await _costs(ctx, refused, dollars)
    return RedirectResponse("/costs?said=saved", 303)


async def _costs(ctx: Context, refused: PostwrightError | None = None, typed: str | None = None) -> Response:
    month = await cost.month_of(ctx.db, ctx.actor, now=ctx.now)
    accounts = {each.id: each for each in await list_accounts(ctx.db, ctx.actor)}
    billed = [registry.get(each).name for each in cost.billed_platforms()]
    shown = typed if typed is not None else f"{month.budget:.2f}" if month.budget else ""
    return page(
        ctx, "posts/costs.html", refused.status if refused else 200, title="What posting costs", month=month, accounts=accounts,
        billed=billed, problem=refused.message if refused else None, typed=shown,
    )  # fmt: skip


def _dollars(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidInput("Give an amount in dollars, such as 25.", field="dollars", rule="number") from None


def _number(text: str) -> int:
    try:
        return int(text or 0)
    except ValueError:
        raise InvalidInput("Give a number of days, such as 7 or -7.", field="days", rule="range") from None


async def _editor(
    ctx: Context, detail: PostDetail, refused: PostwrightError | None = None, typed: dict[str, object] | None = None
) -> Response:
    if "edit" not in detail.row.verbs:
        raise Conflict("This post can no longer be changed.", field="state", rule="state")
    place, rules = await place_of(ctx.db, ctx.actor, detail.row.id, ctx.now), registry.get(detail.row.platform).rules
    public = await public_parts(ctx.db, ctx.actor.home, detail.row.commitment_id)
    return page(
        ctx, "posts/edit.html", refused.status if refused else 200, title="Change the post", detail=detail, row=detail.row,
        rules={detail.row.platform: rules}, look=await _options(ctx, detail), version=versions.etag(*place),
        problem=refused.message if refused else None, typed=typed or {}, public=public,
    )  # fmt: skip


async def _options(ctx: Context, detail: PostDetail) -> dict[str, Any]:
    """What the panel of options shows of the post."""
    row, content, platform = detail.row, detail.content, registry.get(detail.row.platform)
    known = [each.known() for each in await known_of(ctx.db, ctx.actor, [row.connection_id])] if row.connection_id else []
    told = known[0] if known else NOTHING_KNOWN
    kind = row.content_format or platform.rules.default_format
    images = [each for each in await get_files(ctx.db, ctx.actor, list(content.media)) if (each.mime_type or "").startswith("image/")]
    media = tuple(Media(str(each.id), "image", each.mime_type or "", 0, 0, 0, None, each.alt_text or "", Path(), "") for each in images)
    post = Post(
        content.text, kind, title=content.title, parts=content.thread, hashtags=content.hashtags, options=content.options, media=media
    )
    return {"slug": row.platform, "name": platform.name, "panel": panel(post, platform, told, check_options(post, platform, told))}


def _follows_draft(row: PostRow) -> bool:
    """Whether it says what its draft says: nobody changed it by itself, or froze it by scheduling it."""
    return row.adaptation_id is not None and row.commitment_id is None and "edit" in row.verbs and not row.own_content


async def _row(ctx: Context, post_id: UUID) -> PostRow:
    found = await rows_by_id(ctx.db, ctx.actor, [post_id], now=ctx.now)
    if not found:
        raise NotFound("There is no such post in this workspace.", field="id", rule="exists")
    return found[0]
