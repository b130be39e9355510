"""Times at the ends of the calendar are refused with a word, by the API and by the form."""

from __future__ import annotations

from pathlib import Path

import pytest

from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import Actor, Pool, transaction
from postwright.kit.crypto import Box
from tests.cast import Cast
from tests.pages.doors import open_door
from tests.studio.conftest import NOW, make_state

pytestmark = pytest.mark.anyio


async def test_a_post_does_not_move_to_the_end_of_time(api_pool: Pool, cast: Cast, tmp_path: Path) -> None:
    alice = Actor("authenticated", cast.alice.id, cast.workspace)
    async with transaction(api_pool, alice) as db:
        await save_accounts(db, alice, [Granted("x", "42", "sandbox", "acme", "Acme", "token")], Box.from_key(b"k" * 32), NOW)
    async with open_door(make_state(api_pool, tmp_path), cast, cast.bob) as bob:
        draft = (await bob("POST", "/api/v1/drafts", json={"idea": "One idea.", "platforms": ["x"]})).json()["id"]
        post = (await bob("POST", f"/api/v1/drafts/{draft}/plan")).json()["items"][0]["item_id"]
        for wall in ("9999-12-31T23:59:59", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"):
            for zone in ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"):
                moved = await bob("PATCH", f"/api/v1/posts/{post}", json={"wall_time": wall, "timezone": zone, "anyway": True})
                assert (moved.status_code, moved.json()["field"]) == (422, "wall_time"), (wall, zone)
                form = {"wall": wall, "timezone": zone, "anyway": "true"}
                assert (await bob("POST", f"/posts/{post}/move", data=form)).status_code == 422, (wall, zone)
