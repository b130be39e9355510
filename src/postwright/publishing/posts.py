"""The read model of posts: lists by tab, and one post with its whole story."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.paging import Page
from postwright.publishing.models import Attempt, Content, PostDetail, PostFilter, PostRow, PostState, Sort, Tab, TimelineEntry

__all__ = ["Attempt", "Content", "PostDetail", "PostFilter", "PostRow", "PostState", "Sort", "Tab", "TimelineEntry",
           "get_post", "list_posts", "rows_by_id", "tab_counts"]  # fmt: skip


async def list_posts(
    db: Conn, actor: Actor, wanted: PostFilter, *, now: datetime, sort: Sort | None = None, after: str | None = None, limit: int = 50
) -> Page[PostRow]:
    """A page of posts, each once, in the tab's own order unless `sort` says otherwise. Raises InvalidInput on a bad cursor."""
    raise NotImplementedError


async def rows_by_id(db: Conn, actor: Actor, ids: list[UUID], *, now: datetime) -> list[PostRow]:
    """The rows of some posts, in the order of `ids`; what is not the caller's is left out."""
    raise NotImplementedError


async def get_post(db: Conn, actor: Actor, item_id: UUID, *, now: datetime) -> PostDetail:
    """One post. Raises NotFound."""
    raise NotImplementedError


async def tab_counts(db: Conn, actor: Actor, *, now: datetime) -> Mapping[Tab, int]:
    """How many posts each tab holds; drafts included."""
    raise NotImplementedError
