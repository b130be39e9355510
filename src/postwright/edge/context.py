"""The request's context: who asks, in which workspace, in one transaction that commits before the answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import psycopg
from fastapi import Depends, Request
from psycopg_pool import PoolTimeout

from postwright.db.queries import Conn, load
from postwright.db.session import VISITOR, Actor, enter, transaction
from postwright.edge.state import State, state_of
from postwright.errors import Forbidden, InvalidInput, NotFound, NotSignedIn, PostwrightError

_sql = load(__package__)

SESSION_LIFE = timedelta(days=30)
_TOUCH_EVERY = timedelta(minutes=5)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_RANK = {"viewer": 1, "editor": 2, "admin": 3, "owner": 4}


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """A workspace of the caller and their role in it."""

    id: UUID
    name: str
    environment: str | None  # "sandbox", "live", or None until the first account decides
    timezone: str
    role: str

    @property
    def simulated(self) -> bool:
        return self.environment == "sandbox"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking."""

    session_id: UUID
    user_id: UUID
    email: str
    name: str
    timezone: str
    locale: str
    week_start: int
    workspace: WorkspaceInfo
    csrf: str

    @property
    def role(self) -> str:
        return self.workspace.role

    def may(self, role: str) -> bool:
        """Whether the caller has at least this role in the workspace. The database decides again."""
        return _RANK[self.role] >= _RANK[role]


@dataclass(frozen=True, slots=True)
class Context:
    """What a route gets. `db` is the caller's open transaction."""

    request: Request
    state: State
    caller: Caller
    actor: Actor
    now: datetime
    db: Conn

    def need(self, role: str) -> None:
        """Raises Forbidden unless the caller has at least this role: a clear word before the database's own refusal."""
        if not self.caller.may(role):
            raise Forbidden(f"This needs the role {role}; yours in “{self.caller.workspace.name}” is {self.caller.role}.", rule="role")


@dataclass(frozen=True, slots=True)
class LongContext:
    """Like Context without a transaction held open: for routes that work long or talk to a network."""

    request: Request
    state: State
    caller: Caller
    actor: Actor
    now: datetime

    def transaction(self) -> AbstractAsyncContextManager[Conn]:
        """A transaction as the caller."""
        return transaction(self.state.pool, self.actor)

    def need(self, role: str) -> None:
        """As Context.need."""
        if not self.caller.may(role):
            raise Forbidden(f"This needs the role {role}; yours in “{self.caller.workspace.name}” is {self.caller.role}.", rule="role")


async def signed_in(request: Request) -> AsyncIterator[Context]:
    """Dependency: the caller's transaction. Use it as `Signed`, whose scope makes it commit before the answer."""
    state = state_of(request)
    csrf = await _sent_csrf(request)  # before a connection is taken: whoever sends slowly must not hold one
    async with state.pool.connection() as db, db.transaction():
        caller, actor, now = await _identify(request, state, db, csrf)
        yield Context(request, state, caller, actor, now, db)


async def signed_in_long(request: Request) -> LongContext:
    """Dependency: the caller, and no transaction."""
    state = state_of(request)
    csrf = await _sent_csrf(request)
    async with state.pool.connection() as db, db.transaction():
        caller, actor, now = await _identify(request, state, db, csrf)
    return LongContext(request, state, caller, actor, now)


Signed = Annotated[Context, Depends(signed_in, scope="function")]
SignedNoTx = Annotated[LongContext, Depends(signed_in_long, scope="function")]


def cookie_name(state: State) -> str:
    """Cookies know no ports: the instance is part of the name, so that two homes on one machine do not sign each other out."""
    prefix = "__Host-" if state.settings.base_url.startswith("https:") else ""
    return f"{prefix}postwright_{state.instance}"


