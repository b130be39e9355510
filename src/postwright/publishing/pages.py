"""The list of posts, a post with its story, and what people do with posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query
from fastapi.responses import RedirectResponse, Response

from postwright.calendar.move import Refused, move
from postwright.calendar.plan import plan_draft
from postwright.connections.accounts import list_accounts
from postwright.edge.addresses import inside
from postwright.edge.context import Context, Signed
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.edge.served import served
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.library.files import get_files
from postwright.library.storage import PREVIEW, media_url
from postwright.platforms import registry
from postwright.publishing import pages_handoff, pages_ops, pages_pause, read, schedule_pages, today_pages
from postwright.publishing.already import RULE
from postwright.publishing.cancel import cancel
from postwright.publishing.commit import commit, must_hold
from postwright.publishing.decide import decide
from postwright.publishing.dismiss import dismiss
from postwright.publishing.forms import back_to, read_id, read_wall, read_word
from postwright.publishing.posts import PostDetail, PostFilter, PostRow, PostState, Sort, Tab, get_post, list_posts, rows_by_id, tab_counts
from postwright.publishing.retry import UNCONFIRMED, retry
from postwright.publishing.today_pages import OPENED_COOKIE, YEAR

router = page_router()
router.include_router(today_pages.router)
router.include_router(pages_pause.router)
router.include_router(pages_handoff.router)
router.include_router(schedule_pages.router)  # before one post's own pages: /posts/scheduled is no post
router.include_router(pages_ops.router)

_MEDIA_LIFE = timedelta(hours=1)

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
            tab=self.tab, text=self.q.strip() or None, connection_id=read_id("account", self.account), platform=self.platform or None,
            state=read_word(PostState, "state", self.state), author=read_id("author", self.author), label=self.label or None,
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
    view = View(read_word(Tab, "tab", tab) or Tab.ALL, q, account, platform, state, label, author, sort)
    if view.tab is Tab.DRAFTS:
        return RedirectResponse("/drafts", 303)
    found = await list_posts(ctx.db, ctx.actor, view.wanted(), now=ctx.now, sort=read_word(Sort, "sort", sort), after=after)
    return page(
        ctx, "posts/list.html", title=_NAMES[view.tab], view=view, tab_name=_NAMES[view.tab], filtered=view.filtered, rows=found.items,
        tabs=_tabs(view, await tab_counts(ctx.db, ctx.actor, now=ctx.now)), accounts=await list_accounts(ctx.db, ctx.actor),
        people=await read.names(ctx.db, ctx.actor.home), platforms=registry.in_order(registry.REGISTRY),
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
        answer.set_cookie(OPENED_COOKIE, "1", max_age=YEAR, samesite="lax", httponly=True)
    return answer


async def _post(ctx: Context, post_id: UUID, status: int = 200, **more: Any) -> Response:
    detail = await get_post(ctx.db, ctx.actor, post_id, now=ctx.now)
    media = await _media(ctx, detail)
    values: dict[str, Any] = {"move_problem": None, "wall": None, "nearest": None, "twice": None} | more
    values |= await pages_ops.beside(ctx, detail)
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
    name: str
    pages: int | None
    size: int
    preview_url: str | None  # of a document


async def _media(ctx: Context, detail: PostDetail) -> list[Shown]:
    files = {each.id: each for each in await get_files(ctx.db, ctx.actor, list(detail.content.media))}
    alts = dict(zip(detail.content.media, detail.content.alt_texts, strict=False))
    return [
        Shown(
            files[each].kind,
            media_url(ctx.state, each, ctx.now + _MEDIA_LIFE),
            alts.get(each) or files[each].alt_text or "",
            files[each].name,
            files[each].pages,
            files[each].size_bytes or 0,
            media_url(ctx.state, each, ctx.now + _MEDIA_LIFE, PREVIEW) if files[each].kind == "document" else None,
        )
        for each in detail.content.media
        if each in files
    ]


@router.post("/posts/{post_id}/schedule")
async def schedule_post(ctx: Signed, post_id: UUID, again: Annotated[bool, Form()] = False) -> Response:
    return await _send(ctx, post_id, "slot", again) or back_to(post_id, "scheduled")


@router.post("/posts/{post_id}/publish")
async def publish_post(ctx: Signed, post_id: UUID, again: Annotated[bool, Form()] = False) -> Response:
    return await _send(ctx, post_id, "now", again) or back_to(post_id, "publishing")


async def _send(ctx: Context, post_id: UUID, when: Literal["slot", "now"], again: bool) -> Response | None:
    """None when it went well; the post's page where the same was said on its account already."""
    ctx.need("editor")
    accounts = {row.connection_id for row in await rows_by_id(ctx.db, ctx.actor, [post_id], now=ctx.now)} if again else set()
    said_before = [each for each in accounts if each]
    (done,) = await commit(
        ctx.db, ctx.actor, [post_id], now=ctx.now, when=when, again=said_before, served_at=served(ctx.state.settings, ctx.now)
    )
    twice = next((each for each in done.findings if each.rule == RULE), None)
    if twice is not None:
        return await _post(ctx, post_id, 409, twice=twice.message, verb="publish" if when == "now" else "schedule")
    must_hold(done)
    return None


