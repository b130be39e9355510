"""The people of this server, for whoever runs it. Runs as app_auth: the database asks again whether it is the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import psycopg
import structlog

from postwright.db.queries import Conn
from postwright.edge.callers import Caller
from postwright.edge.paging import Cursor, Page, cut, held, mark
from postwright.errors import Conflict, Forbidden, NotFound
from postwright.identity import store
from postwright.identity.links import make_letter_link
from postwright.identity.models import Account, PersonRow, Purpose
from postwright.identity.sign_in import make_link

log = structlog.get_logger()


def require_operator(caller: Caller) -> None:
    """Raises Forbidden: a clear word before the database's own refusal."""
    if not caller.operator:
        raise Forbidden("Only who runs this server may do this.", rule="operator")


async def list_people(db: Conn, operator: UUID, *, sought: str = "", after: Cursor | None = None, limit: int = 50) -> Page[PersonRow]:
    """Newest first; `sought` is part of a name or an address."""
    of = mark("people")
    rows = await store.people(db, operator, sought=sought.strip()[:200] or None, after=held(after, of), limit=limit + 1)
    return cut(rows, limit, lambda row: Cursor(row.created_at, row.id, of))


async def set_active(db: Conn, operator: UUID, person: UUID, *, active: bool) -> None:
    """Locks somebody out at once: their sessions and links end, their keys stop. What they made stays, their invitations too.

    Raises NotFound, and Conflict for the last operator.
    """
    with _keeping_one():
        if not await store.set_active(db, operator=operator, person=person, active=active):
            raise _nobody()
    log.info("person activated" if active else "person deactivated", person=str(person), by=str(operator))


async def set_operator(db: Conn, operator: UUID, person: UUID, *, operates: bool) -> None:
    """Lets somebody run this server, or no longer. Raises Conflict for the last one, and for the server's own account."""
    with _keeping_one():
        if not await store.set_operator(db, operator=operator, person=person, operates=operates):
            raise Conflict("This account belongs to the server itself and always runs it.", field="person", rule="own")
    log.info("operator made" if operates else "operator unmade", person=str(person), by=str(operator))


async def make_reset_link(db: Conn, operator: UUID, person: UUID, *, now: datetime) -> str:
    """The path of a link that sets a new password, to be handed over: no e-mail is sent. Raises NotFound, Conflict."""
    account = await _active(db, operator, person)
    log.info("reset link made", person=str(person), by=str(operator))
    return await make_letter_link(db, Purpose.RESET, email=account.email, user=person, now=now, emailed=False)


async def make_sign_in_link(db: Conn, operator: UUID, person: UUID, *, now: datetime) -> str:
    """The path of a link that signs somebody in once within a day. Raises NotFound, Conflict."""
    await _active(db, operator, person)
    log.info("sign-in link made", person=str(person), by=str(operator))
    return f"/welcome?link={await make_link(db, person, now)}"


async def _active(db: Conn, operator: UUID, person: UUID) -> Account:
    await store.require_operator(db, operator)
    account = await store.account(db, person)
    if account is None:
        raise Conflict("There is no such person, or they are deactivated: let them in again first.", field="person", rule="active")
    return account


@contextmanager
def _keeping_one() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.CheckViolation:
        message = "This server keeps at least one operator: let somebody else run it first."
        raise Conflict(message, field="person", rule="last_operator") from None


def _nobody() -> NotFound:
    return NotFound("There is no such person.", field="person", rule="exists")
