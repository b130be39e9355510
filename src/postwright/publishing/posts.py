"""The read model of posts: lists by tab, and one post with its whole story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import MAX_LIMIT, Cursor, Page, cut, mark
from postwright.errors import InvalidInput, NotFound
from postwright.publishing import outcome, read, timeline
from postwright.publishing.models import Attempt, Content, PostDetail, PostFacts, PostFilter, PostRow, PostState, Sort, Tab, TimelineEntry
from postwright.publishing.read import RawPost, Window
from postwright.publishing.unread import read_unread

__all__ = ["Attempt", "Content", "PostDetail", "PostFilter", "PostRow", "PostState", "Sort", "Tab", "TimelineEntry",
           "get_post", "list_posts", "posts_of_draft", "rows_by_id", "tab_counts"]  # fmt: skip

_ACTIVE = ["scheduled"]
_TABS: Mapping[Tab, Window] = {
    Tab.ALL: Window(Sort.SCHEDULED_AT_DESC),
    Tab.AWAITING_APPROVAL: Window(Sort.SCHEDULED_AT, item_statuses=_ACTIVE, states=["awaiting_approval"]),
    Tab.PLANNED: Window(Sort.SCHEDULED_AT, item_statuses=["queued"], states=["planned"]),
    Tab.SCHEDULED: Window(Sort.SCHEDULED_AT, item_statuses=_ACTIVE, states=["scheduled", "publishing"]),
    Tab.PUBLISHED: Window(Sort.PUBLISHED_AT_DESC, item_statuses=["posted", "scheduled"], states=["published"]),
    Tab.NEEDS_ATTENTION: Window(
        Sort.SCHEDULED_AT_DESC, item_statuses=["queued", "scheduled", "failed"], states=["failed", "unconfirmed", "missed"], or_waiting=True
    ),
    Tab.CANCELED: Window(Sort.SCHEDULED_AT_DESC, item_statuses=["canceled"]),
}


async def list_posts(
    db: Conn, actor: Actor, wanted: PostFilter, *, now: datetime, sort: Sort | None = None, after: str | None = None, limit: int = 50
) -> Page[PostRow]:
    """A page of posts, each once, in the tab's own order unless `sort` says otherwise. Raises InvalidInput on a bad cursor."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput(f"limit is 1 to {MAX_LIMIT}.", field="limit", rule="range")
    if wanted.tab is Tab.DRAFTS:
        raise InvalidInput("Drafts are listed at /drafts.", field="tab", rule="tab")
    order = sort or _TABS[wanted.tab].sort
    of = mark("posts", actor.home, order)
    window = replace(_TABS[wanted.tab], sort=order, limit=limit + 1, after=Cursor.parse(after, of))
    window = _ahead(window, wanted.tab, now)
    if wanted.state is not None:
        allowed = _TABS[wanted.tab].states
        states = [wanted.state.value] if allowed is None or wanted.state in allowed else []
        window = replace(window, states=states, or_waiting=False)
    raw = await _fill(db, actor.home, wanted, window, now)
    return cut([_row(each) for each in raw], limit, lambda row: Cursor(_sort_value(row, window.sort), row.id, of))


async def rows_by_id(db: Conn, actor: Actor, ids: list[UUID], *, now: datetime) -> list[PostRow]:
    """The rows of some posts, in the order of `ids`; what is not the caller's is left out."""
    found = {each.id: _row(each) for each in await read.posts(db, actor.home, PostFilter(), Window(ids=ids, limit=len(ids)), now)}
    return [found[each] for each in ids if each in found]


async def posts_of_draft(db: Conn, actor: Actor, draft_id: UUID, now: datetime) -> list[PostRow]:
    """All posts that were made of a draft, the newest first: what went out, what is on its way, what was canceled."""
    wanted = PostFilter(draft_id=draft_id)
    return [_row(each) for each in await read.posts(db, actor.home, wanted, Window(Sort.CREATED_AT_DESC, limit=MAX_LIMIT), now)]


async def rows_in(db: Conn, workspace: UUID, window: Window, now: datetime) -> list[PostRow]:
    """The rows of a window that another read model names."""
    return [_row(each) for each in await read.posts(db, workspace, PostFilter(), window, now)]