def token_hash(token: str) -> bytes:
    """What is stored of a token: a stolen database signs nobody in."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(state: State, session_id: UUID) -> str:
    """The token that a form of this session carries."""
    return hmac.new(state.key, f"csrf:{session_id}".encode(), hashlib.sha256).hexdigest()[:32]


async def still_here(ctx: LongContext) -> bool:
    """Whether the session and the membership still stand: asked again and again by what stays open long."""
    token, _ = _token(ctx.request, ctx.state)
    try:
        async with ctx.state.pool.connection() as db, db.transaction():
            await find_caller(db, ctx.state, token, ctx.state.clock(), wanted=ctx.caller.workspace.id)
    except PostwrightError:
        return False
    return True


async def _identify(request: Request, state: State, db: Conn, csrf: str | None) -> tuple[Caller, Actor, datetime]:
    now = state.clock()
    token, ambient = _token(request, state)
    caller = await find_caller(db, state, token, now, wanted=_wanted_workspace(request))
    if ambient and request.method not in _SAFE_METHODS:
        _check_csrf(csrf, caller)
    actor = Actor("authenticated", caller.user_id, caller.workspace.id, _origin(request))
    await enter(db, actor)
    request.state.caller = caller
    return caller, actor, now


async def remember_caller(request: Request) -> None:
    """For pages outside every route (a wrong address): who asks, if anybody we know, so that the page keeps its frame."""
    state = state_of(request)
    with suppress(PostwrightError, psycopg.Error, PoolTimeout):  # a wrong address stays one while the database is away
        token, _ = _token(request, state)
        async with state.pool.connection() as db, db.transaction():
            request.state.caller = await find_caller(db, state, token, state.clock())


async def find_caller(db: Conn, state: State, token: str, now: datetime, wanted: UUID | None = None) -> Caller:
    """Who a session token stands for. Leaves the transaction as that user. Raises NotSignedIn, NotFound for a foreign workspace."""
    await enter(db, VISITOR)
    found = await _sql["session"].one(db, _Session, hash=token_hash(token))
    if found is None or found.workspace_id is None:
        raise NotSignedIn("Your session has ended. Sign in again.")
    if now - found.last_seen_at > _TOUCH_EVERY:
        await _sql["touch_session"].value(db, hash=token_hash(token), expires=now + SESSION_LIFE)
    await enter(db, Actor("authenticated", found.user_id, wanted or found.workspace_id))
    workspace = await _sql["membership"].one(db, WorkspaceInfo, workspace=wanted or found.workspace_id, user=found.user_id)
    if workspace is None:
        raise NotFound("There is no such workspace, or it is not yours.", field="X-Workspace", rule="membership")
    name = found.full_name or found.email.partition("@")[0]
    return Caller(
        found.session_id, found.user_id, found.email, name, found.timezone, found.locale, found.week_start, workspace,
        csrf_token(state, found.session_id),
    )  # fmt: skip


async def my_workspaces(db: Conn, actor: Actor) -> list[WorkspaceInfo]:
    """All workspaces of the caller, oldest first."""
    return await _sql["workspaces"].rows(db, WorkspaceInfo, user=actor.user)


@dataclass(frozen=True, slots=True)
class _Session:
    session_id: UUID
    user_id: UUID
    email: str
    full_name: str | None
    timezone: str
    locale: str
    week_start: int
    workspace_id: UUID | None
    last_seen_at: datetime


def _token(request: Request, state: State) -> tuple[str, bool]:
    """The session token and whether a browser adds it by itself (then the request must prove it was meant)."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip(), False
    if cookie := request.cookies.get(cookie_name(state)):
        return cookie, True
    raise NotSignedIn("Sign in first.")


def _wanted_workspace(request: Request) -> UUID | None:
    header = request.headers.get("x-workspace")
    if not header:
        return None
    try:
        return UUID(header)
    except ValueError:
        raise InvalidInput("X-Workspace is not a workspace's id.", field="X-Workspace", rule="uuid") from None


async def _sent_csrf(request: Request) -> str | None:
    """The token that came with a writing request, in its header or its form."""
    if request.method in _SAFE_METHODS:
        return None
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        given = str((await request.form()).get("csrf", ""))
    return given


def _check_csrf(given: str | None, caller: Caller) -> None:
    if not given or not hmac.compare_digest(given.encode(), caller.csrf.encode()):
        raise Forbidden("This form has expired or came from another site. Reload the page and try again; nothing was changed.", rule="csrf")


def _origin(request: Request) -> str:
    if not request.url.path.startswith("/api/"):
        return "web"
    return "cli" if request.headers.get("user-agent", "").startswith("postwright-cli") else "api"
