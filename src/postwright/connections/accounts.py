"""What people do with connected accounts: see them, pause them, give them a zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postwright.connections import store
from postwright.connections.models import AccountRow, Health
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import Cursor, Page, cut, mark
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound
from postwright.kit.time import zone


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts a list shows; parts add up."""

    platform: str | None = None
    health: Health | None = None
    active: bool | None = None

    def holds(self, account: AccountRow) -> bool:
        """Whether it is one of them."""
        return (
            self.platform in {None, account.platform}
            and self.health in {None, account.health}
            and (self.active is None or self.active == account.is_active)
        )


async def list_accounts(db: Conn, actor: Actor) -> list[AccountRow]:
    """All accounts of the workspace, in their people's order."""
    return await store.list_accounts(db, actor.home)


async def page_of_accounts(
    db: Conn, actor: Actor, wanted: AccountFilter, *, after: str | None = None, limit: int = 200
) -> Page[AccountRow]:
    """A page of them. A workspace has few: the page is cut here. Raises InvalidInput on the cursor of another list."""
    of = mark("accounts", actor.home)
    cursor = Cursor.parse(after, of)
    rows = await list_accounts(db, actor)
    if cursor:
        seen = next((at for at, row in enumerate(rows, 1) if row.id == cursor.id), len(rows))
        rows = rows[seen:]
    return cut([row for row in rows if wanted.holds(row)][: limit + 1], limit, lambda row: Cursor(None, row.id, of))


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


async def hold(db: Conn, actor: Actor, connection_id: UUID) -> AccountRow:
    """One account, locked until the transaction ends. Raises NotFound, Forbidden."""
    await get_account(db, actor, connection_id)
    _must_touch(await store.lock_account(db, actor.home, connection_id))
    return await get_account(db, actor, connection_id)


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


async def try_again(db: Conn, actor: Actor, connection_id: UUID) -> AccountRow:
    """Lets an account that its platform barred be tried once more: its posts go on. Raises Conflict where nothing bars it."""
    account = await get_account(db, actor, connection_id)
    if account.suspended_at is None:
        raise Conflict("Its platform does not bar this account.", field="account_id", rule="suspended")
    _must_touch(await store.try_again(db, actor.home, connection_id))
    return await get_account(db, actor, connection_id)


async def set_timezone(db: Conn, actor: Actor, connection_id: UUID, timezone: str | None) -> AccountRow:
    """Gives the account the zone of its audience; None: that of the calendar. Posts already planned keep their times."""
    await get_account(db, actor, connection_id)
    _must_touch(await store.set_timezone(db, actor.home, connection_id, None if timezone is None else zone(timezone).key))
    return await get_account(db, actor, connection_id)


async def move(db: Conn, actor: Actor, connection_id: UUID, *, by: int) -> None:
    """Moves an account by so many places in the order of its people. Raises NotFound, Forbidden."""
    await get_account(db, actor, connection_id)
    ids = [each.id for each in await list_accounts(db, actor) if each.is_active]
    if connection_id not in ids:
        return
    place = ids.index(connection_id)
    ids.insert(min(max(place + by, 0), len(ids) - 1), ids.pop(place))
    _must_touch(await store.set_positions(db, actor.home, ids))


async def set_order(db: Conn, actor: Actor, ids: Sequence[UUID]) -> None:
    """Gives the accounts an order; those that are not named follow. Raises InvalidInput on an unknown one, Forbidden."""
    await get_accounts(db, actor, ids)
    named = list(dict.fromkeys(ids))
    others = [each.id for each in await list_accounts(db, actor) if each.id not in set(named)]
    _must_touch(await store.set_positions(db, actor.home, [*named, *others]))


def _must_touch(rows: int | bool) -> None:
    """The row is there (it was read); the policies let only an admin change it."""
    if not rows:
        raise Forbidden("Changing an account needs the role admin.", rule="role")
