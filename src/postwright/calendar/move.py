"""Posts change their place: the wall clock is kept, refusals name the rule and the nearest time that is allowed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from postwright.calendar import store
from postwright.calendar.guardrails import AccountRails, first_zone, load_rails
from postwright.calendar.models import Item, Moved
from postwright.calendar.rules import FARTHEST, breach
from postwright.calendar.value import appraise, why_chosen
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound
from postwright.kit.time import Resolved, resolve, to_wall

TOO_LATE = timedelta(seconds=60)  # a post due sooner is as good as on its way
_STEP = timedelta(minutes=15)
_REACH = timedelta(days=14)  # how far the nearest allowed time is looked for


class Refused(Conflict):
    """A move breaks a guardrail. `nearest` is the closest time that breaks none, in the post's zone; a person may insist."""

    def __init__(self, message: str, *, rule: str, nearest: Resolved | None) -> None:
        super().__init__(message, field="wall_time", rule=rule)
        self.nearest = nearest


async def move(
    db: Conn, actor: Actor, item_id: UUID, wall: datetime, zone: str | None, fold: int, now: datetime, *, anyway: bool = False
) -> Moved:
    """Moves a post to a wall time of a zone (None: its own). Undo is a move back to what `Moved` says it was.

    Raises Refused for a broken guardrail unless `anyway`; InvalidInput for a past time; Conflict for a post that
    is out, on its way, due within a minute, locked, failed or canceled. A scheduled post stays scheduled, at the new time.
    """
    await store.lock_plan(db, actor.home)
    item = await hold(db, actor, item_id, now)
    place = resolve(wall, zone or first_zone(item.timezone), fold)
    if place.utc <= now:
        raise InvalidInput("This time has passed. Choose one that is still to come.", field="wall_time", rule="future")
    if place.utc > now + FARTHEST:
        raise InvalidInput("Plan at most two years ahead.", field="wall_time", rule="range")
    account = await _account(db, actor, item, place, now)
    reason, value = "You chose this time.", None
    if account is not None:
        broken = breach(place.utc, account.rails, account.taken, now, moving=item.id)
        if broken and not anyway:
            raise _refusal(broken.rule, broken.message, account, place, item, now, zone or first_zone(item.timezone))
        reason, value = _appraised(account, place, broken.message if broken else None, now, item)
    local = zone or first_zone(item.timezone)
    await store.place_item(db, actor.home, item.id, utc=place.utc, wall=place.wall, zone=local, fold=place.fold, reason=reason, value=value)
    return _moved(item, place, local)


async def hold(db: Conn, actor: Actor, item_id: UUID, now: datetime) -> Item:
    """Locks a post that is still open to change. Raises NotFound, Forbidden, Conflict with what it is instead."""
    if await store.item(db, actor.home, item_id, now) is None:
        raise NotFound("There is no such post in this workspace.", field="id", rule="exists")
    if not await store.lock_item(db, actor.home, item_id):
        raise Forbidden("Changing the plan needs the role editor.", rule="role")
    item = await store.item(db, actor.home, item_id, now)
    assert item is not None
    if words := _closed(item, now):
        raise Conflict(words, field="id", rule="open")
    return item


async def hold_place(db: Conn, actor: Actor, item_id: UUID, now: datetime) -> tuple[object, ...]:
    """As place_of, and nobody else changes it from here on. Raises as hold."""
    await store.lock_plan(db, actor.home)  # the plan before the post, as move does
    return _place(await hold(db, actor, item_id, now))


async def place_of(db: Conn, actor: Actor, item_id: UUID, now: datetime) -> tuple[object, ...]:
    """What tells two states of a post's place apart: for its ETag. Raises NotFound."""
    item = await store.item(db, actor.home, item_id, now)
    if item is None:
        raise NotFound("There is no such post in this workspace.", field="id", rule="exists")
    return _place(item)


def place_tag(item_id: UUID, changed_at: datetime) -> tuple[object, ...]:
    """The same of a post that was read elsewhere."""
    return "post", item_id, changed_at.timestamp()


def _place(item: Item) -> tuple[object, ...]:
    return place_tag(item.id, item.changed_at)


def _closed(item: Item, now: datetime) -> str | None:
    """Why a post can no longer be changed."""
    if item.status == "posted" or item.commitment_status == "completed":
        return "This post is published: it stays where it went out."
    if item.commitment_status == "processing":
        return "This post is being published right now. Wait for its outcome."
    if item.commitment_status == "needs_review":
        return "It is not known whether this post went out. Open it and say which."
    if item.status == "failed":
        return "This post failed. Open it to see why and try again."
    if item.status == "canceled":
        return "This post is canceled."
    if item.locked:
        return "This post is locked at its time. Unlock it first."
    if item.status == "scheduled" and item.due_at and not item.held and item.due_at - now < TOO_LATE:
        return "This post goes out in less than a minute: too late to change it."
    return None


async def _account(db: Conn, actor: Actor, item: Item, place: Resolved, now: datetime) -> AccountRails | None:
    if item.connection_id is None:
        return None
    around = (place.utc - _REACH, place.utc + _REACH)
    kinds = {item.connection_id: item.content_format}
    return (await load_rails(db, actor, kinds, around=around, now=now, calendar_id=item.calendar_id))[0]


def _refusal(rule: str, message: str, account: AccountRails, place: Resolved, item: Item, now: datetime, zone: str) -> Refused:
    nearest = nearest_allowed(account, place.utc, item.id, now, zone)
    hint = f" The nearest free time is {nearest.wall:%a} {nearest.wall.day} {nearest.wall:%b}, {nearest.wall:%H:%M}." if nearest else ""
    return Refused(message + hint, rule=rule, nearest=nearest)


def nearest_allowed(account: AccountRails, utc: datetime, moving: UUID, now: datetime, zone: str) -> Resolved | None:
    """The time closest to `utc`, in quarters of an hour, that breaks no rule; of two equally close the later. Pure."""
    for steps in range(1, _REACH // _STEP + 1):
        for near in (utc + steps * _STEP, utc - steps * _STEP):
            if near - now >= TOO_LATE and breach(near, account.rails, account.taken, now, moving=moving) is None:
                return resolve(*_at(near, zone))
    return None


def _at(utc: datetime, zone: str) -> tuple[datetime, str, int]:
    wall, fold = to_wall(utc, zone)
    return wall, zone, fold


def _appraised(account: AccountRails, place: Resolved, caveat: str | None, now: datetime, item: Item) -> tuple[str, int | None]:
    """A chosen time that lies in a window is worth what it is worth; another one is just chosen."""
    wall, fold = to_wall(place.utc, account.rails.zone)
    if caveat or not account.baseline or not any(window.holds(wall) for window in account.rails.windows):
        return why_chosen(caveat), None
    slot = appraise(account.without(item.id), place.utc, wall, fold, now)
    return f"You chose this time. {slot.reason}", slot.value


def _moved(item: Item, place: Resolved, zone: str) -> Moved:
    note = place.note
    if item.approved_at is not None:
        note = f"{note} It stays approved." if note else "It stays approved."
    was_zone = first_zone(item.timezone, zone)
    was_wall, was_fold = to_wall(item.scheduled_at, was_zone) if item.scheduled_at else (item.wall_time, item.fold)
    return Moved(item.id, place.utc, place.wall, zone, place.fold, note, was_wall, was_zone, was_fold)
