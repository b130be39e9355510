"""What a browser hears: a notice only in the windows of whom it concerns, a comment in those of the workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from postwright.db.bootstrap import Dsns
from postwright.edge.events import EventHub
from tests.cast import Cast, acting, serving
from tests.notices.door import add_draft

pytestmark = pytest.mark.anyio

Queue = asyncio.Queue[tuple[str, dict[str, Any]]]


@pytest.fixture
async def hub(database: Dsns) -> AsyncIterator[EventHub]:
    made = EventHub(database.api)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def heard(queue: Queue, kind: str) -> dict[str, Any]:
    """The next event of that kind."""
    async with asyncio.timeout(10):
        while True:
            got, data = await queue.get()
            if got == kind:
                return data


async def test_everybody_hears_what_concerns_them(hub: EventHub, owner_db, cast: Cast):
    async with (
        hub.subscribe(str(cast.workspace), cast.bob.id) as bob,
        hub.subscribe(str(cast.workspace), cast.vera.id) as vera,
        hub.subscribe(str(cast.elsewhere), cast.mallory.id) as mallory,
    ):
        await heard(bob, "refresh")  # the hub listens
        draft = add_draft(owner_db, cast.bob, cast.workspace)
        with serving(owner_db):
            owner_db.execute("select app.notify(%s, %s, 'comment', 'For Bob')", (cast.workspace, [cast.bob.id]))
        await heard(bob, "notice")
        with acting(owner_db, cast.bob, cast.workspace):
            owner_db.execute("insert into comments (workspace_id, adaptation_id, body) values (%s, %s, 'Hi')", (cast.workspace, draft))
        assert (await heard(bob, "comment"))["id"] == str(draft)
        said = []
        while not said or said[-1][0] != "comment":
            said.append(await asyncio.wait_for(vera.get(), 10))
        assert "notice" not in [kind for kind, _ in said]
        assert {kind for kind, _ in _all(mallory)} <= {"refresh"}


def _all(queue: Queue) -> list[tuple[str, dict[str, Any]]]:
    found = []
    while not queue.empty():
        found.append(queue.get_nowait())
    return found
