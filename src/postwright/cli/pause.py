"""`postwright pause` and `postwright resume`: all publishing, from the server's own machine, also while the web does not answer."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from postwright.db.queries import Conn
from postwright.db.session import Actor, enter
from postwright.errors import InvalidInput, NotFound

R = TypeVar("R")
_SPAN = re.compile(r"([1-9][0-9]{0,4})\s*(m|min|h|d)")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_Workspace = Annotated[str | None, typer.Option(help="Only this workspace of the server's own account; else the whole server.")]


def pause(
    reason: Annotated[str, typer.Argument(help="What everybody reads on every page meanwhile.")],
    span: Annotated[
        str | None, typer.Option("--for", metavar="SPAN", help="How long: 30m, 2h, 1d. Else until `postwright resume`.")
    ] = None,
    workspace: _Workspace = None,
) -> None:
    """Hold all posts back: nothing new is sent from this moment, what is being sent is finished."""
    from postwright.publishing import pause as verbs

    now = datetime.now(UTC)
    until = now + _span(span) if span else None
    if workspace is None:
        _as_operator(lambda db, by: verbs.pause_server(db, by, reason, until=until, now=now))
    else:
        _as_operator(lambda db, by: _within(db, by, workspace, lambda actor: verbs.pause(db, actor, reason, until=until, now=now)))
    end = f"It goes on by itself at {until:%Y-%m-%d %H:%M} UTC." if until else "`postwright resume` lets it go on."
    print(f"Publishing of {_whose(workspace)} is paused. {end}")


def resume(workspace: _Workspace = None) -> None:
    """Let posts go out again. What fell due meanwhile waits on Today for a decision: nothing bursts out."""
    from postwright.publishing import pause as verbs

    now = datetime.now(UTC)
    if workspace is None:
        _as_operator(lambda db, by: verbs.resume_server(db, by, now=now))
    else:
        _as_operator(lambda db, by: _within(db, by, workspace, lambda actor: verbs.resume(db, actor, now=now)))
    print(f"Publishing of {_whose(workspace)} goes on. What fell due meanwhile waits on Today for a decision.")


def _whose(workspace: str | None) -> str:
    return "the whole server" if workspace is None else f"“{workspace}”"


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidInput("Say how long like 30m, 2h or 1d.", field="--for", rule="span")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


async def _within(db: Conn, operator: UUID, name: str, act: Callable[[Actor], Awaitable[object]]) -> None:
    """Acts in the workspace of that name. Raises NotFound."""
    from postwright.workspaces.make import list_mine

    anywhere = Actor("authenticated", operator, None, "cli")
    await enter(db, anywhere)
    found = next((each for each in await list_mine(db, anywhere) if each.name.casefold() == name.strip().casefold()), None)
    if found is None:
        raise NotFound(f"The server's own account has no workspace “{name}”.", field="--workspace", rule="exists")
    actor = Actor("authenticated", operator, found.id, "cli")
    await enter(db, actor)
    await act(actor)


def _as_operator(act: Callable[[Conn, UUID], Awaitable[R]]) -> R:
    return asyncio.run(_act(act))


async def _act(act: Callable[[Conn, UUID], Awaitable[R]]) -> R:
    """One transaction as app_auth, in the name of the account that belongs to the server itself."""
    from postwright import config
    from postwright.cli.zone import machine_zone
    from postwright.db.connect import dsns
    from postwright.db.session import VISITOR, open_pool, transaction
    from postwright.identity import store
    from postwright.kit import log

    settings = config.load()
    log.configure(json=settings.log_json, level=logging.WARNING)  # what is printed is the answer
    async with open_pool(dsns(settings).api, size=1, name="cli") as pool, transaction(pool, VISITOR) as db:
        return await act(db, await store.operator(db, zone=machine_zone()))
