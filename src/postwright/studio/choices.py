"""What accounts may choose on their platforms: asked in the background, kept for some minutes, never waited for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from postwright.connections.at_platform import There, at_platform
from postwright.db.queries import Conn, load
from postwright.db.session import SERVICE, Actor, transaction
from postwright.edge.state import State
from postwright.errors import PostwrightError
from postwright.platforms import registry
from postwright.platforms.errors import PlatformError
from postwright.platforms.offers import Known
from postwright.studio.options import of_accounts

log = structlog.get_logger()

KEPT = timedelta(minutes=10)  # a platform may change its mind: older choices are asked for anew
PATIENCE = timedelta(minutes=1)  # a question that got no answer for so long is asked again
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class AccountKnown:
    """What is known of one account's choices."""

    connection_id: UUID
    platform: str
    profile: Mapping[str, Any] | None
    choices: Mapping[str, Any] | None
    told_at: datetime | None
    asked_at: datetime | None
    error: str | None

    def known(self) -> Known:
        return Known(self.profile or {}, self.choices or {}, self.told_at, self.error)

    def is_stale(self, now: datetime) -> bool:
        """Whether its platform is to be asked (again)."""
        platform = registry.REGISTRY[self.platform]
        if platform.choices is None and platform.server is None:
            return False
        fresh = self.told_at is not None and self.error is None and now - self.told_at < KEPT
        return not fresh and (self.asked_at is None or now - self.asked_at > PATIENCE)


async def known_of(db: Conn, actor: Actor, ids: Sequence[UUID] | None = None) -> list[AccountKnown]:
    """One for each usable account whose platform this release knows, in their people's order; all accounts, or these."""
    rows = await _sql["account_choices"].rows(db, AccountKnown, workspace=actor.home, ids=None if ids is None else list(ids))
    return [each for each in rows if each.platform in registry.REGISTRY]


def by_platform(accounts: Iterable[AccountKnown]) -> dict[str, Known]:
    """What holds for a variant, which may go to every account of its platform."""
    found: dict[str, list[Known]] = {}
    for each in accounts:
        found.setdefault(each.platform, []).append(each.known())
    return {slug: of_accounts(known) for slug, known in found.items()}


async def ask_stale(db: Conn, actor: Actor, accounts: Iterable[AccountKnown], now: datetime) -> list[UUID]:
    """Has the platforms of these accounts asked where their answers are old; which."""
    wanted = [each.connection_id for each in accounts if each.is_stale(now)]
    if wanted:
        await _sql["enqueue_choices"].value(db, workspace=actor.home, ids=wanted)
    return wanted


async def ask_platforms(state: State, workspace: UUID, ids: Sequence[UUID]) -> None:
    """Asks each account's platform and keeps what it says. For a job: no transaction is open during a call."""
    for each in ids:
        await _ask(state, workspace, each)


async def _ask(state: State, workspace: UUID, connection: UUID) -> None:
    now, server, told, error = state.clock(), None, None, None
    try:
        async with at_platform(state, workspace, connection) as there:
            server, told = await _told(there)
    except (PlatformError, PostwrightError) as wrong:
        error = wrong.message
        log.warning("choices not told", connection=str(connection), error=type(wrong).__name__)
    async with transaction(state.pool, SERVICE) as db:
        if server:
            await _sql["keep_server"].run(db, workspace=workspace, connection=connection, server=Jsonb(server))
        await _sql["keep_choices"].run(
            db, workspace=workspace, connection=connection, choices=None if told is None else Jsonb(told), now=now, error=error
        )


async def _told(there: There) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What the account's server takes, and what the account may choose; None where its platform tells no such thing."""
    arguments = (there.http, there.account, there.credentials)
    server = None if there.platform.server is None else dict(await there.platform.server(*arguments))
    if there.platform.choices is not None:
        return server, dict(await there.platform.choices(*arguments))
    return server, None if server is None else {}
