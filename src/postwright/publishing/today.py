"""Today: what goes out, what needs a person, what just went out, and whether the publisher is alive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.publishing import posts, read
from postwright.publishing.models import PostFilter, PostRow, PostState, Sort, Tab
from postwright.publishing.read import Window

_SHOWN = 20
_SILENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """A post that waits for somebody. `why`: failed, unconfirmed, overdue, hand_off, missed, reconnect,
    suspended; `ask` says what to do."""

    post: PostRow
    why: str
    ask: str


@dataclass(frozen=True, slots=True)
class Counters:
    """Figures at the head of Today, over the whole workspace."""

    out_next_24h: int
    planned_next_7d: int
    needs_person: int
    published_7d: int


@dataclass(frozen=True, slots=True)
class Today:
    """The page's content; lists are cut at 20."""

    out_next: list[PostRow]
    needs_person: list[NeedsPerson]
    just_out: list[PostRow]
    counters: Counters
    publisher_silent_since: datetime | None  # its last heartbeat when that is over 60 s ago; None: alive
    publisher_ever: bool  # False: no publisher is running and none has left a sign


async def read_today(db: Conn, actor: Actor, *, now: datetime) -> Today:
    """All of it for the caller's workspace."""
    attention = await posts.list_posts(db, actor, PostFilter(tab=Tab.NEEDS_ATTENTION), now=now, limit=_SHOWN)
    beat = await read.last_beat(db, "publisher")
    return Today(
        out_next=await _out_next(db, actor.home, now),
        needs_person=[_ask(each, now) for each in attention.items],
        just_out=await _just_out(db, actor.home, now),
        counters=await _counters(db, actor, now),
        publisher_silent_since=beat if beat is not None and now - beat > _SILENCE else None,
        publisher_ever=beat is not None,
    )


async def _out_next(db: Conn, workspace: UUID, now: datetime) -> list[PostRow]:
    window = Window(
        Sort.SCHEDULED_AT, _SHOWN, item_statuses=["scheduled"], states=["scheduled", "publishing", "awaiting_approval"],
        scheduled_from=now - timedelta(days=1), scheduled_until=now + timedelta(hours=24),
    )  # fmt: skip
    rows = await posts.rows_in(db, workspace, window, now)
    return [each for each in rows if not each.overdue and not _to_hand(each, now)]


async def _just_out(db: Conn, workspace: UUID, now: datetime) -> list[PostRow]:
    window = Window(Sort.PUBLISHED_AT_DESC, _SHOWN, states=["published"], published_since=now - timedelta(hours=48))
    return await posts.rows_in(db, workspace, window, now)


async def _counters(db: Conn, actor: Actor, now: datetime) -> Counters:
    counts = await read.today_counts(db, actor.home, now)
    tabs = await posts.tab_counts(db, actor, now=now)
    return Counters(counts.out_next_24h, counts.planned_next_7d, tabs[Tab.NEEDS_ATTENTION], counts.published_7d)


def _to_hand(post: PostRow, now: datetime) -> bool:
    """Its time has come, and a person posts it."""
    return post.state is PostState.SCHEDULED and post.hand_off and post.scheduled_at is not None and post.scheduled_at <= now


def _ask(post: PostRow, now: datetime) -> NeedsPerson:
    why = "hand_off" if _to_hand(post, now) else _why(post)
    return NeedsPerson(post, why, _ASKS[why])


def _why(post: PostRow) -> str:
    if post.state in {PostState.FAILED, PostState.UNCONFIRMED, PostState.MISSED}:
        return post.state.value
    return post.account_health if post.account_health in {"reconnect", "suspended"} else "overdue"


_ASKS: Mapping[str, str] = {
    "failed": "Mend what the message names, then send it again, or dismiss it.",
    "unconfirmed": "Look at the account, then say whether the post is there.",
    "overdue": "Its time passed while it could not go out: publish now, give it a new time, or cancel it.",
    "hand_off": "Its time has come: post it by hand, then give the link.",
    "missed": "Nobody scheduled it in time: publish now, give it a new time, or cancel it.",
    "reconnect": "Connect the account again; the post waits.",
    "suspended": "Its platform bars the account: settle that there, then choose Try again under Accounts; the post waits.",
}
