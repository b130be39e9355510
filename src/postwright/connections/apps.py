"""The operator's registrations at the platforms: kept sealed, given by the environment, or the sandbox's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from postwright.connections import store
from postwright.connections.models import AppRow, Review
from postwright.db.queries import Conn
from postwright.db.session import Actor, transaction
from postwright.edge.callers import Caller
from postwright.edge.state import State
from postwright.errors import Forbidden, InvalidInput, PostwrightError, Unavailable
from postwright.kit.http import make_client
from postwright.platforms import registry
from postwright.platforms.auth import App, Authorizes
from postwright.platforms.base import Platform
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AppWish:
    """What an operator writes down of an app. No secret: the one that is kept stays, unless it is another app's."""

    client_id: str
    client_secret: str | None = None
    organisations: bool = False
    review: Review = Review.UNKNOWN

    def __repr__(self) -> str:
        return f"AppWish({self.client_id})"


@asynccontextmanager
async def closed(state: State, actor: Actor) -> AsyncIterator[Conn]:
    """A transaction as app_auth, which alone reaches apps and walks."""
    async with transaction(state.pool, replace(actor, role="app_auth")) as db:
        yield db


async def app_of(
    db_closed: Conn, state: State, platform: Platform, environment: str, host: str | None = None, redirect: str | None = None
) -> App | None:
    """The app by which accounts of a platform are connected; None where there is none yet. On one of many servers: none that was
    registered for another address than `redirect`."""
    if environment == "sandbox":
        return App(f"sandbox-{platform.slug}", "sandbox-secret")
    if given := _given(state, platform):
        return given
    return await store.app(db_closed, platform.slug, host or "", redirect if host else None, state.box)


async def app_for_worker(db_service: Conn, state: State, platform: Platform, environment: str, host: str | None) -> App | None:
    """The same for renewing: runs as service_role."""
    if environment == "sandbox" or _given(state, platform):
        return await app_of(db_service, state, platform, environment, host)
    return await store.app_for_worker(db_service, platform.slug, host or "" if platform.registers else "", state.box)


async def ready(db_closed: Conn, state: State) -> frozenset[str]:
    """The platforms whose live accounts can be connected by OAuth: those with an app, and those that give each server its own."""
    kept = await store.platforms_with_app(db_closed)
    many = {slug for slug, each in registry.REGISTRY.items() if each.registers}
    return frozenset({*kept, *state.settings.platform_apps, *many})


async def list_apps(db_closed: Conn, state: State, caller: Caller) -> Mapping[str, AppRow]:
    """What is written down, by platform. What the environment gives wins. Raises Forbidden."""
    _need_operator(caller)
    found = {row.platform: row for row in await store.apps(db_closed, caller.user_id)}
    for slug, (client_id, secret) in state.settings.platform_apps.items():
        known = found.get(slug)
        review = known.review if known else Review.UNKNOWN
        found[slug] = AppRow(slug, client_id, secret is not None, (), review, None, None, None, None, by_environment=True)
    return found


async def keep_app(db_closed: Conn, state: State, caller: Caller, slug: str, wish: AppWish) -> None:
    """Writes an app down. Raises Forbidden, InvalidInput that names the field."""
    _need_operator(caller)
    platform = _with_oauth(slug)
    if slug in state.settings.platform_apps:
        raise InvalidInput(f"{platform.name}'s app is given by the environment of this server: change it there.", rule="by_environment")
    client_id = wish.client_id.strip()
    if not client_id or any(character.isspace() for character in client_id):
        raise InvalidInput("The client id is empty or has a space in it: copy it again, whole.", field="client_id", rule="not_blank")
    secret = (wish.client_secret or "").strip() or None
    sealed = state.box.seal(secret, store.app_context(slug, "")) if secret else None
    more = platform.face.app.more if platform.face.app and wish.organisations else None
    await store.keep_app(db_closed, caller.user_id, slug, client_id, sealed, more.scopes if more else (), wish.review)
    log.info("platform app written down", platform=slug, by=str(caller.user_id))


