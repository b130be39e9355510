"""One typed function per query."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postwright.connections.models import AccountRow, AppRow, Granted, OfferRow, SealedAccount, Standing, Walk
from postwright.db.queries import Conn, load
from postwright.kit.crypto import Box
from postwright.platforms.account import Profile
from postwright.platforms.auth import App
from postwright.platforms.registry import REGISTRY, face_of

_sql = load(__package__)


async def list_accounts(db: Conn, workspace: UUID, ids: Sequence[UUID] | None = None) -> list[AccountRow]:
    return await _sql["list_accounts"].rows(db, AccountRow, workspace=workspace, ids=None if ids is None else list(ids))


async def next_position(db: Conn, workspace: UUID) -> int:
    return int(await _sql["next_position"].value(db, workspace=workspace))


async def save_account(
    db: Conn,
    workspace: UUID,
    granted: Granted,
    *,
    access_token: str,
    grant: UUID,
    token_expires_at: datetime | None,
    position: int,
    renewable: bool,
    now: datetime,
) -> UUID:
    made: UUID = await _sql["save_account"].value(
        db,
        workspace=workspace,
        platform=granted.platform,
        platform_user_id=granted.platform_user_id,
        environment=granted.environment,
        host=granted.host,
        handle=granted.handle,
        display_name=granted.display_name,
        avatar_url=granted.avatar_url,
        access_token=access_token,
        grant=grant,
        token_expires_at=token_expires_at,
        scope=granted.scope,
        profile=json.dumps(dict(granted.profile)),
        position=position,
        renewable=renewable,
        now=now,
    )
    return made


async def keep_refresh_token(db: Conn, workspace: UUID, connection_id: UUID, refresh_token: str, expires_at: datetime | None) -> None:
    await _sql["keep_refresh_token"].run(db, workspace=workspace, id=connection_id, refresh_token=refresh_token, expires_at=expires_at)


async def lock_account(db: Conn, workspace: UUID, connection_id: UUID) -> bool:
    return await _sql["lock_account"].value(db, workspace=workspace, id=connection_id) is not None


async def set_paused(db: Conn, workspace: UUID, connection_id: UUID, paused_at: datetime | None) -> int:
    return await _sql["set_paused"].run(db, workspace=workspace, id=connection_id, paused_at=paused_at)


async def set_timezone(db: Conn, workspace: UUID, connection_id: UUID, timezone: str | None) -> int:
    return await _sql["set_timezone"].run(db, workspace=workspace, id=connection_id, timezone=timezone)


async def sealed_account(db: Conn, workspace: UUID, connection_id: UUID) -> SealedAccount | None:
    return await _sql["sealed_account"].one(db, SealedAccount, workspace=workspace, id=connection_id)


async def grant_stands(db: Conn, workspace: UUID, connection_id: UUID) -> bool:
    """Whether another connected account, of any workspace, needs what was granted for this one. Runs as service_role."""
    together = [slug for slug in REGISTRY if face_of(slug).grants_end_together]
    return bool(await _sql["grant_stands"].value(db, workspace=workspace, id=connection_id, together=together))


async def held_account(db: Conn, workspace: UUID, connection_id: UUID) -> SealedAccount | None:
    return await _sql["held_account"].one(db, SealedAccount, workspace=workspace, id=connection_id)


async def keep_tokens(
    db: Conn,
    workspace: UUID,
    connection_id: UUID,
    *,
    was: str,
    access_token: str,
    refresh_token: str | None,
    token_expires_at: datetime | None,
    refresh_expires_at: datetime | None,
    now: datetime,
) -> bool:
    touched = await _sql["keep_tokens"].run(
        db,
        workspace=workspace,
        id=connection_id,
        was=was,
        access_token=access_token,
        refresh_token=refresh_token,
        token_expires_at=token_expires_at,
        refresh_expires_at=refresh_expires_at,
        now=now,
    )
    return touched == 1


async def set_positions(db: Conn, workspace: UUID, ids: Sequence[UUID]) -> int:
    return await _sql["set_positions"].run(db, workspace=workspace, ids=list(ids))


# Renewing


@dataclass(frozen=True, slots=True)
class Due:
    """An account whose tokens end soon."""

    workspace_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Leaving:
    """A disconnected account whose access is still to be taken back."""

    workspace_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Ending:
    """An account that a person must connect again within a week, and who can."""

    workspace_id: UUID
    id: UUID
    platform: str
    handle: str
    ends_at: datetime
    users: Sequence[UUID]


async def begin_renewal(db: Conn, workspace: UUID, connection_id: UUID, *, now: datetime, until: datetime) -> bool:
    return await _sql["begin_renewal"].value(db, workspace=workspace, id=connection_id, now=now, until=until) is not None


async def end_renewal(db: Conn, workspace: UUID, connection_id: UUID) -> None:
    await _sql["end_renewal"].run(db, workspace=workspace, id=connection_id)


async def due_for_renewal(db: Conn, leads: Mapping[str, timedelta], now: datetime, limit: int) -> list[Due]:
    return await _sql["due_for_renewal"].rows(db, Due, platforms=list(leads), leads=list(leads.values()), now=now, limit=limit)


async def put_off_renewal(db: Conn, workspace: UUID, connection_id: UUID, now: datetime) -> None:
    await _sql["put_off_renewal"].run(db, workspace=workspace, id=connection_id, now=now)


async def mark_reconnect(db: Conn, workspace: UUID, connection_id: UUID, *, was: str, message: str) -> bool:
    return bool(await _sql["mark_reconnect"].run(db, workspace=workspace, id=connection_id, was=was, message=message))


async def mark_suspended(db: Conn, workspace: UUID, connection_id: UUID, *, was: str, message: str, now: datetime) -> bool:
    return bool(await _sql["mark_suspended"].run(db, workspace=workspace, id=connection_id, was=was, message=message, now=now))


async def try_again(db: Conn, workspace: UUID, connection_id: UUID) -> bool:
    return bool(await _sql["try_again"].run(db, workspace=workspace, id=connection_id))


async def keep_profile(db: Conn, workspace: UUID, connection_id: UUID, profile: Profile) -> None:
    await _sql["keep_profile"].run(
        db, workspace=workspace, id=connection_id, handle=profile.handle, display_name=profile.display_name,
        avatar_url=profile.avatar_url, followers=profile.figures.get("followers"),
    )  # fmt: skip


async def due_for_naming(db: Conn, platforms: Sequence[str], now: datetime, limit: int) -> list[Due]:
    return await _sql["due_for_naming"].rows(db, Due, platforms=list(platforms), now=now, limit=limit)


async def note_named(db: Conn, workspace: UUID, connection_id: UUID, now: datetime) -> None:
    await _sql["note_named"].run(db, workspace=workspace, id=connection_id, now=now)


async def mark_unreachable(db: Conn, workspace: UUID, connection_id: UUID, message: str) -> None:
    await _sql["mark_unreachable"].run(db, workspace=workspace, id=connection_id, message=message)


async def warn_of_ending(db: Conn, now: datetime) -> list[Ending]:
    return await _sql["warn_of_ending"].rows(db, Ending, now=now)


# Disconnecting


async def standing(db: Conn, workspace: UUID, connection_id: UUID) -> Standing:
    found = await _sql["standing"].one(db, Standing, workspace=workspace, id=connection_id)
    assert found is not None  # an aggregate is always one row
    return found


async def disconnect(db: Conn, workspace: UUID, connection_id: UUID) -> bool:
    return bool(await _sql["disconnect"].run(db, workspace=workspace, id=connection_id))


async def cancel_scheduled_of(db: Conn, workspace: UUID, connection_id: UUID, *, planned: bool) -> int:
    return await _sql["cancel_scheduled_of"].run(db, workspace=workspace, id=connection_id, planned=planned)


async def leave_planned_of(db: Conn, workspace: UUID, connection_id: UUID) -> int:
    return await _sql["leave_planned_of"].run(db, workspace=workspace, id=connection_id)


async def enqueue_revoking(db: Conn, workspace: UUID, connection_id: UUID) -> None:
    await _sql["enqueue_revoking"].value(db, workspace=workspace, id=connection_id)


async def left_to_revoke(db: Conn, before: datetime, limit: int) -> list[Leaving]:
    return await _sql["left_to_revoke"].rows(db, Leaving, before=before, limit=limit)


async def leaving_since(db: Conn, workspace: UUID, connection_id: UUID) -> datetime | None:
    since: datetime | None = await _sql["leaving_since"].value(db, workspace=workspace, id=connection_id)
    return since


async def forget_tokens(db: Conn, workspace: UUID, connection_id: UUID, nothing: str) -> bool:
    return bool(await _sql["forget_tokens"].run(db, workspace=workspace, id=connection_id, nothing=nothing))


# Apps and walks, by the closed list of app_auth


def app_context(platform: str, host: str) -> str:
    """What an app's secret is bound to."""
    return f"platform_apps:{platform}:{host}"


