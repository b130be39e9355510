"""Today, the list of posts, a post with its story, and what people do with posts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse, Response

from postwright.calendar.move import Refused, move
from postwright.calendar.plan import plan_draft
from postwright.calendar.store import lock_plan
from postwright.connections.accounts import list_accounts
from postwright.edge.context import Context, Signed
from postwright.edge.render import fragment, page
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.kit.time import resolve
from postwright.library.files import get_files
from postwright.library.storage import media_url
from postwright.publishing.already import RULE, Earlier, sent_already
from postwright.publishing.cancel import cancel
from postwright.publishing.commit import MAX_AT_ONCE, Committed, check, commit
from postwright.publishing.decide import give_up, landed, send_again
from postwright.publishing.posts import PostDetail, PostFilter, PostRow, PostState, Sort, Tab, get_post, list_posts, rows_by_id, tab_counts
from postwright.publishing.read import steps_done
from postwright.publishing.retry import retry
from postwright.publishing.today import Today, read_today

router = APIRouter(include_in_schema=False)
E_ = TypeVar("E_", bound=StrEnum)

STEPS_COOKIE = "steps"
OPENED_COOKIE = "post_opened"  # the one first step that leaves no row behind
_YEAR = 31_536_000  # seconds
_HELD = frozenset({PostState.PLANNED, PostState.MISSED})
_MEDIA_LIFE = timedelta(hours=1)
_STEPS = (
    ("made", "/posts?tab=published", "See what became of the first idea", "A variant per platform, each by its own rule."),
    ("own", "/drafts/new", "Make your own", "An idea waits in the field; replace it."),
    ("move", "/calendar", "Move a planned post", "Drag it, or press M and use the arrow keys."),
    ("history", "/accounts#history", "Add eight weeks of simulated history", "It takes seconds, and can be removed again."),
    (
        "live",
        "/accounts#golive",
        "Make a place to go live",
        "A workspace beside this one; real accounts cannot be connected in this version yet.",
    ),
)


@router.get("/")
async def home() -> Response:
    return RedirectResponse("/today", 307)


@router.get("/today")
async def today_page(ctx: Signed) -> Response:
    today = await read_today(ctx.db, ctx.actor, now=ctx.now)
    accounts = await list_accounts(ctx.db, ctx.actor)
    return page(ctx, "today/today.html", title="Today", today=today, accounts=accounts, steps=await _steps(ctx, today))


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps, and whether it was taken."""

    href: str
    name: str
    hint: str
    done: bool


async def _steps(ctx: Context, today: Today) -> list[Step]:
    """The first steps of a sandbox workspace, until they are dismissed; nothing to look at yet, no step to look at it."""
    if not ctx.caller.workspace.simulated or ctx.request.cookies.get(STEPS_COOKIE) == "dismissed":
        return []
    done = await steps_done(ctx.db, ctx.actor.home, ctx.actor.user) | ({"made"} if OPENED_COOKIE in ctx.request.cookies else set())
    return [Step(href, name, hint, key in done) for key, href, name, hint in _STEPS if key != "made" or today.just_out or key in done]


@router.post("/today/steps/dismiss")
async def dismiss_steps(ctx: Signed) -> Response:
    answer = RedirectResponse("/today", 303)
    answer.set_cookie(STEPS_COOKIE, "dismissed", max_age=_YEAR, samesite="lax", httponly=True)
    return answer


# The list. Every filtered view has its own address, made of exactly these words.

