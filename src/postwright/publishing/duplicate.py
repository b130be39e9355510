"""Makes a post anew: for other accounts, or for another time. The copy is planned and has content of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.calendar.guardrails import AccountRails, load_rails, usual_format
from postwright.calendar.models import Slot
from postwright.calendar.plan import HORIZON, check_chosen
from postwright.calendar.slots import account_slots, rank
from postwright.calendar.store import lock_plan
from postwright.connections.accounts import get_accounts
from postwright.connections.models import AccountRow
from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.kit.time import to_wall
from postwright.platforms import registry
from postwright.publishing import verbs
from postwright.publishing.resolve import PlannedItem, variant_of
from postwright.studio.drafts import get_draft
from postwright.studio.models import Variant
from postwright.studio.variants import to_json

_sql = load(__package__)


async def duplicate(
    db: Conn, actor: Actor, item_id: UUID, *, accounts: Sequence[UUID] = (), at: datetime | None = None, now: datetime
) -> list[UUID]:
    """One planned post for each account (none named: its own), at that time or at the account's best free slot.

    On another platform it says what its draft says there; without such a variant, the same words without this platform's
    options. Nothing goes out until somebody schedules it. Raises NotFound, InvalidInput, Conflict for an account that
    cannot be used or has no free slot.
    """
    check_chosen(at, now)
    await lock_plan(db, actor.home)
    found = await verbs.items_to_commit(db, actor.home, [item_id], lock=False)
    if not found:
        raise NotFound("There is no such post.")
    item = found[0]
    variant = variant_of(item)
    if variant is None:
        raise Conflict("This post has no content that could be copied.", field="content", rule="state")
    chosen = await _accounts(db, actor, accounts or ([item.connection_id] if item.connection_id else []))
    others = await _variants_elsewhere(db, actor, item)
    kinds = {each.id: item.content_format if each.platform == item.platform else usual_format(each.platform) for each in chosen}
    around = (min(now, at or now), max(now + timedelta(days=HORIZON), at or now))
    rails = await load_rails(db, actor, kinds, around=around, now=now)
    made = []
    for each, bounds in zip(chosen, rails, strict=True):
        content = _content(variant if each.platform == item.platform else _elsewhere(variant, each.platform, others))
        slot = _chosen(bounds, at) if at else await asyncio.to_thread(_best, bounds, now)
        made.append(await _add(db, actor, item, each, content, kinds[each.id], slot))
    return made


async def _accounts(db: Conn, actor: Actor, ids: Sequence[UUID]) -> list[AccountRow]:
    if not ids:
        raise InvalidInput("Its account is gone: choose another one.", field="connection_ids", rule="required")
    found = await get_accounts(db, actor, ids)
    for each in found:
        if not each.usable:
            raise Conflict(f"{each.name} ({each.platform_name}) is paused or must be reconnected.", field="connection_ids", rule="usable")
    return found


async def _variants_elsewhere(db: Conn, actor: Actor, item: PlannedItem) -> Mapping[str, Variant]:
    if item.adaptation_id is None:
        return {}
    return (await get_draft(db, actor, item.adaptation_id)).variants


def _elsewhere(variant: Variant, platform: str, others: Mapping[str, Variant]) -> Variant:
    """The draft's own words for that platform, else these without what only the first platform understands."""
    if platform in others:
        return others[platform]
    rules = registry.get(platform).rules
    thread = variant.thread if rules.threads else ()
    return Variant(
        text=variant.text if rules.threads else variant.words(), title=variant.title if rules.title_limit else None, thread=thread,
        hashtags=variant.hashtags, media=variant.media, alt_texts=variant.alt_texts, own_media=True,
    )  # fmt: skip


def _content(variant: Variant) -> dict[str, Any]:
    stored = to_json(variant)
    return {
        name: stored[name] for name in ("text", "title", "body", "thread", "hashtags", "media", "alt_texts", "options") if name in stored
    }


def _chosen(account: AccountRails, at: datetime) -> Slot:
    wall, fold = to_wall(at, account.rails.zone)
    return Slot(account.connection_id, at, wall, account.rails.zone, fold, 0, "You chose this time.")


def _best(account: AccountRails, now: datetime) -> Slot:
    found = min(account_slots(account, now, HORIZON, now), key=rank, default=None)
    if found is None:
        words = f"{account.account_name} ({account.platform_name}) has no free slot in the next {HORIZON} days: choose a time."
        raise Conflict(words, field="connection_ids", rule="free_slot")
    return found


async def _add(
    db: Conn, actor: Actor, item: PlannedItem, account: AccountRow, content: dict[str, Any], kind: str | None, slot: Slot
) -> UUID:
    made: UUID = await _sql["copy_item"].value(
        db, workspace=actor.home, item=item.id, connection=account.id, content=Jsonb(content), format=kind, at=slot.utc, wall=slot.wall,
        timezone=slot.zone, fold=slot.fold, reason=slot.reason, value=slot.value or None, origin=actor.origin,
    )  # fmt: skip
    return made