@dataclass(frozen=True, slots=True)
class _SealedApp:
    client_id: str
    client_secret: str | None
    extra_scopes: Sequence[str]

    def opened(self, platform: str, host: str, box: Box) -> App:
        secret = box.open(self.client_secret, app_context(platform, host)) if self.client_secret else None
        return App(self.client_id, secret, tuple(self.extra_scopes))

    def __repr__(self) -> str:
        return f"_SealedApp({self.client_id})"


async def app(db: Conn, platform: str, host: str, redirect: str | None, box: Box) -> App | None:
    found = await _sql["app"].one(db, _SealedApp, platform=platform, host=host, redirect=redirect)
    return found.opened(platform, host, box) if found else None


async def app_for_worker(db: Conn, platform: str, host: str, box: Box) -> App | None:
    found = await _sql["app_for_worker"].one(db, _SealedApp, platform=platform, host=host)
    return found.opened(platform, host, box) if found else None


async def platforms_with_app(db: Conn) -> list[str]:
    return await _sql["platforms_with_app"].values(db)


async def apps(db: Conn, who: UUID) -> list[AppRow]:
    return await _sql["apps"].rows(db, AppRow, who=who)


async def keep_app(db: Conn, who: UUID, platform: str, client_id: str, sealed: str | None, extra: Sequence[str], review: str) -> None:
    await _sql["keep_app"].value(db, who=who, platform=platform, client_id=client_id, sealed=sealed, extra=list(extra), review=str(review))


