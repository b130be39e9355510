"""What a newcomer finds behind the first one-time link: a post about to go out, and three to play with.

All of it is made by the same verbs that people use; nothing here is special to a demonstration but the idea.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from postwright.calendar.plan import plan_draft
from postwright.calendar.rezone import read_in_zone
from postwright.connections.accounts import list_accounts
from postwright.connections.models import AccountRow
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.identity import store as people
from postwright.platforms import registry
from postwright.publishing.commit import commit
from postwright.studio.adapt import adapt
from postwright.studio.bring_in import from_text
from postwright.studio.drafts import create_draft

MARK = "demonstration"  # left by `postwright run` in a fresh workspace
SOON = timedelta(minutes=2)

_IDEA = """A calendar is a promise to your future self.

Plan the week while you are calm, and Tuesday at nine needs no willpower. Write when the thought is fresh, and let the slot
wait for the reader. Then look at what happened, and move one thing. That is the whole method."""

_IDEA_TO_MOVE = """Move this post to a day you like better.

Drag it, or press M and use the arrow keys. The time on the clock stays the same when you cross a weekend, a month, or the
day the clocks change. If you change your mind there is an undo for ten seconds."""


async def begin(db: Conn, caller: Caller, *, zone: str | None, now: datetime) -> None:
    """On the first sign-in to a workspace that `postwright run` filled: takes over the browser's zone and plans four posts."""
    if not await people.take_mark(db, caller.workspace.id, MARK):
        return
    actor = Actor("authenticated", caller.user_id, caller.workspace.id)
    if zone:
        await people.set_profile(db, caller.user_id, zone=zone)
        await people.set_workspace_zone(db, caller.workspace.id, zone)
        await read_in_zone(db, caller.workspace.id, zone)  # until now the zone was the server's
    accounts = {each.platform: each for each in await list_accounts(db, actor)}
    await _plan_soon(db, actor, accounts, now)
    await _plan_to_play_with(db, actor, accounts, now)


async def _plan_soon(db: Conn, actor: Actor, accounts: dict[str, AccountRow], now: datetime) -> None:
    longest = max(_of_words(), key=lambda slug: registry.face_of(slug).manner.aim, default="")  # where such an idea is at home
    if account := accounts.get(longest):
        draft = await _draft(db, actor, _IDEA, [longest], now)
        planned = await plan_draft(db, actor, draft, [account.id], now=now, at=now + SOON)
        await commit(db, actor, [each.item_id for each in planned], now=now, when="slot")


async def _plan_to_play_with(db: Conn, actor: Actor, accounts: dict[str, AccountRow], now: datetime) -> None:
    if chosen := [accounts[slug] for slug in _of_words() if slug in accounts]:
        draft = await _draft(db, actor, _IDEA_TO_MOVE, [each.platform for each in chosen], now)
        await plan_draft(db, actor, draft, [each.id for each in chosen], now=now)


def _of_words() -> list[str]:
    """The usual platforms that take a text alone."""
    return [slug for slug in registry.in_order(registry.usual()) if registry.get(slug).rules.needs is None]


async def _draft(db: Conn, actor: Actor, text: str, platforms: list[str], now: datetime) -> UUID:
    idea = from_text(text)
    return await create_draft(db, actor, idea, adapt(idea, platforms, None, now), now)
