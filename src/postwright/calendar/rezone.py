"""Reads a workspace's posts at another wall clock, for a zone that was only guessed before anybody came."""

from __future__ import annotations

from uuid import UUID

from postwright.calendar import store
from postwright.db.queries import Conn
from postwright.kit.time import to_wall


async def read_in_zone(db: Conn, workspace: UUID, zone: str) -> None:
    """Every post keeps its moment and tells it in `zone`. Raises InvalidInput for a zone that is none."""
    for item_id, moment in await store.moments(db, workspace):
        wall, fold = to_wall(moment, zone)
        await store.read_in_zone(db, workspace, item_id, wall=wall, zone=zone, fold=fold)
