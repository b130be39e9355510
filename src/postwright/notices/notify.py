"""Tells members of a workspace what concerns them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from postwright.db.queries import Conn
from postwright.notices import store
from postwright.notices.models import Kind


async def notify(
    db: Conn,
    *,
    workspace: UUID,
    users: Sequence[UUID],
    kind: str,
    title: str,
    body: str | None = None,
    link: str | None = None,
    incident: str | None = None,
) -> int:
    """How many were told: who is no member of the workspace (any more) is passed over.

    `link` is an address of this site. `incident` names what it is about: while its notice is unread, the same again
    is counted and raises no other. Raises ValueError on a kind that is none.
    """
    return await store.notify(db, workspace, users, kind=Kind(kind), title=title, body=body, link=link, incident=incident)