async def note_app(db: Conn, who: UUID, platform: str, at: datetime, said: str | None) -> None:
    await _sql["note_app"].value(db, who=who, platform=platform, at=at, said=said)


@dataclass(frozen=True, slots=True)
class Tried:
    """Whether a platform was asked about its app, and what it said against it."""

    tried_at: datetime | None
    trouble: str | None


async def app_trouble(db: Conn, platform: str, client_id: str) -> Tried | None:
    """None: the app is not one that is written down."""
    return await _sql["app_trouble"].one(db, Tried, platform=platform, client_id=client_id)


async def note_untried_app(db: Conn, platform: str, client_id: str, at: datetime, said: str | None) -> None:
    await _sql["note_untried_app"].value(db, platform=platform, client_id=client_id, at=at, said=said)


async def forget_app(db: Conn, who: UUID, platform: str) -> bool:
    return bool(await _sql["forget_app"].value(db, who=who, platform=platform))


async def keep_server_app(db: Conn, platform: str, host: str, client_id: str, sealed: str | None, redirect: str) -> None:
    await _sql["keep_server_app"].value(db, platform=platform, host=host, client_id=client_id, sealed=sealed, redirect=redirect)


async def begin_walk(
    db: Conn, *, state: bytes, workspace: UUID, session: UUID, platform: str, host: str | None, environment: str, redirect_uri: str,
    verifier: str, reconnects: UUID | None, expires: datetime,
) -> UUID:  # fmt: skip
    made: UUID = await _sql["begin_walk"].value(
        db, state=state, workspace=workspace, session=session, platform=platform, host=host, environment=environment,
        redirect_uri=redirect_uri, verifier=verifier, reconnects=reconnects, expires=expires,
    )  # fmt: skip
    return made


async def spend_walk(db: Conn, *, state: bytes, session: UUID, at: datetime) -> Walk:
    found = await _sql["spend_walk"].one(db, Walk, state=state, session=session, at=at)
    assert found is not None  # it always says something
    return found


async def keep_offer(db: Conn, walk: UUID, session: UUID, offered: str | None) -> bool:
    return bool(await _sql["keep_offer"].value(db, walk=walk, session=session, offered=offered))


async def offer(db: Conn, walk: UUID, session: UUID, at: datetime) -> OfferRow | None:
    return await _sql["offer"].one(db, OfferRow, walk=walk, session=session, at=at)


# Rotation of keys


@dataclass(frozen=True, slots=True)
class SealedTokens:
    """An account's sealed tokens, and what they are bound to."""

    id: UUID
    workspace_id: UUID
    platform: str
    platform_user_id: str
    host: str | None
    access_token: str
    refresh_token: str | None

    def __repr__(self) -> str:
        return f"SealedTokens({self.id})"


@dataclass(frozen=True, slots=True)
class _SealedSecret:
    platform: str
    host: str
    client_secret: str

    def __repr__(self) -> str:
        return f"_SealedSecret({self.platform})"


async def stale_accounts(db: Conn, box: Box, *, after: UUID, limit: int) -> list[SealedTokens]:
    return await _sql["stale_accounts"].rows(db, SealedTokens, present=box.mark() + "%", after=after, limit=limit)


async def say_resealing(db: Conn) -> None:
    await _sql["say_resealing"].value(db)


async def reseal_account(db: Conn, row: SealedTokens, *, access_token: str, refresh_token: str | None) -> None:
    await _sql["reseal_account"].run(db, workspace=row.workspace_id, id=row.id, access_token=access_token, refresh_token=refresh_token)


async def reseal_apps(db: Conn, box: Box) -> int:
    stale = [each for each in await _sql["sealed_apps"].rows(db, _SealedSecret) if box.stale(each.client_secret)]
    for each in stale:
        context = app_context(each.platform, each.host)
        sealed = box.seal(box.open(each.client_secret, context), context)
        await _sql["reseal_app"].value(db, platform=each.platform, host=each.host, was=each.client_secret, sealed=sealed)
    return len(stale)


async def has_stale_apps(db: Conn, box: Box) -> bool:
    return any(box.stale(each.client_secret) for each in await _sql["sealed_apps"].rows(db, _SealedSecret))


async def note_answered(db_service: Conn, accounts: Collection[tuple[UUID, UUID]], *, now: datetime, before: datetime) -> None:
    """`accounts` by workspace and id."""
    told = sorted(set(accounts))
    await _sql["note_answered"].run(
        db_service, workspaces=[workspace for workspace, _ in told], ids=[account for _, account in told], now=now, before=before
    )
