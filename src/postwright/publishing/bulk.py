"""One act on many posts. What stops one of them stops no other, and each is told of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from uuid import UUID

from postwright.calendar.move import move
from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.edge.served import Served
from postwright.errors import Conflict, InvalidInput, PostwrightError
from postwright.kit.time import to_wall
from postwright.publishing.cancel import cancel
from postwright.publishing.commit import MAX_AT_ONCE, commit
from postwright.publishing.duplicate import duplicate
from postwright.publishing.models import PostRow, PostState
from postwright.publishing.posts import rows_by_id
from postwright.publishing.remove import ask_removals, removable

_sql = load(__package__)
_MOST_DAYS = 730
_LONGEST_LABEL = 100


class Act(StrEnum):
    """What can be done to many posts at once."""

    SCHEDULE = "schedule"
    PUBLISH = "publish"
    CANCEL = "cancel"
    MOVE = "move"  # by days; the wall clock stays
    LABEL = "label"
    UNLABEL = "unlabel"
    DELETE = "delete"  # on the platform, what is out
    PLAN_AGAIN = "plan_again"  # what was canceled


@dataclass(frozen=True, slots=True)
class Wish:
    """The act with what it needs: `days` to move by, the `label`; `anyway` passes over guardrails; `again` names accounts on
    which the same content goes out once more."""

    act: Act
    days: int = 0
    label: str = ""
    anyway: bool = False
    again: Collection[UUID] = ()

    def check(self) -> None:
        """Raises InvalidInput."""
        if self.act is Act.MOVE and not 1 <= abs(self.days) <= _MOST_DAYS:
            raise InvalidInput(f"Move by 1 to {_MOST_DAYS} days, back by a minus.", field="days", rule="range")
        if self.act in {Act.LABEL, Act.UNLABEL} and not (self.label.strip() and len(self.label) <= _LONGEST_LABEL):
            raise InvalidInput(f"A label has 1 to {_LONGEST_LABEL} characters.", field="label", rule="length")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one post; `message` says why not, or what is warned of. `made` is the new post, where one was made."""

    item_id: UUID
    done: bool
    message: str = ""
    field: str | None = None
    rule: str | None = None
    made: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Each post's fate, in order; `undo` is the act that takes it back, where there is one."""

    items: tuple[Done, ...]
    undo: Wish | None = None
    undo_ids: tuple[UUID, ...] = ()

    @property
    def count(self) -> int:
        return sum(each.done for each in self.items)

    @property
    def warned(self) -> tuple[Done, ...]:
        return tuple(each for each in self.items if each.done and each.message)

    @property
    def failed(self) -> tuple[Done, ...]:
        return tuple(each for each in self.items if not each.done)


async def bulk(
    db: Conn, actor: Actor, wish: Wish, item_ids: Sequence[UUID], *, now: datetime, served_at: Served | str | None = None
) -> Outcome:
    """Does it to each post; `served_at` as for resolve_all. Raises InvalidInput where the wish itself cannot be; else a refusal stands
    with its post."""
    if len(item_ids) > MAX_AT_ONCE:
        raise InvalidInput(f"At most {MAX_AT_ONCE} posts are changed at once.", field="ids", rule="max_items")
    wish.check()
    ids = list(dict.fromkeys(item_ids))
    rows = {each.id: each for each in await rows_by_id(db, actor, ids, now=now)}
    here = [rows[each] for each in ids if each in rows]
    hands = partial(_commit, served_at=served_at) if wish.act in {Act.SCHEDULE, Act.PUBLISH} else _HANDS[wish.act]
    done = {each.item_id: each for each in await hands(db, actor, wish, here, now)}
    gone = "There is no such post."
    items = tuple(done.get(each) or Done(each, False, gone, "id", "exists") for each in ids)
    undo = _undo(wish)
    back = tuple(each.item_id for each in items if each.done) if undo else ()
    return Outcome(items, undo if back else None, back)


def _undo(wish: Wish) -> Wish | None:
    match wish.act:
        case Act.MOVE:
            return replace(wish, days=-wish.days, anyway=True)
        case Act.LABEL:
            return replace(wish, act=Act.UNLABEL)
        case Act.UNLABEL:
            return replace(wish, act=Act.LABEL)
        case Act.CANCEL:
            return Wish(Act.PLAN_AGAIN)
        case _:
            return None


