"""A post's figures, as people and programs read them."""

from __future__ import annotations

from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import NotFound
from postwright.insight import store
from postwright.insight.models import PostMetrics
from postwright.publishing.unread import read_unread


async def read_post(db: Conn, actor: Actor, item_id: UUID) -> PostMetrics:
    """The latest totals and the days. Empty while the post is not out or nothing was told. Raises NotFound."""
    found = await store.latest(db, actor.home, item_id)
    if found is None:
        raise NotFound("There is no such post.")
    days = await store.days(db, actor.home, found.id) if found.id else []
    unread = read_unread(found.metadata)
    return PostMetrics(item_id, bool(found.simulated), found.metrics or {}, found.metrics_collected_at, found.published_at, days, unread)
