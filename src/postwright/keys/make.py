"""Makes keys, and finds those that were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.access import Scope
from postwright.edge.callers import token_hash
from postwright.edge.key_text import SHOWN, make_key
from postwright.edge.paging import Cursor, Page, cut, held, mark
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.keys import store
from postwright.keys.models import ApiKey, Made, Wish

MOST = 200  # keys that stand in one workspace
LONGEST_NAME = 80
LONGEST_LIFE = timedelta(days=3660)


async def make(db: Conn, actor: Actor, wish: Wish, *, now: datetime) -> Made:
    """A new key of the caller's. The token in the answer is told once; only its hash is kept.

    Raises InvalidInput that names the field, Conflict when 200 keys stand already.
    """
    name = check_name(wish.name)
    scopes = [each for each in Scope if each in {Scope.READ, *wish.scopes}]
    accounts = await _accounts(db, actor, wish.accounts)
    _check_end(wish.expires_at, now)
    if await store.count_standing(db, actor.home, now) >= MOST:
        raise Conflict(f"{MOST} keys stand in this workspace already: revoke those that nobody uses.", field="name", rule="most")
    token = make_key()
    made = await store.add_key(
        db, actor.home, name=name, prefix=token[:SHOWN], hash=token_hash(token), scopes=scopes, accounts=accounts, expires=wish.expires_at
    )
    return Made(await get_key(db, actor, made), token)


async def list_keys(
    db: Conn, actor: Actor, *, now: datetime, standing: bool | None = None, after: Cursor | None = None, limit: int
) -> Page[ApiKey]:
    """Newest first; `standing` False: only those that ended."""
    of = mark("keys", actor.home)
    start = (after.value, after.id) if held(after, of) and after else None
    rows = await store.keys(db, actor.home, now=now, standing=standing, after=start, limit=limit + 1)
    return cut(rows, limit, lambda row: Cursor(row.created_at, row.id, of))


async def get_key(db: Conn, actor: Actor, id: UUID) -> ApiKey:
    """Raises NotFound, also for another workspace's."""
    found = await store.key(db, actor.home, id)
    if found is None:
        raise NotFound("There is no such key in this workspace.", field="key", rule="exists")
    return found


def check_name(text: str) -> str:
    """The name as it is kept: everything that the key makes will carry it. Raises InvalidInput."""
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"Give the key a name of 1 to {LONGEST_NAME} characters, such as the program's.", field="name", rule="length")
    return name


async def _accounts(db: Conn, actor: Actor, wanted: Sequence[UUID] | None) -> list[UUID] | None:
    if wanted is None:
        return None
    if not 1 <= len(wanted) <= 100:
        raise InvalidInput("Name 1 to 100 accounts, or leave them out for all.", field="accounts", rule="count")
    known = {each.id for each in await store.accounts(db, actor.home)}
    if missing := next((each for each in wanted if each not in known), None):
        raise InvalidInput(f"There is no account {missing} in this workspace.", field="accounts", rule="exists")
    return list(dict.fromkeys(wanted))


def _check_end(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is None:
        return
    if expires_at <= now:
        raise InvalidInput("A key ends in the future.", field="expires_at", rule="future")
    if expires_at > now + LONGEST_LIFE:
        raise InvalidInput("Ten years are the longest; a key may also have no end.", field="expires_at", rule="range")