async def _commit(
    db: Conn, actor: Actor, wish: Wish, rows: Sequence[PostRow], now: datetime, served_at: Served | str | None = None
) -> list[Done]:
    """With its first warning, where one was scheduled in spite of it."""
    when = "now" if wish.act is Act.PUBLISH else "slot"
    made = await commit(db, actor, [each.id for each in rows], now=now, when=when, again=wish.again, served_at=served_at)  # type: ignore[arg-type]
    found = []
    for each in made:
        done = each.scheduled_post_id is not None
        said = next((one for one in each.findings if one.level == ("warning" if done else "error")), None)
        words = (said.message, said.field, said.rule) if said else ("", None, None)
        found.append(Done(each.item_id, done, *words))
    return found


async def _cancel(db: Conn, actor: Actor, wish: Wish, rows: Sequence[PostRow], now: datetime) -> list[Done]:
    return [await _one(db, each, lambda post: cancel(db, actor, post.id, now=now)) for each in rows]


async def _move(db: Conn, actor: Actor, wish: Wish, rows: Sequence[PostRow], now: datetime) -> list[Done]:
    """The last first when they go later, so that none lands where another still stands."""

    async def shift(post: PostRow) -> None:
        if post.scheduled_at is None:
            raise InvalidInput("This post has no time yet that could be moved.", field="scheduled_at", rule="required")
        zone = post.timezone or "UTC"
        wall = post.wall_time or to_wall(post.scheduled_at, zone)[0]
        await move(db, actor, post.id, wall + timedelta(days=wish.days), zone, 0, now, anyway=wish.anyway)

    order = sorted(rows, key=lambda post: (post.scheduled_at is None, post.scheduled_at or now), reverse=wish.days > 0)
    return [await _one(db, each, shift) for each in order]


async def _label(db: Conn, actor: Actor, wish: Wish, rows: Sequence[PostRow], now: datetime) -> list[Done]:
    touched = await _sql["label_items"].values(
        db, workspace=actor.home, ids=[each.id for each in rows], label=wish.label.strip(), off=wish.act is Act.UNLABEL
    )
    full = "This post has as many labels as there may be."
    return [Done(each.id, True) if each.id in set(touched) else Done(each.id, False, full, "label", "most") for each in rows]


async def _delete(db: Conn, actor: Actor, wish: Wish, rows: Sequence[PostRow], now: datetime) -> list[Done]:
    out = await removable(db, actor, [each.id for each in rows])
    may = [each for each in out.values() if each.hindrance() is None]
    await ask_removals(db, actor, may)
    return [
        _asked(each.id, out[each.id].hindrance() if each.id in out else "Only a post that is out can be deleted there.") for each in rows
    ]


def _asked(item: UUID, hindrance: str | None) -> Done:
    return Done(item, False, hindrance, "state", "deletable") if hindrance else Done(item, True)


async def _plan_again(db: Conn, actor: Actor, wish: Wish, rows: Sequence[PostRow], now: datetime) -> list[Done]:
    """At the time that they had, where it is still to come."""

    async def again(post: PostRow) -> UUID:
        if post.state is not PostState.CANCELED:
            raise Conflict("Only a canceled post is planned again.", field="state", rule="state")
        at = post.scheduled_at if post.scheduled_at and post.scheduled_at > now else None
        return (await duplicate(db, actor, post.id, at=at, now=now))[0]

    return [await _one(db, each, again) for each in rows]


async def _one(db: Conn, post: PostRow, act: Callable[[PostRow], Awaitable[UUID | None]]) -> Done:
    """In a savepoint of its own: what is refused leaves nothing behind."""
    try:
        async with db.transaction():
            made = await act(post)
    except PostwrightError as refused:
        return Done(post.id, False, refused.message, refused.field, refused.rule)
    return Done(post.id, True, made=made)


_HANDS: dict[Act, Callable[[Conn, Actor, Wish, Sequence[PostRow], datetime], Awaitable[list[Done]]]] = {
    Act.CANCEL: _cancel, Act.MOVE: _move, Act.LABEL: _label, Act.UNLABEL: _label,
    Act.DELETE: _delete, Act.PLAN_AGAIN: _plan_again,
}  # fmt: skip
