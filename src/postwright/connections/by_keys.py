"""Connecting by what a person types: an app password, a bot's token, the address of a webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from postwright.connections.accounts import get_account
from postwright.connections.apps import as_input_error
from postwright.connections.connect import as_granted, save_accounts
from postwright.connections.models import Granted
from postwright.connections.walk import Connected, environment_of
from postwright.db.queries import Conn
from postwright.db.session import Actor, transaction
from postwright.edge.callers import Caller
from postwright.edge.state import State
from postwright.errors import Conflict, InvalidInput, NotFound, Unavailable
from postwright.kit.http import guard_host, make_client
from postwright.platforms import registry
from postwright.platforms.auth import AcceptsKeys
from postwright.platforms.base import Platform
from postwright.platforms.errors import PlatformError

_LONGEST = 2_000  # characters of a field


async def try_keys(state: State, caller: Caller, slug: str, given: Mapping[str, str]) -> list[Granted]:
    """Tries what was typed at the platform. Talks to the network: call it outside a transaction.

    Raises InvalidInput that names the field, Unavailable.
    """
    platform, environment = registry.get(slug), environment_of(caller)
    keys = keys_of(platform)
    known = {field.name for field in keys.fields}
    if unknown := next((name for name in given if name not in known), None):
        raise InvalidInput(f"{platform.name} asks for {', '.join(sorted(known))}, not for {unknown[:40]!r}.", field="keys", rule="known")
    if too_long := next((name for name, value in given.items() if len(value) > _LONGEST), None):
        raise InvalidInput("This is longer than any platform's.", field=too_long, rule="max_length")
    if environment == "sandbox" and state.sandbox_url is None:
        raise Unavailable("No sandbox is running here. Start Postwright with `postwright up` and try again.", rule="sandbox")
    if environment == "live" and (host := given.get("host", "").strip().lower().removeprefix("https://").strip("/")):
        await guard_host(host)
    try:
        async with make_client(sandbox_url=state.sandbox_url if environment == "sandbox" else None, clock=state.clock) as http:
            grants = await keys.connect(http, given)
    except PlatformError as error:
        raise as_input_error(error, platform.name) from error
    return [as_granted(platform.slug, environment, each) for each in grants]


async def connect_by_keys(
    state: State, caller: Caller, actor: Actor, slug: str, given: Mapping[str, str], *, now: datetime, again: UUID | None = None
) -> Connected:
    """Tries what was typed, and stores the account. `again` names the one that is to be connected anew."""
    granted = await try_keys(state, caller, slug, given)
    async with transaction(state.pool, actor) as db:
        ids = await save_granted(db, actor, state, granted, now=now, again=again)
    return Connected(registry.get(slug), tuple(ids), again=again is not None)


async def save_granted(
    db: Conn, actor: Actor, state: State, granted: Sequence[Granted], *, now: datetime, again: UUID | None = None
) -> list[UUID]:
    """Stores what was tried; `again` names the account that it must be. Raises Conflict when it is another, NotFound."""
    if again is not None:
        account = await get_account(db, actor, again)
        granted = same_account(granted, account.platform_user_id, account.host, account.handle or account.name)
    return await save_accounts(db, actor, granted, state.box, now)


def same_account(granted: Sequence[Granted], user_id: str, host: str | None, name: str) -> list[Granted]:
    """Those that are this account. Raises Conflict when none is."""
    same = [each for each in granted if (each.platform_user_id, each.host) == (user_id, host)]
    if not same:
        others = ", ".join(each.handle for each in granted[:3])
        message = f"This was to connect {name} again, and what you typed is of {others}. Nothing changed."
        raise Conflict(message, field="account", rule="another_account")
    return same


def keys_of(platform: Platform) -> AcceptsKeys:
    """What is typed to connect there. Raises NotFound where accounts are allowed on the platform's own page."""
    if platform.keys is None:
        raise NotFound(f"{platform.name} accounts are connected on {platform.name}'s own page.", field="platform", rule="known")
    return platform.keys