async def get_post(db: Conn, actor: Actor, item_id: UUID, *, now: datetime) -> PostDetail:
    """One post. Raises NotFound."""
    raw = await read.posts(db, actor.home, PostFilter(), Window(ids=[item_id], limit=1), now)
    if not raw:
        raise NotFound("There is no such post.")
    row, attempts = _row(raw[0]), await read.attempts(db, actor.home, item_id)
    background = await read.background(db, actor.home, item_id)
    told = await timeline.tell(db, actor.home, row, attempts, background.metrics_at)
    unread = read_unread(raw[0].metadata)
    return PostDetail(row, _content(raw[0]), background.idea, attempts, told, row.metrics, background.metrics_at, unread)


async def tab_counts(db: Conn, actor: Actor, *, now: datetime) -> Mapping[Tab, int]:
    """How many posts each tab holds; drafts included."""
    counts = await read.tab_counts(db, actor.home, now)
    return {tab: counts.get(tab.value, 0) for tab in Tab}


async def _fill(db: Conn, workspace: UUID, wanted: PostFilter, window: Window, now: datetime) -> list[RawPost]:
    """A page; in an order by slot, posts without one come last."""
    by_slot = window.sort in {Sort.SCHEDULED_AT, Sort.SCHEDULED_AT_DESC}
    if by_slot and window.after is not None and window.after.value is None:
        return await read.posts(db, workspace, wanted, replace(window, dated=False, scheduled_from=None), now)
    found = await read.posts(db, workspace, wanted, window, now)
    if by_slot and len(found) < window.limit:
        rest = replace(window, dated=False, after=None, scheduled_from=None, limit=window.limit - len(found))
        found += await read.posts(db, workspace, wanted, rest, now)
    return found


def _ahead(window: Window, tab: Tab, now: datetime) -> Window:
    """What is planned lies ahead: reading starts at now, not at the first post ever, and needs no state of each row."""
    if tab is Tab.PLANNED and window.sort in {Sort.SCHEDULED_AT, Sort.SCHEDULED_AT_DESC}:
        return replace(window, scheduled_from=now, states=None)
    return window


def _sort_value(row: PostRow, sort: Sort) -> datetime | None:
    return {"scheduled_at": row.scheduled_at, "published_at": row.published_at, "created_at": row.created_at}[sort.value.lstrip("-")]


def _row(raw: RawPost) -> PostRow:
    content = _content(raw)
    simulated = bool(raw.simulated)
    facts: dict[str, Any] = {each.name: getattr(raw, each.name) for each in fields(PostFacts)}
    return PostRow(
        **facts, state=PostState(raw.state), text=content.text, title=content.title, media=list(content.media),
        url=_url(raw, simulated), error=_error(raw), simulated=simulated,
    )  # fmt: skip


def _url(raw: RawPost, simulated: bool) -> str | None:
    if simulated and raw.remote_id:
        return f"/sandbox/{raw.platform}/{raw.remote_id}"
    return raw.platform_url or (raw.metadata or {}).get("confirmed_url")


def _error(raw: RawPost) -> Mapping[str, Any] | None:
    """An overdue post says so even when no publisher runs that could have written it down."""
    if raw.overdue and (raw.error or {}).get("class") != "overdue":
        return outcome.overdue()
    if not raw.overdue and (raw.error or {}).get("class") == "overdue":
        return None  # it was given a new time since
    return raw.error if raw.state in {"failed", "unconfirmed", "scheduled"} else None


def _content(raw: RawPost) -> Content:
    """The snapshot where there is one, else the draft's variant, else what stands in the row."""
    source: Mapping[str, Any] = raw.snapshot or (raw.variant if isinstance(raw.variant, Mapping) else {"text": raw.variant or ""})
    text = source.get("text") or source.get("body") or raw.content or ""
    return Content(
        text=str(text), title=source.get("title") or None, body=source.get("body") or None,
        thread=_texts(source.get("thread")), hashtags=_texts(source.get("hashtags")), media=_uuids(source.get("media")),
        alt_texts=_texts(source.get("alt_texts")), options=source.get("options") or {},
    )  # fmt: skip


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in values) if isinstance(values, list) else ()


def _uuids(values: Any) -> tuple[UUID, ...]:
    found = []
    for each in _texts(values):
        try:
            found.append(UUID(each))
        except ValueError:
            continue  # a row written by other hands; what is no file id shows no file
    return tuple(found)
