"""`postwright users ...`: the people of this server, from its own machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from postwright.config import Settings
from postwright.db.queries import Conn
from postwright.errors import Conflict, NotFound

if TYPE_CHECKING:
    from postwright.identity.models import PersonRow

users = typer.Typer(help="The people of this server: see them, lock them out, let them in, hand them links.", no_args_is_help=True)

R = TypeVar("R")
_Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that they sign in with.")]


@users.command(name="list")
def list_command(search: Annotated[str, typer.Argument(help="Part of a name or an address.")] = "") -> None:
    """Everybody with an account, newest first: address, name, what is special, when last seen."""
    from postwright.edge.paging import Cursor
    from postwright.identity.people import list_people

    async def all_of(db: Conn, operator: UUID) -> list[PersonRow]:
        found: list[PersonRow] = []
        after: Cursor | None = None
        while True:
            page = await list_people(db, operator, sought=search, after=after, limit=200)
            found += page.items
            if page.next is None:
                return found
            after = Cursor.parse(page.next)

    rows = _as_operator(all_of)
    width = max((len(row.email) for row in rows), default=0)
    for row in rows:
        seen = f"seen {row.last_seen_at:%Y-%m-%d %H:%M} UTC" if row.last_seen_at else "never signed in"
        print(f"{row.email:<{width}}  {row.name}{_marks(row)}  {seen}")
    if not rows:
        print("nobody")


@users.command()
def deactivate(email: _Email) -> None:
    """Lock somebody out at once: sessions, links and keys stop. What they made stays."""
    from postwright.identity.people import set_active

    _as_operator(lambda db, operator: _with(db, operator, email, lambda who: set_active(db, operator, who, active=False)))
    print(f"{email} is locked out; `postwright users activate {email}` lets them in again")


@users.command()
def activate(email: _Email) -> None:
    """Let somebody in again."""
    from postwright.identity.people import set_active

    _as_operator(lambda db, operator: _with(db, operator, email, lambda who: set_active(db, operator, who, active=True)))
    print(f"{email} may sign in again")


@users.command()
def reset(email: _Email) -> None:
    """Print a link that sets a new password: once, within an hour. No e-mail is sent."""
    from postwright import config
    from postwright.identity.people import make_reset_link

    settings = config.load()
    path = _as_operator(
        lambda db, operator: _with(db, operator, email, lambda who: make_reset_link(db, operator, who, now=datetime.now(UTC))), settings
    )
    print(f"{_address(settings)}{path}")
    print("No e-mail was sent: hand the link over.")


@users.command()
def operator(email: _Email, remove: Annotated[bool, typer.Option("--remove", help="Take it away again.")] = False) -> None:
    """Let somebody run this server: People, and whether everybody may sign up."""
    from postwright.identity.people import set_operator

    _as_operator(lambda db, by: _with(db, by, email, lambda who: set_operator(db, by, who, operates=not remove)))
    print(f"{email} {'no longer runs' if remove else 'runs'} this server")


@users.command()
def link(email: _Email, subject: Annotated[str, typer.Argument(help="Who they are to the identity provider: the token's `sub`.")]) -> None:
    """Say that an account and a subject of the identity provider are one person: its tokens open the account from then on."""
    _as_operator(lambda db, operator: _link(db, email.strip(), subject.strip()))
    print(f"{email} is {subject}")


def _marks(row: PersonRow) -> str:
    marks = [
        word
        for word, holds in (
            ("runs this server", row.is_operator), ("deactivated", not row.is_active), ("not verified", not row.verified),
            ("asks for a new password", row.asked_at is not None),
        ) if holds
    ]  # fmt: skip
    return f" ({', '.join(marks)})" if marks else ""


def _address(settings: Settings) -> str:
    """Where the server is reached; the address that is served now, when that is known."""
    from postwright.worker.supervise import running

    state = running(settings)
    return settings.public_url or (state.url if state else settings.base_url)


async def _with(db: Conn, operator: UUID, email: str, act: Callable[[UUID], Awaitable[R]]) -> R:
    """Does something with the person of that address. Raises NotFound."""
    from postwright.identity.people import list_people

    found = await list_people(db, operator, sought=email, limit=200)
    for row in found.items:
        if row.email.lower() == email.strip().lower():
            return await act(row.id)
    raise NotFound(f"Nobody here has the address {email}. `postwright users list` shows all.", field="EMAIL", rule="exists")


async def _link(db: Conn, email: str, subject: str) -> None:
    """Raises NotFound; Conflict for a subject that is somebody else's or the server's own."""
    import psycopg

    from postwright.identity import store

    try:
        linked = await store.link_subject(db, email=email, subject=subject)
    except (psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation) as error:
        taken = isinstance(error, psycopg.errors.UniqueViolation)
        message = f"{subject} is linked to another account." if taken else "This subject, or this account, is the server's own."
        raise Conflict(message, field="SUBJECT", rule="unique" if taken else "reserved") from None
    if linked is None:
        raise NotFound(f"Nobody here has the address {email}. `postwright users list` shows all.", field="EMAIL", rule="exists")


def _as_operator(act: Callable[[Conn, UUID], Awaitable[R]], settings: Settings | None = None) -> R:
    from postwright import config

    return asyncio.run(_act(settings or config.load(), act))


async def _act(settings: Settings, act: Callable[[Conn, UUID], Awaitable[R]]) -> R:
    """One transaction as app_auth, in the name of the account that belongs to the server itself."""
    from postwright.cli.zone import machine_zone
    from postwright.db.connect import dsns
    from postwright.db.session import VISITOR, open_pool, transaction
    from postwright.identity import store
    from postwright.kit import log

    log.configure(json=settings.log_json, level=logging.WARNING)  # what is printed is the answer
    async with open_pool(dsns(settings).api, size=1, name="cli") as pool, transaction(pool, VISITOR) as db:
        return await act(db, await store.operator(db, zone=machine_zone()))
