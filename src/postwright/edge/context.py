"""The request's context: who asks, in which workspace, in one transaction that commits before the answer."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import psycopg
from fastapi import Depends, Request
from psycopg_pool import PoolTimeout

from postwright.db.queries import Conn
from postwright.db.session import Actor, Leash, enter, transaction
from postwright.edge.access import access_of
from postwright.edge.callers import Caller, KeyRow, OutsiderRow, admit, by_key, by_session, by_token, count_key, workspace_id
from postwright.edge.key_text import KEY_MARK, well_formed
from postwright.edge.once import Once, claim, fingerprint, leaves_body, rehearsed, replay
from postwright.edge.state import State, state_of
from postwright.edge.tokens import Issuer, Outsider
from postwright.errors import Forbidden, NotSignedIn, PostwrightError
from postwright.kit.crypto import Box

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


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
        """Raises Forbidden unless the caller has at least this role."""
        self.caller.need(role)


@dataclass(frozen=True, slots=True)
class LongContext:
    """Like Context without a transaction held open: for routes that work long or talk to a network."""

    request: Request
    state: State
    caller: Caller
    actor: Actor
    now: datetime
    once: Once | None

    def transaction(self) -> AbstractAsyncContextManager[Conn]:
        """A transaction as the caller."""
        return transaction(self.state.pool, self.actor)

    async def last_transaction(self) -> Conn:
        """The transaction that does an API route's work, after all that takes long: it commits when the answer is made and
        before it is sent, so that the answer to an Idempotency-Key is kept with the work, and a rehearsal can be taken back."""
        db = await self.request.state.until_answered.enter_async_context(_last(self))
        return db  # type: ignore[no-any-return]

    def need(self, role: str) -> None:
        """As Context.need."""
        self.caller.need(role)


async def signed_in(request: Request) -> AsyncIterator[Context]:
    """Dependency: the caller's transaction. Use it as `Signed`, whose scope makes it commit before the answer."""
    state = state_of(request)
    shown = await _shown(request, state)
    async with state.pool.connection() as db:
        standing = await _standing(request, state, db, shown)
        async with db.transaction():
            caller, actor, now = await _identify(request, state, db, shown, standing)
            if once := _once(request, state, caller, shown):
                await claim(db, once)
                request.state.claimed = (db, once)
            yield Context(request, state, caller, actor, now, db)
            if rehearsed(request):
                raise psycopg.Rollback


async def signed_in_long(request: Request) -> LongContext:
    """Dependency: the caller, and no transaction."""
    state = state_of(request)
    shown = await _shown(request, state)
    async with state.pool.connection() as db:
        standing = await _standing(request, state, db, shown)
        async with db.transaction():
            caller, actor, now = await _identify(request, state, db, shown, standing)
            once = _once(request, state, caller, shown)
            if once:
                await replay(db, once)
    return LongContext(request, state, caller, actor, now, once)


Signed = Annotated[Context, Depends(signed_in, scope="function")]
SignedNoTx = Annotated[LongContext, Depends(signed_in_long, scope="function")]


def cookie_name(state: State) -> str:
    """Cookies know no ports: the instance is part of the name, so that two homes on one machine do not sign each other out."""
    prefix = "__Host-" if state.settings.base_url.startswith("https:") else ""
    return f"{prefix}postwright_{state.instance}"


async def still_here(ctx: LongContext) -> bool:
    """Whether the session and the membership still stand: asked again and again by what stays open long."""
    token, _ = _token(ctx.request, ctx.state)
    try:
        async with ctx.state.pool.connection() as db, db.transaction():
            await by_session(db, ctx.state, token, ctx.state.clock(), wanted=ctx.caller.workspace.id)
    except PostwrightError:
        return False
    return True


async def remember_caller(request: Request) -> None:
    """For pages outside every route (a wrong address): who asks, if anybody we know, so that the page keeps its frame."""
    state = state_of(request)
    with suppress(PostwrightError, psycopg.Error, PoolTimeout):  # a wrong address stays one while the database is away
        token, _ = _token(request, state)
        async with state.pool.connection() as db, db.transaction():
            request.state.caller = await by_session(db, state, token, state.clock())


@asynccontextmanager
async def _last(ctx: LongContext) -> AsyncIterator[Conn]:
    async with transaction(ctx.state.pool, ctx.actor) as db:
        if ctx.once:
            await claim(db, ctx.once)
            ctx.request.state.claimed = (db, ctx.once)
        yield db
        if rehearsed(ctx.request):
            raise psycopg.Rollback


