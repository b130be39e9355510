"""Under which id a platform knows the post at a link that a person gave: figures, the first comment and deleting need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import structlog

from postwright.connections.at_platform import at_platform
from postwright.db.queries import Conn, load
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.errors import PostwrightError
from postwright.platforms import registry
from postwright.platforms.account import Account
from postwright.platforms.errors import PlatformError

log = structlog.get_logger()
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class _Owner:
    platform: str
    platform_user_id: str
    handle: str | None
    host: str | None
    profile: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Nameless:
    workspace_id: UUID
    id: UUID
    connection_id: UUID
    url: str


async def id_at(db: Conn, workspace: UUID, connection: UUID | None, link: str) -> str | None:
    """The id, where the link carries it and the post is the account's own."""
    owner = await _sql["owner_of_link"].one(db, _Owner, workspace=workspace, connection=connection)
    platform = registry.REGISTRY.get(owner.platform) if owner is not None else None
    if owner is None or platform is None or platform.post_at is None:
        return None
    return platform.post_at(Account(owner.platform_user_id, owner.handle or "", owner.host, owner.profile), link)


async def name_posts(state: State) -> None:
    """Asks the platforms whose links do not carry it; a post that is not listed is asked for again while it is young."""
    asking = [slug for slug, platform in registry.REGISTRY.items() if platform.find_link is not None]
    async with transaction(state.pool, SERVICE) as db:
        waiting = await _sql["nameless_posts"].rows(db, _Nameless, platforms=asking)
    for each in waiting:
        try:
            await _name(state, each)
        except (PlatformError, PostwrightError, TimeoutError, psycopg.errors.UniqueViolation) as wrong:
            log.warning("a confirmed post was not found by its link", post=str(each.id), error=type(wrong).__name__)


async def _name(state: State, post: _Nameless) -> None:
    async with at_platform(state, post.workspace_id, post.connection_id) as there:
        assert there.platform.find_link is not None
        found = await there.platform.find_link(there.http, there.account, there.credentials, post.url)
    if found is not None:
        async with transaction(state.pool, SERVICE) as db:
            await _sql["name_post"].run(db, workspace=post.workspace_id, post=post.id, remote_id=found)
