"""Connecting accounts: the platform grants tokens, and they are stored sealed.

The sandbox grants a pre-authorised fictional account per platform. Live platforms grant theirs
through OAuth, which ends in the same `Granted` and the same `save_accounts`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx2

from postwright.connections import store
from postwright.connections.credentials import moment, seal_context
from postwright.connections.models import Granted
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import InvalidInput, Unavailable
from postwright.kit.crypto import Box
from postwright.platforms import registry
from postwright.platforms.auth import Grant, Renews

_TIMEOUT = 10.0  # seconds; the sandbox is on this machine


async def fetch_sandbox_accounts(
    sandbox_url: str | None,
    key: str,
    workspace: UUID,
    platforms: Sequence[str] | None = None,
    *,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> list[Granted]:
    """Asks the sandbox for its accounts of a workspace; asking again gives the same ones with fresh tokens.
    None: of the usual platforms.

    Talks to the network: call it outside a transaction. Raises InvalidInput for an unknown platform,
    Unavailable when no sandbox runs.
    """
    if sandbox_url is None:
        raise Unavailable("No sandbox is running here. Start Postwright with `postwright up` and try again.", rule="sandbox")
    wanted = [registry.get(registry.resolve_alias(each)).slug for each in (registry.usual() if platforms is None else platforms)]
    if not wanted:
        raise InvalidInput("Name at least one platform.", field="platforms", rule="not_empty")
    body = {"workspace": str(workspace), "platforms": list(dict.fromkeys(wanted))}
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT, transport=transport, trust_env=False) as http:  # no proxy leads to this machine
            answer = await http.post(f"{sandbox_url}/_sandbox/accounts", json=body, headers={"X-Sandbox-Key": key})
            answer.raise_for_status()
            return [_granted(each) for each in answer.json()["accounts"]]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("The sandbox does not answer as it should. Nothing was saved; look at its log.", rule="sandbox") from error


async def save_accounts(db: Conn, actor: Actor, granted: Sequence[Granted], box: Box, now: datetime) -> list[UUID]:
    """Stores granted accounts with sealed tokens; one that is there already gets the new tokens. Their ids, in order."""
    position, grants = await store.next_position(db, actor.home), defaultdict[str, UUID](uuid4)
    return [
        await _save(db, actor.home, each, grants[each.refresh_token or each.access_token], box, now, position + number)
        for number, each in enumerate(granted)
    ]


async def _save(db: Conn, workspace: UUID, granted: Granted, grant: UUID, box: Box, now: datetime, position: int) -> UUID:
    context = seal_context(workspace, granted.platform, granted.platform_user_id, granted.host)
    saved = await store.save_account(
        db,
        workspace,
        granted,
        access_token=box.seal(granted.access_token, f"{context}:access"),
        grant=grant,
        token_expires_at=moment(now, granted.expires_in),
        position=position,
        renewable=renewable(granted),
        now=now,
    )
    if granted.refresh_token:  # some platforms tell it only the first time: the one that is kept stays
        sealed = box.seal(granted.refresh_token, f"{context}:refresh")
        await store.keep_refresh_token(db, workspace, saved, sealed, moment(now, granted.refresh_expires_in))
    return saved


def renewable(granted: Granted) -> bool:
    """Whether its tokens can be renewed without a person."""
    platform = registry.get(granted.platform)
    way = platform.oauth or platform.keys
    if not isinstance(way, Renews) or way.renew_before is None:
        return False
    return granted.refresh_token is not None or not way.by_refresh_token


def as_granted(platform: str, environment: str, grant: Grant) -> Granted:
    """What a platform granted, as an account of ours. In the sandbox pictures are shown by us: its address is not for browsers."""
    picture = avatar_path(grant.platform_user_id) if environment == "sandbox" and grant.avatar_url else grant.avatar_url
    return Granted(
        platform=platform, platform_user_id=grant.platform_user_id, environment=environment, handle=grant.handle,
        display_name=grant.display_name, access_token=grant.access_token, refresh_token=grant.refresh_token,
        expires_in=grant.expires_in, scope=grant.scope, host=grant.host, avatar_url=picture,
        profile={name: value for name, value in grant.profile.items() if value is not None},
        refresh_expires_in=grant.refresh_expires_in,
    )  # fmt: skip


def avatar_path(platform_user_id: str) -> str:
    """Where the web shows a sandbox account's picture. The sandbox's own address is not for browsers, and its port changes."""
    return f"/sandbox/avatars/{quote(str(platform_user_id), safe=':')}.svg"


def _granted(said: dict[str, Any]) -> Granted:
    return Granted(
        platform=said["platform"],
        platform_user_id=str(said["platform_user_id"]),
        environment="sandbox",
        handle=said["handle"],
        display_name=said["display_name"],
        access_token=said["access_token"],
        refresh_token=said.get("refresh_token"),
        expires_in=said.get("expires_in"),
        scope=said.get("scope"),
        host=said.get("host"),
        avatar_url=avatar_path(said["platform_user_id"]) if said.get("avatar_url") else None,
        profile=said.get("profile") or {},
    )
