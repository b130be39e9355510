"""Scheduling by form: from a draft straight to the calendar or out, several planned posts at once, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query
from fastapi.responses import RedirectResponse, Response

from postwright.calendar.plan import plan_draft
from postwright.calendar.store import lock_plan
from postwright.edge.context import Context, Signed
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.edge.served import served
from postwright.errors import InvalidInput
from postwright.kit.time import resolve
from postwright.publishing.already import Earlier, sent_already
from postwright.publishing.commit import MAX_AT_ONCE, Committed, check, commit
from postwright.publishing.forms import back_to, read_wall
from postwright.publishing.posts import PostRow, PostState, rows_by_id

router = page_router()

_HELD = frozenset({PostState.PLANNED, PostState.MISSED})


@dataclass(frozen=True, slots=True)
class Wish:
    """When a draft is to go out, as the form said it: slot, in_1_minute, now, or `at` a wall time of a zone."""

    when: str
    at: str = ""
    timezone: str = ""

    def query(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in (("when", self.when), ("at", self.at), ("timezone", self.timezone)) if value]


@router.post("/posts/schedule")
async def schedule_posts(ctx: Signed, ids: Annotated[list[UUID], Form(alias="id")]) -> Response:
    ctx.need("editor")
    made = await commit(ctx.db, ctx.actor, ids, now=ctx.now, when="slot", served_at=served(ctx.state.settings, ctx.now))
    return _told("/posts/scheduled", made, Wish("slot"))


@router.get("/posts/scheduled")
async def posts_scheduled(ctx: Signed, post: Annotated[list[UUID] | None, Query(max_length=MAX_AT_ONCE)] = None) -> Response:
    return await _results(ctx, post or [], [], None, Wish("slot"))


@router.get("/drafts/{draft_id}/schedule")
async def schedule_address(draft_id: UUID) -> Response:
    """The form's address, visited: the draft is where one schedules it."""
    return RedirectResponse(f"/drafts/{draft_id}", 303)


@router.post("/drafts/{draft_id}/schedule")
async def schedule_draft(
    ctx: Signed,
    draft_id: UUID,
    account: Annotated[list[UUID] | None, Form()] = None,
    when: Annotated[str, Form()] = "slot",
    at: Annotated[str, Form()] = "",
    timezone: Annotated[str, Form()] = "",
    again: Annotated[list[UUID] | None, Form()] = None,
    known: Annotated[list[UUID] | None, Form()] = None,
) -> Response:
    """Plans a post per account and commits to it: at its best slot, in a minute, now, or at a wall time of the caller's zone.

    What the draft says now and said on an account already stays out, unless `again` names the account and `known`
    (where given) every post that says it: the same form sent twice sends once.
    """
    ctx.need("editor")
    wish = Wish(when, at, timezone)
    moment = _moment(ctx, wish)
    await lock_plan(ctx.db, ctx.actor.home)
    if not account:
        raise InvalidInput("Tick at least one account. Nothing was scheduled.", field="account", rule="not_empty")
    earlier = await sent_already(ctx.db, ctx.actor, draft_id, account)
    wanted = set(again or ()) - {each.connection_id for each in earlier if known and each.item_id not in known}
    out = [each for each in earlier if each.connection_id not in wanted]
    left = [each for each in account if each not in {one.connection_id for one in out}]
    made = await _plan_and_commit(ctx, draft_id, left, moment, when, wanted) if left or not out else []
    return _told(f"/drafts/{draft_id}/scheduled", made, wish, out)


async def _plan_and_commit(
    ctx: Context, draft_id: UUID, accounts: Sequence[UUID], moment: datetime | None, when: str, again: Collection[UUID]
) -> list[Committed]:
    planned = await plan_draft(ctx.db, ctx.actor, draft_id, accounts, now=ctx.now, at=moment, anew=again)
    ids = [each.item_id for each in planned]
    return await commit(
        ctx.db,
        ctx.actor,
        ids,
        now=ctx.now,
        when="now" if when == "now" else "slot",
        again=again,
        served_at=served(ctx.state.settings, ctx.now),
    )


def _moment(ctx: Context, wish: Wish) -> datetime | None:
    if wish.when == "in_1_minute":
        return ctx.now + timedelta(minutes=1, seconds=5)  # a post may not be planned for less than a minute from now
    if wish.when == "at":
        return resolve(read_wall(wish.at), wish.timezone or ctx.caller.timezone, 0).utc
    if wish.when not in {"slot", "now"}:
        raise InvalidInput("Say slot, in_1_minute, now or at.", field="when", rule="known")
    return None


def _told(address: str, made: Sequence[Committed], wish: Wish, out: Sequence[Earlier] = ()) -> Response:
    """On to a page with an address of its own, that may be loaded as often as one likes; a single post shows itself."""
    if len(made) == 1 and not out and made[0].scheduled_post_id is not None:
        return back_to(made[0].item_id, "publishing" if wish.when == "now" else "scheduled")
    posts = [("post", str(each.item_id)) for each in made]
    return RedirectResponse(f"{address}?{urlencode([*posts, *(('out', str(each.item_id)) for each in out), *wish.query()])}", 303)


@router.get("/drafts/{draft_id}/scheduled")
async def draft_scheduled(
    ctx: Signed,
    draft_id: UUID,
    post: Annotated[list[UUID] | None, Query(max_length=MAX_AT_ONCE)] = None,
    out: Annotated[list[UUID] | None, Query(max_length=MAX_AT_ONCE)] = None,
    when: str = "slot",
    at: Annotated[str, Query(max_length=40)] = "",
    timezone: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """What became of it, as it stands now."""
    return await _results(ctx, post or [], out or [], draft_id, Wish(when, at, timezone))


async def _results(ctx: Context, ids: list[UUID], out: list[UUID], draft_id: UUID | None, wish: Wish) -> Response:
    rows = sorted(await rows_by_id(ctx.db, ctx.actor, ids, now=ctx.now), key=lambda row: (row.scheduled_at is None, row.scheduled_at or 0))
    held = [each for each in rows if each.state in _HELD]
    findings = await check(ctx.db, ctx.actor, ids, now=ctx.now, served_at=served(ctx.state.settings, ctx.now))
    return page(
        ctx, "posts/results.html", title="Scheduled", rows=rows, held=held, draft_id=draft_id, when=wish.when,
        out=await _left_out(ctx, out), wish=wish.query(), findings=findings, zone=ctx.caller.timezone,
    )  # fmt: skip


async def _left_out(ctx: Context, ids: list[UUID]) -> list[tuple[PostRow, list[UUID]]]:
    """Per account its latest post that said the same, and all of them."""
    found: dict[UUID | None, list[PostRow]] = {}
    for row in await rows_by_id(ctx.db, ctx.actor, ids, now=ctx.now):
        found.setdefault(row.connection_id, []).append(row)
    return [(rows[0], [each.id for each in rows]) for rows in found.values()]
