"""Settings > Publishing: pause all, how late a post may go out; the words at the top of every page; decisions about held posts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import PERSON, READ, needs
from postwright.edge.addresses import inside
from postwright.edge.context import Context, Signed
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput, PostwrightError
from postwright.identity.clerk import closed_list
from postwright.kit.time import resolve
from postwright.publishing import overdue, pause, policy, read, today_pages
from postwright.publishing.forms import read_wall
from postwright.publishing.pulse import SILENCE

router = page_router()

_HERE = "/settings/publishing"
_Text = Annotated[str, Form()]


@router.get("/standing/_banner")
@needs(READ)
async def banner(ctx: Signed) -> Response:
    """What holds posts back, as every page says it. `path` is that of the page on which it stands."""
    return fragment(ctx, "components/_standing.html", path=_shown_on(ctx))


@router.get(_HERE)
@needs(READ)
async def publishing_page(ctx: Signed) -> Response:
    return await _page(ctx)


@router.post(f"{_HERE}/pause")
@needs(PERSON)
async def pause_all(ctx: Signed, reason: _Text = "", until: _Text = "") -> Response:
    ctx.need("editor")
    try:
        await pause.pause(ctx.db, ctx.actor, reason, until=_moment(ctx, until), now=ctx.now)
    except PostwrightError as problem:
        return await _page(ctx, problem, form="pause", reason=reason, until=until)
    return _back("all_paused")


@router.post(f"{_HERE}/resume")
@needs(PERSON)
async def resume_all(ctx: Signed, next: _Text = "") -> Response:
    ctx.need("editor")
    await pause.resume(ctx.db, ctx.actor, now=ctx.now)
    return await _on_to_held(ctx) or RedirectResponse(f"{inside(next, _HERE)}?said=all_resumed", 303)


@router.post(f"{_HERE}/policy")
@needs(PERSON)
async def save_policy(ctx: Signed, minutes: _Text = "") -> Response:
    ctx.need("admin")
    try:
        if not minutes.strip().isdecimal() or len(minutes.strip()) > 6:
            raise InvalidInput("Give a whole number of minutes.", field="minutes", rule="number")
        await policy.set_late_grace(ctx.db, ctx.actor, int(minutes))
    except PostwrightError as problem:
        return await _page(ctx, problem, form="policy", minutes=minutes)
    return _back("saved")


@router.post(f"{_HERE}/server/pause")
@needs(PERSON)
async def pause_server(ctx: Signed, reason: _Text = "", until: _Text = "") -> Response:
    pause.require_operator(ctx.caller)
    try:
        moment = _moment(ctx, until)
        pause.check(reason, moment, ctx.now)
    except InvalidInput as problem:
        return await _page(ctx, problem, form="server", reason=reason, until=until)
    async with closed_list(ctx) as db:
        await pause.pause_server(db, ctx.caller.user_id, reason, until=moment, now=ctx.now)
    return _back("all_paused")


@router.post(f"{_HERE}/server/resume")
@needs(PERSON)
async def resume_server(ctx: Signed) -> Response:
    pause.require_operator(ctx.caller)
    async with closed_list(ctx) as db:
        await pause.resume_server(db, ctx.caller.user_id, now=ctx.now)
    return await _on_to_held(ctx) or _back("all_resumed")


@router.post("/today/held")
@needs(PERSON)
async def decide_held(ctx: Signed, request: Request, decision: _Text = "", id: Annotated[list[UUID] | None, Form()] = None) -> Response:
    """One button for each post, and the same for all that are ticked. `at:` gives one post the time on the clock beside it."""
    ctx.need("editor")
    which, _, one = decision.partition(":")
    if which not in _DONE or (which == "at" and not one):
        raise InvalidInput("Say send, slot or cancel.", field="decision", rule="known")
    ids = [_id(one)] if one else id or []
    if not ids:
        raise InvalidInput("Tick at least one post. Nothing was changed.", field="id", rule="not_empty")
    if which == "at":
        wall = str((await request.form()).get(f"wall-{one}") or "")
        done = [await overdue.place_at(ctx.db, ctx.actor, ids[0], read_wall(wall), now=ctx.now)]
    else:
        done = await overdue.decide_held(ctx.db, ctx.actor, ids, overdue.HeldDecision(which), now=ctx.now)
    said, words = _DONE[which]
    if any(each.problem for each in done):
        return await today_pages.show_today(ctx, done, words, 200 if any(each.problem is None for each in done) else 409)
    return RedirectResponse(f"/today?said={said}#overdue", 303)


_DONE = {  # what is said of all, and what of some
    "send": ("publishing", "on their way"), "slot": ("moved", "moved"), "at": ("moved", "moved"), "cancel": ("canceled", "canceled"),
}  # fmt: skip


def _shown_on(ctx: Context) -> str:
    try:
        return inside(urlsplit(ctx.request.headers.get("referer", "")).path, "/today")
    except ValueError:
        return "/today"


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("There is no such post.", field="id", rule="uuid") from None


async def _page(
    ctx: Context, problem: PostwrightError | None = None, *, form: str = "", reason: str = "", until: str = "", minutes: str = ""
) -> Response:
    pauses = await pause.current(ctx.db, ctx.actor, now=ctx.now)
    beat = await read.last_beat(ctx.db, "publisher")
    errors = {form: {problem.field or "form": problem.message}} if problem else {}
    return page(
        ctx, "settings/publishing.html", problem.status if problem else 200, title="Publishing", zone=ctx.caller.timezone,
        own=next((each for each in pauses if each.workspace_id is not None), None),
        server=next((each for each in pauses if each.workspace_id is None), None),
        beat=beat, silent=beat is None or ctx.now - beat > SILENCE,
        minutes=minutes or str(await policy.late_grace(ctx.db, ctx.actor)), most=policy.MOST_MINUTES,
        errors=errors, typed={form: {"reason": reason, "until": until}} if form else {},
    )  # fmt: skip


def _moment(ctx: Context, until: str) -> datetime | None:
    """A wall time of the caller's zone; empty: until somebody resumes it."""
    return resolve(read_wall(until.strip()), ctx.caller.timezone, 0).utc if until.strip() else None


async def _on_to_held(ctx: Context) -> Response | None:
    """To what fell due in the pause and waits for a decision; None: nothing does."""
    held = await overdue.list_held(ctx.db, ctx.actor, now=ctx.now, limit=1)
    return RedirectResponse("/today?said=all_resumed_held#overdue", 303) if held else None


def _back(said: str) -> Response:
    return RedirectResponse(f"{_HERE}?said={said}", 303)