@router.post("/posts/{post_id}/plan-again")
async def plan_again(ctx: Signed, post_id: UUID) -> Response:
    """A canceled post stays canceled; its draft gets a new place on the same account."""
    ctx.need("editor")
    row = await _row(ctx, post_id)
    if row.state is not PostState.CANCELED or row.adaptation_id is None or row.connection_id is None:
        raise Conflict("Only a canceled post that was made of a draft can be planned again.", field="state", rule="state")
    (planned,) = await plan_draft(ctx.db, ctx.actor, row.adaptation_id, [row.connection_id], now=ctx.now)
    return back_to(planned.item_id, "planned_again")


@router.post("/posts/{post_id}/cancel")
async def cancel_post(ctx: Signed, post_id: UUID) -> Response:
    ctx.need("editor")
    await cancel(ctx.db, ctx.actor, post_id, now=ctx.now)
    return back_to(post_id, "canceled")


@router.post("/posts/{post_id}/retry")
async def retry_post(ctx: Signed, post_id: UUID, again: Annotated[bool, Form()] = False) -> Response:
    ctx.need("editor")
    try:
        await retry(ctx.db, ctx.actor, post_id, now=ctx.now, again=again)
    except Conflict as refused:
        if refused.rule not in {RULE, UNCONFIRMED}:
            raise
        return await _post(ctx, post_id, 409, twice=refused.message, verb="retry")
    return back_to(post_id, "retried")


@router.post("/posts/{post_id}/dismiss")
async def dismiss_post(ctx: Signed, post_id: UUID, next: Annotated[str, Form()] = "") -> Response:
    """Back to `next`, the list that it was dismissed from, else to the post."""
    ctx.need("editor")
    await dismiss(ctx.db, ctx.actor, post_id, now=ctx.now)
    there = inside(next, f"/posts/{post_id}")
    return RedirectResponse(f"{there}{'&' if '?' in there else '?'}said=dismissed", 303)


@router.post("/posts/{post_id}/decide")
async def decide_post(ctx: Signed, post_id: UUID, what: Annotated[str, Form()], url: Annotated[str, Form()] = "") -> Response:
    ctx.need("editor")
    await decide(ctx.db, ctx.actor, post_id, what, url=url, now=ctx.now)
    return back_to(post_id, "decided")


@router.post("/posts/{post_id}/move")
async def move_post(
    ctx: Signed, post_id: UUID, wall: Annotated[str, Form()], timezone: Annotated[str, Form()] = "", anyway: Annotated[bool, Form()] = False
) -> Response:
    ctx.need("editor")
    try:
        await move(ctx.db, ctx.actor, post_id, read_wall(wall), timezone or None, 0, ctx.now, anyway=anyway)
    except Refused as refused:
        return await _post(ctx, post_id, refused.status, move_problem=refused.message, wall=wall, nearest=refused.nearest)
    except InvalidInput as refused:
        return await _post(ctx, post_id, refused.status, move_problem=refused.message, wall=wall)
    return back_to(post_id, "moved")


async def _row(ctx: Context, post_id: UUID) -> PostRow:
    found = await rows_by_id(ctx.db, ctx.actor, [post_id], now=ctx.now)
    if not found:
        raise NotFound("There is no such post in this workspace.", field="id", rule="exists")
    return found[0]