async def forget_app(db_closed: Conn, caller: Caller, slug: str) -> bool:
    """Forgets an app: accounts that it connected can no longer be renewed by it. False when there was none."""
    _need_operator(caller)
    log.info("platform app forgotten", platform=slug, by=str(caller.user_id))
    return await store.forget_app(db_closed, caller.user_id, slug)


async def try_app(state: State, actor: Actor, caller: Caller, slug: str, *, now: datetime) -> str | None:
    """Asks the platform whether it knows the app: what it said against it, None when it does. Talks to the network, so it
    opens its own transactions. Raises Forbidden, InvalidInput where there is no app, Unavailable."""
    _need_operator(caller)
    platform = _with_oauth(slug)
    async with closed(state, actor) as db:
        app = await app_of(db, state, platform, "live")
    if app is None:
        raise InvalidInput(f"There is no app for {platform.name} yet: write its client id down first.", field="client_id", rule="required")
    trouble = await _trouble(platform, app)
    async with closed(state, actor) as db:
        await store.note_app(db, caller.user_id, slug, now, trouble)
    return trouble


async def must_be_known(state: State, actor: Actor, platform: Platform, app: App, *, now: datetime) -> None:
    """Before somebody is sent off by it: an app that is written down and was never tried is tried now, once. One that the environment
    gives, or whose platform does not answer, is taken as it is. Raises InvalidInput for one that its platform does not accept."""
    async with closed(state, actor) as db:
        told = await store.app_trouble(db, platform.slug, app.client_id)
    if told is None or _given(state, platform):
        return
    trouble = told.trouble
    if told.tried_at is None:
        try:
            trouble = await _trouble(platform, app)
        except Unavailable:
            return
        async with closed(state, actor) as db:
            await store.note_untried_app(db, platform.slug, app.client_id, now, trouble)
    if trouble is not None:
        message = (
            f"{platform.name} does not accept this server's app: {trouble.rstrip('.')}. Whoever runs this server mends it under "
            "Accounts > Platform apps; nothing was connected."
        )
        raise InvalidInput(message, field="platform", rule="bad_app")


async def _trouble(platform: Platform, app: App) -> str | None:
    assert platform.oauth is not None
    try:
        async with make_client(sandbox_url=None) as http:
            await platform.oauth.try_app(http, app)
    except Rejected as refused:
        return refused.message
    except PlatformError as error:
        raise Unavailable(f"{platform.name} did not say whether it knows the app: {error.message}. Try again.", rule="platform") from error
    return None


def oauth_of(platform: Platform) -> Authorizes:
    """How people allow it there. Raises InvalidInput where accounts are connected by keys."""
    if platform.oauth is None:
        message = f"{platform.name} accounts are connected by what you type, not on a page of theirs."
        raise InvalidInput(message, field="platform", rule="keys")
    return platform.oauth


def as_input_error(error: PlatformError, name: str) -> PostwrightError:
    """What a platform said while an account was connected, for whoever connects it."""
    if isinstance(error, Rejected):
        return InvalidInput(f"{error.message}. Nothing was saved.", field=error.field, rule=error.rule)
    if isinstance(error, ReauthRequired):
        message = f"{name} says that its answer was used already or came too late. Nothing was saved; connect again."
        return InvalidInput(message, rule="code")
    return Unavailable(f"{error.message}. Nothing was saved; try again in a moment.", rule="platform")


def _with_oauth(slug: str) -> Platform:
    platform = registry.get(slug)
    if platform.registers:
        raise InvalidInput(f"{platform.name} needs no app: Postwright registers one on each server.", field="platform", rule="known")
    oauth_of(platform)
    return platform


def _given(state: State, platform: Platform) -> App | None:
    """By the environment; never for many servers, each of which would learn the secret."""
    given = state.settings.platform_apps.get(platform.slug)
    return App(*given) if given and not platform.registers else None


def _need_operator(caller: Caller) -> None:
    if not caller.operator or caller.key is not None:
        raise Forbidden("Only who runs this server may do this.", rule="operator")