async def _identify(
    request: Request, state: State, db: Conn, shown: _Shown, standing: KeyRow | OutsiderRow | None
) -> tuple[Caller, Actor, datetime]:
    now = state.clock()
    wanted = workspace_id(request.headers.get("x-workspace"))
    if isinstance(standing, KeyRow):
        caller, ambient = await by_key(db, standing, wanted), False
    elif standing:
        caller, ambient = await by_token(db, standing, wanted), False
    else:
        token, ambient = _token(request, state)
        caller = await by_session(db, state, token, now, wanted)
    if ambient and request.method not in _SAFE_METHODS:
        _check_csrf(shown.csrf, caller)
    caller.require(access_of(request.scope.get("endpoint"), request.method))
    actor = _actor(request, caller)
    await enter(db, actor)
    request.state.caller = caller
    return caller, actor, now


def _actor(request: Request, caller: Caller) -> Actor:
    actor = Actor("authenticated", caller.user_id, caller.workspace.id, _origin(request, caller))
    if key := caller.key:
        return replace(actor, leash=Leash(key.id, caller.workspace.id, key.cap, key.accounts))
    return actor


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request shows before the database is asked."""

    csrf: str | None
    fingerprint: bytes | None
    key: str | None
    outsider: Outsider | None


async def _shown(request: Request, state: State) -> _Shown:
    """Before a connection is taken: who sends slowly holds none, nor who waits for the network."""
    bearer = _bearer(request)
    is_key, is_token = bearer.startswith(KEY_MARK), bearer.count(".") == 2
    if (is_key or is_token) and not request.url.path.startswith("/api/"):
        kind = "An API key" if is_key else "An external token"
        raise NotSignedIn(f"{kind} opens only addresses under /api/. Sign in as a person for this one.", rule="session")
    if is_key and not well_formed(bearer):
        raise NotSignedIn("This is no key: it is mistyped or cut off. Copy it again, whole.", rule="key_form")
    outsider = await _issuer(request, state).verify(bearer, state.clock()) if is_token else None
    return _Shown(await _sent_csrf(request), await fingerprint(request), bearer if is_key else None, outsider)


def _issuer(request: Request, state: State) -> Issuer:
    """The application's one issuer, with the keys that it knows. Raises NotSignedIn where the operator named none."""
    address, audience = state.settings.oidc_issuer, state.settings.oidc_audience
    if not address or not audience:
        raise NotSignedIn("This server takes no external tokens: whoever runs it has named no issuer.", rule="token")
    held = request.app.state
    if not hasattr(held, "issuer"):
        held.issuer = Issuer(address, audience)
    found: Issuer = held.issuer
    return found


async def _standing(request: Request, state: State, db: Conn, shown: _Shown) -> KeyRow | OutsiderRow | None:
    """Who a key (counted) or an external token stands for, in a transaction of its own; None for a session."""
    if shown.key:
        key, request.state.rate = await count_key(db, shown.key, state.settings.key_rate)
        return key
    return await admit(db, shown.outsider) if shown.outsider else None


def _once(request: Request, state: State, caller: Caller, shown: _Shown) -> Once | None:
    if shown.fingerprint is None:
        return None
    return Once(caller.workspace.id, request.headers["idempotency-key"], shown.fingerprint, Box.from_key(state.key))


def _token(request: Request, state: State) -> tuple[str, bool]:
    """The session token and whether a browser adds it by itself (then the request must prove it was meant)."""
    if bearer := _bearer(request):
        return bearer, False
    if cookie := request.cookies.get(cookie_name(state)):
        return cookie, True
    raise NotSignedIn("Sign in first.")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _sent_csrf(request: Request) -> str | None:
    """The token that came with a writing request, in its header or its form."""
    if request.method in _SAFE_METHODS:
        return None
    given = request.headers.get("x-csrf-token")
    if leaves_body(request):
        return given
    if given is None and request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        given = str((await request.form()).get("csrf", ""))
    return given


def _check_csrf(given: str | None, caller: Caller) -> None:
    if not given or not hmac.compare_digest(given.encode(), caller.csrf.encode()):
        raise Forbidden("This form has expired or came from another site. Reload the page and try again; nothing was changed.", rule="csrf")


def _origin(request: Request, caller: Caller) -> str:
    """By which way: "web", "cli", "api" (a session), "api:<key name>"."""
    if not request.url.path.startswith("/api/"):
        return "web"
    if caller.key:
        return f"api:{caller.key.name}"
    return "cli" if request.headers.get("user-agent", "").startswith("postwright-cli") else "api"