_NAMES: Mapping[Tab, str] = {
    Tab.ALL: "All posts", Tab.DRAFTS: "Drafts", Tab.PLANNED: "Planned", Tab.AWAITING_APPROVAL: "Awaiting approval",
    Tab.SCHEDULED: "Scheduled", Tab.PUBLISHED: "Published", Tab.NEEDS_ATTENTION: "Needs attention", Tab.CANCELED: "Canceled",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks for, as it was written."""

    tab: Tab
    q: str
    account: str
    platform: str
    state: str
    label: str
    author: str
    sort: str

    @property
    def filtered(self) -> bool:
        return any((self.q, self.account, self.platform, self.state, self.label, self.author))

    def wanted(self) -> PostFilter:
        """Raises InvalidInput that names the part of the address that is no such thing."""
        return PostFilter(
            tab=self.tab, text=self.q.strip() or None, connection_id=_uuid("account", self.account), platform=self.platform or None,
            state=_member(PostState, "state", self.state), author=_uuid("author", self.author), label=self.label or None,
        )  # fmt: skip

    def address(self, **changes: str) -> str:
        """This view's address, with some parts changed; empty parts are left out."""
        parts = {
            "tab": "" if self.tab is Tab.ALL else str(self.tab), "q": self.q, "account": self.account, "platform": self.platform,
            "state": self.state, "label": self.label, "author": self.author, "sort": self.sort,
        } | changes  # fmt: skip
        query = urlencode({key: value for key, value in parts.items() if value})
        return f"/posts?{query}" if query else "/posts"


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list is for, and the one next step."""

    title: str
    text: str
    act: str
    href: str


_START = ("Start with an idea", "/drafts/new")
_EMPTY: Mapping[Tab, Empty] = {
    Tab.ALL: Empty(
        "No post yet", "A post is one variant for one account. Plan a draft, and its posts show here.", *_START
    ),
    Tab.PLANNED: Empty(
        "Nothing planned", "A planned post has a slot, but won't go out until somebody schedules it.", *_START
    ),
    Tab.AWAITING_APPROVAL: Empty(
        "Nothing awaits approval", "Posts that somebody has to approve before they go out wait here.", "See all posts", "/posts"
    ),
    Tab.SCHEDULED: Empty(
        "Nothing scheduled", "A scheduled post goes out at its time unless you act.", "See what is planned", "/posts?tab=planned"
    ),
    Tab.PUBLISHED: Empty(
        "Nothing published yet", "What went out is here, with its link and its numbers.", *_START
    ),
    Tab.NEEDS_ATTENTION: Empty(
        "Nothing needs you", "Posts that failed, were missed or are unconfirmed wait here for a person.", "Open Today", "/today"
    ),
    Tab.CANCELED: Empty(
        "Nothing canceled", "Canceled posts are kept here. Their drafts stay drafts.", "See all posts", "/posts"
    ),
}  # fmt: skip


@router.get("/posts")
async def posts_page(
    ctx: Signed,
    tab: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
    account: str = "",
    platform: str = "",
    state: str = "",
    label: Annotated[str, Query(max_length=100)] = "",
    author: str = "",
    sort: str = "",
    after: str | None = None,
) -> Response:
    view = View(_member(Tab, "tab", tab) or Tab.ALL, q, account, platform, state, label, author, sort)
    if view.tab is Tab.DRAFTS:
        return RedirectResponse("/drafts", 303)
    found = await list_posts(ctx.db, ctx.actor, view.wanted(), now=ctx.now, sort=_member(Sort, "sort", sort), after=after)
    return page(
        ctx, "posts/list.html", title=_NAMES[view.tab], view=view, tab_name=_NAMES[view.tab], filtered=view.filtered, rows=found.items,
        tabs=_tabs(view, await tab_counts(ctx.db, ctx.actor, now=ctx.now)), accounts=await list_accounts(ctx.db, ctx.actor),
        states=[str(each) for each in PostState], zone=ctx.caller.timezone, empty=_EMPTY[view.tab], sort_address=_other_order(view),
        next_address=view.address(after=found.next) if found.next else None,
    )  # fmt: skip


def _tabs(view: View, counts: Mapping[Tab, int]) -> list[tuple[str, str, int | None, bool]]:
    shown = [each for each in _NAMES if each is not Tab.CANCELED or counts.get(each) or view.tab is each]
    plain = View(Tab.ALL, view.q, view.account, view.platform, "", view.label, view.author, "")
    counts = {} if plain.filtered else counts  # what they count is not what a filter shows
    return [
        (
            "/drafts" if each is Tab.DRAFTS else plain.address(tab="" if each is Tab.ALL else str(each)),
            "All" if each is Tab.ALL else _NAMES[each],
            counts.get(each),
            each is view.tab,
        )
        for each in shown
    ]


def _other_order(view: View) -> str:
    column = "published_at" if view.tab is Tab.PUBLISHED else "scheduled_at"
    return view.address(sort=column if view.sort == f"-{column}" else f"-{column}")


@router.get("/posts/scheduled")
async def posts_scheduled(ctx: Signed, post: Annotated[list[UUID] | None, Query(max_length=MAX_AT_ONCE)] = None) -> Response:
    return await _results(ctx, post or [], [], None, Wish("slot"))


@router.get("/posts/{post_id}/line")
async def post_line(ctx: Signed, post_id: UUID) -> Response:
    return fragment(ctx, "posts/_line.html", row=await _row(ctx, post_id), zone=ctx.caller.timezone)


@router.get("/posts/{post_id}/row")
async def post_row(ctx: Signed, post_id: UUID) -> Response:
    return fragment(ctx, "posts/_row.html", row=await _row(ctx, post_id), zone=ctx.caller.timezone)


# One post.


@router.get("/posts/{post_id}")
async def post_page(ctx: Signed, post_id: UUID) -> Response:
    answer = await _post(ctx, post_id)
    if ctx.caller.workspace.simulated and OPENED_COOKIE not in ctx.request.cookies:
        answer.set_cookie(OPENED_COOKIE, "1", max_age=_YEAR, samesite="lax", httponly=True)
    return answer


async def _post(ctx: Context, post_id: UUID, status: int = 200, **more: Any) -> Response:
    detail = await get_post(ctx.db, ctx.actor, post_id, now=ctx.now)
    media = await _media(ctx, detail)
    values: dict[str, Any] = {"move_problem": None, "wall": None, "nearest": None, "twice": None} | more
    return page(ctx, "posts/post.html", status, title="Post", detail=detail, media=media, sent_early=_sent_early(detail.row), **values)


def _sent_early(row: PostRow) -> bool:
    """Whether it had a slot and was sent without waiting for it."""
    return bool(row.slot_at and row.scheduled_at and row.slot_at - row.scheduled_at > timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of a post, as the page shows it."""

    kind: str
    url: str
    alt: str


async def _media(ctx: Context, detail: PostDetail) -> list[Shown]:
    files = {each.id: each for each in await get_files(ctx.db, ctx.actor, list(detail.content.media))}
    alts = dict(zip(detail.content.media, detail.content.alt_texts, strict=False))
    return [
        Shown(
            "video" if (files[each].mime_type or "").startswith("video/") else "image",
            media_url(ctx.state, each, ctx.now + _MEDIA_LIFE),
            alts.get(each) or files[each].alt_text or "",
        )
        for each in detail.content.media
        if each in files
    ]


@router.post("/posts/{post_id}/schedule")
async def schedule_post(ctx: Signed, post_id: UUID, again: Annotated[bool, Form()] = False) -> Response:
    return await _send(ctx, post_id, "slot", again) or _back(post_id, "scheduled")


@router.post("/posts/{post_id}/publish")
async def publish_post(ctx: Signed, post_id: UUID, again: Annotated[bool, Form()] = False) -> Response:
    return await _send(ctx, post_id, "now", again) or _back(post_id, "publishing")


async def _send(ctx: Context, post_id: UUID, when: Literal["slot", "now"], again: bool) -> Response | None:
    """None when it went well; the post's page where the same was said on its account already."""
    ctx.need("editor")
    accounts = {row.connection_id for row in await rows_by_id(ctx.db, ctx.actor, [post_id], now=ctx.now)} if again else set()
    made = await commit(ctx.db, ctx.actor, [post_id], now=ctx.now, when=when, again=[each for each in accounts if each])
    twice = next((finding for each in made for finding in each.findings if finding.rule == RULE), None)
    if twice is not None:
        return await _post(ctx, post_id, 409, twice=twice.message, verb="publish" if when == "now" else "schedule")
    _must_hold(made)
    return None


@router.post("/posts/{post_id}/plan-again")
async def plan_again(ctx: Signed, post_id: UUID) -> Response:
    """A canceled post stays canceled; its draft gets a new place on the same account."""
    ctx.need("editor")
    row = await _row(ctx, post_id)
    if row.state is not PostState.CANCELED or row.adaptation_id is None or row.connection_id is None:
        raise Conflict("Only a canceled post that was made of a draft can be planned again.", field="state", rule="state")
    (planned,) = await plan_draft(ctx.db, ctx.actor, row.adaptation_id, [row.connection_id], now=ctx.now)
    return _back(planned.item_id, "planned_again")


@router.post("/posts/{post_id}/cancel")
async def cancel_post(ctx: Signed, post_id: UUID) -> Response:
    ctx.need("editor")
    await cancel(ctx.db, ctx.actor, post_id, now=ctx.now)
    return _back(post_id, "canceled")


@router.post("/posts/{post_id}/retry")
async def retry_post(ctx: Signed, post_id: UUID) -> Response:
    ctx.need("editor")
    _must_hold([await retry(ctx.db, ctx.actor, post_id, now=ctx.now)])
    return _back(post_id, "retried")


@router.post("/posts/{post_id}/decide")
async def decide_post(ctx: Signed, post_id: UUID, what: Annotated[str, Form()], url: Annotated[str, Form()] = "") -> Response:
    ctx.need("editor")
    if what == "landed":
        await landed(ctx.db, ctx.actor, post_id, url, now=ctx.now)
    elif what in {"send_again", "give_up"}:
        await (send_again if what == "send_again" else give_up)(ctx.db, ctx.actor, post_id, now=ctx.now)
    else:
        raise InvalidInput("Say landed, send_again or give_up.", field="what", rule="known")
    return _back(post_id, "decided")


@router.post("/posts/{post_id}/move")
async def move_post(
    ctx: Signed, post_id: UUID, wall: Annotated[str, Form()], timezone: Annotated[str, Form()] = "", anyway: Annotated[bool, Form()] = False
) -> Response:
    ctx.need("editor")
    try:
        await move(ctx.db, ctx.actor, post_id, _wall(wall), timezone or None, 0, ctx.now, anyway=anyway)
    except Refused as refused:
        return await _post(ctx, post_id, refused.status, move_problem=refused.message, wall=wall, nearest=refused.nearest)
    except InvalidInput as refused:
        return await _post(ctx, post_id, refused.status, move_problem=refused.message, wall=wall)
    return _back(post_id, "moved")


@router.post("/posts/schedule")
async def schedule_posts(ctx: Signed, ids: Annotated[list[UUID], Form(alias="id")]) -> Response:
    ctx.need("editor")
    return _told("/posts/scheduled", await commit(ctx.db, ctx.actor, ids, now=ctx.now, when="slot"), Wish("slot"))


# From a draft straight to the calendar, or out.


@dataclass(frozen=True, slots=True)
class Wish:
    """When a draft is to go out, as the form said it: slot, in_1_minute, now, or `at` a wall time of a zone."""

    when: str
    at: str = ""
    timezone: str = ""

    def query(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in (("when", self.when), ("at", self.at), ("timezone", self.timezone)) if value]


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
    return await commit(ctx.db, ctx.actor, ids, now=ctx.now, when="now" if when == "now" else "slot", again=again)


def _moment(ctx: Context, wish: Wish) -> datetime | None:
    if wish.when == "in_1_minute":
        return ctx.now + timedelta(minutes=1, seconds=5)  # a post may not be planned for less than a minute from now
    if wish.when == "at":
        return resolve(_wall(wish.at), wish.timezone or ctx.caller.timezone, 0).utc
    if wish.when not in {"slot", "now"}:
        raise InvalidInput("Say slot, in_1_minute, now or at.", field="when", rule="known")
    return None


def _told(address: str, made: Sequence[Committed], wish: Wish, out: Sequence[Earlier] = ()) -> Response:
    """On to a page with an address of its own, that may be loaded as often as one likes; a single post shows itself."""
    if len(made) == 1 and not out and made[0].scheduled_post_id is not None:
        return _back(made[0].item_id, "publishing" if wish.when == "now" else "scheduled")
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
    findings = await check(ctx.db, ctx.actor, ids, now=ctx.now)
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


def _must_hold(made: Sequence[Committed]) -> None:
    """Raises InvalidInput with the first finding that keeps the post from being scheduled."""
    for each in made:
        if each.scheduled_post_id is None:
            found = next(iter(each.findings), None)
            raise InvalidInput(
                found.message if found else "The post cannot be scheduled.",
                field=found.field if found else None,
                rule=found.rule if found else None,
            )


async def _row(ctx: Context, post_id: UUID) -> PostRow:
    found = await rows_by_id(ctx.db, ctx.actor, [post_id], now=ctx.now)
    if not found:
        raise NotFound("There is no such post in this workspace.", field="id", rule="exists")
    return found[0]


def _back(post_id: UUID, said: str) -> Response:
    return RedirectResponse(f"/posts/{post_id}?said={said}", 303)


def _wall(text: str) -> datetime:
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("Give a day and a time, like 2027-03-02T09:00.", field="wall", rule="datetime") from None
    if wall.tzinfo is not None:
        raise InvalidInput("Give the time on the clock, without an offset; the zone is named beside it.", field="wall", rule="naive")
    return wall


def _uuid(name: str, text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInput(f"The address names no {name} that exists.", field=name, rule="uuid") from None


def _member(kind: type[E_], name: str, text: str) -> E_ | None:
    try:
        return kind(text) if text else None
    except ValueError:
        known = ", ".join(str(each) for each in kind)
        raise InvalidInput(f"There is no {name} “{text[:40]}”. Known: {known}.", field=name, rule="known") from None
