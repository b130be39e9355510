"""What people do with connected accounts: see them, pause them, give them a zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from postwright.connections import store
from postwright.connections.models import AccountRow
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Forbidden, InvalidInput, NotFound
from postwright.kit.time import zone


async def list_accounts(db: Conn, actor: Actor) -> list[AccountRow]:
    """All accounts of the workspace, in their people's order."""
    return await store.list_accounts(db, actor.home)


async def get_account(db: Conn, actor: Actor, connection_id: UUID) -> AccountRow:
    """One account. Raises NotFound, also for another workspace's."""
    found = await store.list_accounts(db, actor.home, [connection_id])
    if not found:
        raise NotFound("There is no such account in this workspace.", field="id", rule="exists")
    return found[0]


async def get_accounts(db: Conn, actor: Actor, connection_ids: Sequence[UUID]) -> list[AccountRow]:
    """Several accounts, in the order asked for. Raises InvalidInput that names one that is not there."""
    found = {each.id: each for each in await store.list_accounts(db, actor.home, connection_ids)}
    if missing := next((each for each in connection_ids if each not in found), None):
        raise InvalidInput(f"There is no account {missing} in this workspace.", field="connection_ids", rule="exists")
    return [found[each] for each in dict.fromkeys(connection_ids)]


async def pause(db: Conn, actor: Actor, connection_id: UUID, *, now: datetime) -> AccountRow:
    """Nothing goes out to the account until it is resumed; its posts stay where they are."""
    account = await get_account(db, actor, connection_id)
    _must_touch(await store.set_paused(db, actor.home, connection_id, account.paused_at or now))
    return await get_account(db, actor, connection_id)


async def resume(db: Conn, actor: Actor, connection_id: UUID) -> AccountRow:
    """Ends a pause."""
    await get_account(db, actor, connection_id)
    _must_touch(await store.set_paused(db, actor.home, connection_id, None))
    return await get_account(db, actor, connection_id)


async def set_timezone(db: Conn, actor: Actor, connection_id: UUID, timezone: str | None) -> AccountRow:
    """Gives the account the zone of its audience; None: that of the calendar. Posts already planned keep their times."""
    await get_account(db, actor, connection_id)
    _must_touch(await store.set_timezone(db, actor.home, connection_id, None if timezone is None else zone(timezone).key))
    return await get_account(db, actor, connection_id)


def _must_touch(rows: int) -> None:
    """The row is there (it was read); the policies let only an admin change it."""
    if rows == 0:
        raise Forbidden("Changing an account needs the role admin.", rule="role")
