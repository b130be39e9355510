"""Break something: a person breaks the next post by form, and the post's own page tells what went wrong and how it ended."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from psycopg.types.json import Jsonb

from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool, transaction
from postwright.edge import problems
from postwright.edge.context import cookie_name
from postwright.identity.models import Visit
from postwright.identity.sign_in import sign_in
from postwright.publishing import pages
from postwright.web import pages as web_pages
from tests.cast import PASSWORD, Cast
from tests.publishing.desk import QUICK
from tests.publishing.real import Studio, open_studio, run_sandbox, running_publisher, until
from tests.publishing.test_pages import Reader

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
SLOW = replace(QUICK, quarantine=timedelta(seconds=4))  # long enough to look at the post meanwhile


@dataclass
class Scene:
    """A reader of the pages, a publisher at work, and a planned post on X behind an account that comes first."""

    studio: Studio
    reader: Reader
    post: UUID

    async def says(self, *words: str) -> str:
        """Waits until the post's page says all of it; the page."""

        async def seen() -> str | None:
            text = " ".join(unescape(re.sub(r"<[^>]+>", "", (await self.reader.get(f"/posts/{self.post}")).text)).split())
            return text if all(each in text for each in words) else None

        return str(await until(seen, 30))


@pytest.fixture
async def scene(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Scene]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ("youtube", "x")) as studio:
            app = FastAPI()
            app.state.postwright = replace(studio.state, pool=api_pool)
            problems.install(app)
            for each in (pages, web_pages):
                app.include_router(each.router)
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://postwright.test") as http:
                opened = await sign_in(
                    api_pool, email=cast.bob.email, password=PASSWORD, visit=Visit("test", None), now=studio.state.clock()
                )
                cookie = f"{cookie_name(app.state.postwright)}={opened.token}"
                reader = Reader(http, {"Accept": "text/html", "Cookie": cookie, "X-Workspace": str(cast.workspace)})
                async with running_publisher(studio.state, studio.dsns.worker, SLOW):
                    yield Scene(studio, reader, await _plan(studio))


async def _plan(studio: Studio) -> UUID:
    async with transaction(studio.api, studio.bob) as db:
        rows = await db.execute(
            "insert into content_schedule_items"
            " (workspace_id, calendar_id, platform_id, platform_connection_id, content, scheduled_at, timezone)"
            " select %s, c.id, p.id, %s, %s, now() + interval '1 day', 'UTC' from platforms p, content_calendar c"
            " where p.slug = 'x' and c.workspace_id = %s and c.is_default returning id",
            (studio.cast.workspace, studio.accounts["x"], Jsonb({"text": "Break me gently."}), studio.cast.workspace),
        )
        found = await rows.fetchone()
    assert found is not None
    return UUID(str(found[0]))


async def break_it(scene: Scene, kind: str) -> None:
    """By the forms: the account that has something to send is chosen already, and the post is offered."""
    page = (await scene.reader.get("/sandbox/break")).text
    assert re.search(r'<option value="x" selected>[^<]*1 to send', page)
    assert "nothing to send yet" in page
    page = await scene.reader.follow(await scene.reader.post("/sandbox/break", platform="x", kind=kind))
    assert f'action="/posts/{scene.post}/publish"' in page
    answer = await scene.reader.post(f"/posts/{scene.post}/publish")
    assert answer.headers["location"] == f"/posts/{scene.post}?said=publishing"


@pytest.mark.parametrize("kind", ["cut_after", "5xx_after"])
async def test_an_answer_that_is_lost_is_told_while_x_is_asked_and_when_the_post_is_found(scene: Scene, kind: str) -> None:
    await break_it(scene, kind)
    page = await scene.says("The answer was lost.", "X is asked from", "nothing is sent again before it is known")
    assert "Published to sandbox" not in page
    page = await scene.says("Published to sandbox", "Found there: X was asked and has the post")
    told = [page.index(each) for each in ("Handed to X", "The answer was lost", "Found there")]
    assert told == sorted(told)
    assert len(scene.studio.sandbox.posts(platform="x")) == 1


async def test_too_many_requests_are_told_in_the_platforms_own_words_with_the_next_try(scene: Scene) -> None:
    await break_it(scene, "429")
    page = await scene.says("Trying again.", "The next try is")
    assert "X did not take it: X takes no more posts for now" in page
    assert "Trying again. X takes no more posts for now. The next try is" in page
    assert "did not reach the platform" not in page
    assert "before anything went out" not in page
    assert scene.studio.sandbox.posts(platform="x") == []


async def test_a_revoked_sign_in_is_told_with_the_way_to_reconnect(scene: Scene) -> None:
    await break_it(scene, "revoked_token")
    page = await scene.says("The account must be connected again.", "Its posts wait; nothing is lost.")
    assert "X did not take it: " in page
    assert scene.studio.sandbox.posts(platform="x") == []


async def test_a_held_post_can_be_broken(scene: Scene) -> None:
    async with transaction(scene.studio.api, scene.studio.bob) as db:
        await db.execute("update content_schedule_items set scheduled_at = now() - interval '1 day' where id = %s", (scene.post,))
    assert re.search(r'<option value="x" selected>[^<]*1 to send', (await scene.reader.get("/sandbox/break")).text)
