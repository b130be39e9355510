"""A draft gets its places: one post per account, each at its best free slot or at a time that a person chose."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from postwright.calendar import move, store
from postwright.calendar.guardrails import AccountRails, first_zone, get_calendar, load_rails, usual_format
from postwright.calendar.models import Calendar, PlannedPost, Slot, Standing
from postwright.calendar.rules import FARTHEST, breach
from postwright.calendar.slots import account_slots, rank
from postwright.calendar.value import why_chosen
from postwright.connections.accounts import get_accounts, list_accounts
from postwright.connections.models import AccountRow
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.kit.time import to_wall

HORIZON = 28  # days in which a slot is looked for


async def plan_draft(
    db: Conn,
    actor: Actor,
    draft_id: UUID,
    connection_ids: Sequence[UUID] | None,
    *,
    now: datetime,
    at: datetime | None = None,
    anew: Collection[UUID] = (),
) -> list[PlannedPost]:
    """Plans one post per account (None or empty: all accounts that the draft has a variant for).

    Without `at`, each at its best free slot of the next four weeks; the same state gives the same plan.
    An account on which the draft has a place already keeps it; with `at` it moves there. For an account in `anew`
    only a place that nobody committed to counts: what is scheduled stays, and another post joins it. All or nothing:
    raises Conflict naming the account and the rule where one has no free slot, InvalidInput for a past `at`.
    """
    check_chosen(at, now)
    await store.lock_plan(db, actor.home)
    formats = await _formats(db, actor, draft_id)
    accounts = await _accounts(db, actor, connection_ids, formats)
    calendar = await get_calendar(db, actor)
    kinds = {each.id: formats[each.platform] for each in accounts}
    around = (min(now, at or now), max(now + timedelta(days=HORIZON), at or now))
    rails = {each.connection_id: each for each in await load_rails(db, actor, kinds, around=around, now=now)}
    found = await store.standing_posts(db, actor.home, draft_id, list(kinds), now)
    standing = {each.connection_id: each for each in found if each.status == "queued" or each.connection_id not in anew}
    planned = []
    for account in accounts:
        if account.id in standing:
            planned.append(await _keep(db, actor, account, standing[account.id], rails[account.id].rails.zone, at, now))
        else:
            slot = _chosen(rails[account.id], at, now) if at else await asyncio.to_thread(_best, rails[account.id], now)
            planned.append(await _add(db, actor, calendar, account, draft_id, kinds[account.id], slot))
    return planned


def check_chosen(at: datetime | None, now: datetime) -> None:
    """Raises InvalidInput for a time without offset, past, or too far ahead. None is fine: the slot is found."""
    if at is None:
        return
    if at.tzinfo is None:
        raise InvalidInput("Give the time with its offset from UTC.", field="at", rule="aware")
    if at <= now:
        raise InvalidInput("This time has passed. Choose one that is still to come.", field="at", rule="future")
    if at > now + FARTHEST:
        raise InvalidInput("Plan at most two years ahead.", field="at", rule="range")


async def _formats(db: Conn, actor: Actor, draft_id: UUID) -> Mapping[str, str | None]:
    """The kind of post that each variant of the draft is."""
    found = await store.draft_platforms(db, actor.home, draft_id)
    if not found:
        raise NotFound("There is no such draft in this workspace, or it has no variants.", field="draft_id", rule="exists")
    return {each.platform: each.content_format or usual_format(each.platform) for each in found}


async def _accounts(db: Conn, actor: Actor, connection_ids: Sequence[UUID] | None, formats: Mapping[str, str | None]) -> list[AccountRow]:
    if not connection_ids:
        usable = [each for each in await list_accounts(db, actor) if each.usable and each.platform in formats]
        if not usable:
            raise Conflict("No connected account fits the variants of this draft. Connect one under Accounts.", rule="account")
        return usable
    accounts = await get_accounts(db, actor, connection_ids)
    for each in accounts:
        if each.platform not in formats:
            raise InvalidInput(f"The draft has no variant for {each.platform_name}.", field="connection_ids", rule="variant")
        if not each.usable:
            raise Conflict(f"{each.name} ({each.platform_name}) is paused or must be reconnected.", field="connection_ids", rule="usable")
    return accounts


async def _keep(
    db: Conn, actor: Actor, account: AccountRow, stands: Standing, usual: str, at: datetime | None, now: datetime
) -> PlannedPost:
    zone = first_zone(stands.timezone, usual)
    if at is None or at == stands.scheduled_at:
        wall = stands.wall_time or to_wall(stands.scheduled_at, zone)[0]
        value = None if stands.slot_value is None else round(stands.slot_value)
        return PlannedPost(
            stands.item_id, account.id, account.platform, stands.scheduled_at, zone, wall, value, stands.slot_reason or "", created=False
        )
    wall, fold = to_wall(at, zone)
    moved = await move.move(db, actor, stands.item_id, wall, zone, fold, now, anyway=True)
    return PlannedPost(stands.item_id, account.id, account.platform, moved.utc, zone, wall, None, "You chose this time.", created=False)


def _best(account: AccountRails, now: datetime) -> Slot:
    found = min(account_slots(account, now, HORIZON, now), key=rank, default=None)
    if found is None:
        raise Conflict(
            f"{account.account_name} ({account.platform_name}) has no free slot in the next {HORIZON} days. "
            "Choose a time yourself, or loosen its preferences.",
            field="connection_ids",
            rule="free_slot",
        )
    return found


def _chosen(account: AccountRails, at: datetime, now: datetime) -> Slot:
    wall, fold = to_wall(at, account.rails.zone)
    broken = breach(at, account.rails, account.taken, now)
    reason = why_chosen(broken.message if broken else None)
    return Slot(account.connection_id, at, wall, account.rails.zone, fold, 0, reason)


async def _add(
    db: Conn, actor: Actor, calendar: Calendar, account: AccountRow, draft_id: UUID, content_format: str | None, slot: Slot
) -> PlannedPost:
    value = slot.value or None
    item_id = await store.add_item(
        db,
        actor.home,
        calendar=calendar.id,
        platform=account.platform_id,
        connection=account.id,
        draft=draft_id,
        content_format=content_format,
        utc=slot.utc,
        wall=slot.wall,
        zone=slot.zone,
        fold=slot.fold,
        reason=slot.reason,
        value=value,
        origin=actor.origin,
    )
    return PlannedPost(item_id, account.id, account.platform, slot.utc, slot.zone, slot.wall, value, slot.reason)
