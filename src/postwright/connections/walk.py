"""Connecting by OAuth: a person walks to the platform's page and comes back with a code.

The state is a secret of which only a hash is kept; it holds ten minutes, once, in the session and the workspace that began. The
PKCE verifier never leaves us. Whatever goes wrong, nothing is half saved: accounts are stored in one transaction, last.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postwright.connections import store
from postwright.connections.accounts import get_account
from postwright.connections.apps import app_of, as_input_error, closed, must_be_known, oauth_of
from postwright.connections.connect import as_granted, save_accounts
from postwright.connections.models import AccountRow, Granted, Walk
from postwright.db.queries import Conn
from postwright.db.session import Actor, transaction
from postwright.edge.callers import Caller, token_hash
from postwright.edge.state import State
from postwright.errors import Conflict, InvalidInput, NotFound, Unavailable
from postwright.kit.http import guard_host, make_client
from postwright.platforms import registry
from postwright.platforms.auth import App, Ask
from postwright.platforms.base import Platform
from postwright.platforms.errors import PlatformError

LASTS = timedelta(minutes=10)
_REFUSALS = {
    "unknown": ("Postwright did not begin this, or it is long over. Nothing was connected; begin again under Accounts.", "walk_unknown"),
    "foreign": (
        "Somebody else began this, or you did in another browser or before you signed in anew. Nothing was connected; begin again here.",
        "walk_foreign",
    ),
    "spent": ("This answer was used already: it counts once. If the account is not there, connect again.", "walk_spent"),
    "server": (
        "Another server sent you back than the one that you named. Nothing was connected. Begin again with the address that the server "
        "itself has, and only where you trust it.",
        "walk_server",
    ),
    "late": ("More than ten minutes passed, so this answer no longer counts. Nothing was connected; connect again.", "walk_late"),
}


@dataclass(frozen=True, slots=True)
class Begun:
    """The platform's page, and what it will ask."""

    platform: Platform
    address: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform sent the browser back with. `server` is the mark in the address that it was sent to, where there is one;
    `iss` who says to have sent it (RFC 9207)."""

    state: str | None = None
    code: str | None = None
    error: str | None = None
    error_description: str | None = None
    server: str | None = None
    iss: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Several accounts were granted; which are wanted?"""

    walk: UUID
    platform: Platform
    accounts: tuple[Granted, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """Accounts that are stored now. `again`: they were there and were connected again."""

    platform: Platform
    ids: tuple[UUID, ...]
    again: bool = False


def environment_of(caller: Caller) -> str:
    """That of the workspace; one that has decided nothing becomes live by its first real account."""
    return caller.workspace.environment or "live"


def redirect_address(state: State, slug: str, host: str | None = None) -> str:
    """What the operator writes down at the platform, letter for letter. Each of many servers has an address of its own, so that none
    can pass a person on to another and be taken for it (RFC 9700, 4.4)."""
    return "/".join([f"{state.settings.base_url}/accounts/callback/{slug}", *([server_mark(host)] if host else [])])


def server_mark(host: str) -> str:
    """How a server is named in our address."""
    return hashlib.sha256(host.encode()).hexdigest()[:16]


async def begin(
    state: State, caller: Caller, actor: Actor, slug: str, *, now: datetime, host: str | None = None, again: UUID | None = None,
    write: AbstractAsyncContextManager[Conn] | None = None,
) -> Begun:  # fmt: skip
    """Sets out; `again` names the account to connect anew. Talks to the network where a server registers an app first.
    `write` is the transaction to note it in (as app_auth); one of its own unless given.

    Raises InvalidInput (no app, one that its platform does not accept, no such server), NotFound, Unavailable.
    """
    platform, environment = registry.get(slug), environment_of(caller)
    oauth, session = oauth_of(platform), caller.session
    account = await _account(state, actor, again)
    if account and account.platform != platform.slug:
        raise NotFound(f"There is no such {platform.name} account in this workspace.", field="account_id", rule="exists")
    host = await _server(platform, environment, account.host if account else host) if platform.registers else None
    app = await _app(state, actor, platform, environment, host)
    if environment == "live" and host is None:
        await must_be_known(state, actor, platform, app, now=now)
    ask = Ask(redirect_address(state, platform.slug, host), secrets.token_urlsafe(32), secrets.token_urlsafe(48), host)
    async with write or closed(state, actor) as db:
        await store.begin_walk(
            db, state=token_hash(ask.state), workspace=actor.home, session=session, platform=platform.slug, host=host,
            environment=environment, redirect_uri=ask.redirect_uri, verifier=state.box.seal(ask.verifier, _verifier_of(ask.state)),
            reconnects=again, expires=now + LASTS,
        )  # fmt: skip
    return Begun(platform, oauth.page(app, ask), (*oauth.scopes, *app.extra_scopes), now + LASTS)


async def come_back(state: State, caller: Caller, actor: Actor, slug: str, said: Answer, *, now: datetime) -> Offer | Connected:
    """What became of it. Raises InvalidInput and Conflict with a sentence for whoever came back, Unavailable."""
    platform = registry.get(slug)
    walk = await _spend(state, caller, actor, platform, said, now)
    if said.error or not said.code:
        raise _said_no(platform, said)
    granted = await _exchange(state, actor, platform, walk, said, said.code)
    if walk.reconnects is not None:
        return await _reconnect(state, actor, platform, walk, granted, now)
    if len(granted) == 1:
        return Connected(platform, await _save(state, actor, granted, now))
    assert walk.id is not None
    async with closed(state, actor) as db:
        await store.keep_offer(db, walk.id, caller.session, state.box.seal(_packed(granted), _offer_of(walk.id)))
    return Offer(walk.id, platform, tuple(granted))


async def offer(state: State, caller: Caller, actor: Actor, walk: UUID, *, now: datetime) -> Offer:
    """What waits for a choice. Raises NotFound when it was made, is old, or is another's."""
    async with closed(state, actor) as db:
        found = await store.offer(db, walk, caller.session, now)
    if found is None or found.workspace_id != actor.home:
        raise NotFound("There is nothing to choose from any more: connect again under Accounts.", rule="exists")
    return Offer(walk, registry.get(found.platform), _unpacked(state.box.open(found.offered, _offer_of(walk))))


async def choose(state: State, caller: Caller, actor: Actor, walk: UUID, wanted: Sequence[str], *, now: datetime) -> Connected:
    """Connects those that were chosen, by the ids that the platform gave them; the others are forgotten. Raises InvalidInput, NotFound."""
    standing = await offer(state, caller, actor, walk, now=now)
    chosen = [each for each in standing.accounts if each.platform_user_id in wanted]
    if not chosen or len(chosen) < len(set(wanted)):
        raise InvalidInput("Choose at least one of the accounts that are listed.", field="accounts", rule="not_empty")
    async with closed(state, actor) as db:
        if not await store.keep_offer(db, walk, caller.session, None):  # of two who choose at once, one
            raise NotFound("The choice was made already.", rule="exists")
    return Connected(standing.platform, await _save(state, actor, chosen, now))


# Steps


async def _account(state: State, actor: Actor, again: UUID | None) -> AccountRow | None:
    if again is None:
        return None
    async with transaction(state.pool, actor) as db:
        return await get_account(db, actor, again)


async def _server(platform: Platform, environment: str, host: str | None) -> str:
    """The server's name as it is written everywhere. Raises InvalidInput for what is none, or lies inside of a network."""
    name = (host or "").strip().lower().rpartition("@")[2].removeprefix("https://").strip("/").rstrip(".")
    if not name:
        such = f", such as {platform.face.servers.example}" if platform.face.servers else ""
        raise InvalidInput(f"Name your {platform.name} server{such}.", field="host", rule="required")
    if environment == "live":
        await guard_host(name)
    return name


async def _app(state: State, actor: Actor, platform: Platform, environment: str, host: str | None) -> App:
    async with closed(state, actor) as db:
        app = await app_of(db, state, platform, environment, host, redirect_address(state, platform.slug, host))
    if app is not None and app.client_id:
        return app
    if host is None:
        raise no_app(platform)
    return await _register(state, actor, platform, host)


def no_app(platform: Platform) -> InvalidInput:
    """What is missing before accounts of the platform can be connected."""
    message = (
        f"{platform.name} accounts cannot be connected yet: whoever runs this server registers an app at {platform.name} first, "
        "and writes its client id down under Accounts > Platform apps."
    )
    return InvalidInput(message, field="platform", rule="no_app")


async def _register(state: State, actor: Actor, platform: Platform, host: str) -> App:
    """An app on a server that we come to for the first time, or from another address than before."""
    assert platform.registers is not None
    redirect = redirect_address(state, platform.slug, host)
    try:
        async with make_client(sandbox_url=None) as http:
            app = await platform.registers.register(http, host, redirect)
    except PlatformError as error:
        raise as_input_error(error, host) from error
    sealed = state.box.seal(app.client_secret, store.app_context(platform.slug, host)) if app.client_secret else None
    async with closed(state, actor) as db:
        await store.keep_server_app(db, platform.slug, host, app.client_id, sealed, redirect)
    return app


async def _spend(state: State, caller: Caller, actor: Actor, platform: Platform, said: Answer, now: datetime) -> Walk:
    """The walk that is over now, however it goes on: committed before anything else happens."""
    if not said.state or len(said.state) > 200:
        raise _refused("unknown")
    async with closed(state, actor) as db:
        walk = await store.spend_walk(db, state=token_hash(said.state), session=caller.session, at=now)
    if walk.verdict != "ok":
        raise _refused(walk.verdict)
    if walk.platform != platform.slug:
        raise _refused("unknown")
    if not _from_its_server(walk, said):
        raise _refused("server")
    if walk.workspace_id != actor.home:
        message = "You switched to another workspace meanwhile, so nothing was connected. Switch back and connect again."
        raise Conflict(message, rule="walk_workspace")
    return walk


def _from_its_server(walk: Walk, said: Answer) -> bool:
    """Whether the server that was set out for is the one that sent back. Where a platform is one place, its address says so."""
    if walk.host is None:
        return said.server is None
    return said.server == server_mark(walk.host) and said.iss in {None, f"https://{walk.host}", f"https://{walk.host}/"}


def _refused(verdict: str) -> InvalidInput:
    message, rule = _REFUSALS[verdict]
    return InvalidInput(message, field="state", rule=rule)


def _said_no(platform: Platform, said: Answer) -> InvalidInput:
    if said.error in {"access_denied", "user_cancelled_login", "user_cancelled_authorize", "user_denied"}:
        return InvalidInput(f"You did not allow it at {platform.name}. Nothing was connected, and nothing changed.", rule="walk_refused")
    if said.error in {"unauthorized_scope_error", "invalid_scope"}:
        message = f"{platform.name} does not let this server's app ask for what it needs. Whoever runs the server looks at its app there."
        return InvalidInput(message, rule="scope")
    words = "".join(character for character in (said.error_description or said.error or "nothing at all") if character.isprintable())[:200]
    return InvalidInput(f"{platform.name} sent you back without an account. It said: {words}", rule="walk_refused")


async def _exchange(state: State, actor: Actor, platform: Platform, walk: Walk, said: Answer, code: str) -> list[Granted]:
    """The accounts behind the code. No transaction is open meanwhile."""
    oauth = oauth_of(platform)
    assert walk.environment is not None
    assert walk.redirect_uri is not None
    assert walk.verifier is not None
    assert said.state is not None
    if walk.environment == "sandbox" and state.sandbox_url is None:
        raise Unavailable("No sandbox is running here. Start Postwright with `postwright up` and try again.", rule="sandbox")
    app = await _app(state, actor, platform, walk.environment, walk.host)
    ask = Ask(walk.redirect_uri, said.state, state.box.open(walk.verifier, _verifier_of(said.state)), walk.host)
    try:
        async with make_client(sandbox_url=state.sandbox_url if walk.environment == "sandbox" else None, clock=state.clock) as http:
            grants = await oauth.exchange(http, app, ask, code)
    except PlatformError as error:
        raise as_input_error(error, platform.name) from error
    if not grants:
        message = f"{platform.name} named no account that this person may post for. Nothing was connected."
        raise InvalidInput(message, field="account", rule="exists")
    return [as_granted(platform.slug, walk.environment, each) for each in grants]


async def _reconnect(state: State, actor: Actor, platform: Platform, walk: Walk, granted: Sequence[Granted], now: datetime) -> Connected:
    """Only the account that it was about: the same row, with everything that is scheduled on it."""
    account = await _account(state, actor, walk.reconnects)
    assert account is not None
    same = [each for each in granted if (each.platform_user_id, each.host) == (account.platform_user_id, account.host)]
    if not same:
        others = ", ".join(each.handle for each in granted[:3])
        message = (
            f"This was to connect {account.handle or account.name} again, and {platform.name} signed you in as {others}. Nothing changed. "
            f"Sign in there as {account.handle or account.name} and reconnect, or connect {others} as a further account."
        )
        raise Conflict(message, field="account", rule="another_account")
    return Connected(platform, await _save(state, actor, same, now), again=True)


async def _save(state: State, actor: Actor, granted: Sequence[Granted], now: datetime) -> tuple[UUID, ...]:
    async with transaction(state.pool, actor) as db:
        return tuple(await save_accounts(db, actor, granted, state.box, now))


# Small things


def _verifier_of(state: str) -> str:
    return f"connect_walks:verifier:{token_hash(state).hex()}"


def _offer_of(walk: UUID) -> str:
    return f"connect_walks:offer:{walk}"


def _packed(granted: Sequence[Granted]) -> str:
    return json.dumps([{**asdict(each), "profile": dict(each.profile)} for each in granted])


def _unpacked(text: str) -> tuple[Granted, ...]:
    found: list[Mapping[str, object]] = json.loads(text)
    return tuple(Granted(**each) for each in found)  # type: ignore[arg-type]
