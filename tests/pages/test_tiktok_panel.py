"""From TikTok's answer to the composer's page: whose post it will be, and what the creator's own settings keep off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import lxml.html
import pytest
from fastapi import FastAPI
from psycopg.types.json import Jsonb

from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.edge import problems
from postwright.studio.choices import ask_platforms
from postwright.web.app import _PAGES
from tests.cast import Cast
from tests.publishing.real import Studio, open_studio, run_sandbox
from tests.studio.test_pages import Reader, make, reader

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ("tiktok",)) as made:
            yield made


@pytest.fixture
async def bob(studio: Studio) -> AsyncIterator[Reader]:
    app = FastAPI()
    app.state.postwright = replace(studio.state, pool=studio.api)
    problems.install(app)
    for each in _PAGES:
        app.include_router(each.router)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://postwright.test") as http:
        yield await reader(http, app.state.postwright, studio.cast, studio.cast.bob)


async def test_the_creators_name_picture_and_longest_video_are_on_the_page(studio: Studio, bob: Reader) -> None:
    await ask_platforms(studio.state, studio.cast.workspace, list(studio.accounts.values()))
    panel = await _panel(bob)
    facts = dict(zip(panel.xpath(".//dl/dt/text()"), panel.xpath(".//dl/dd/text()"), strict=True))
    assert list(facts) == ["Posts as", "Longest video, in seconds"]
    assert facts["Posts as"]
    assert facts["Longest video, in seconds"].isdecimal()
    (picture,) = panel.xpath(".//*[contains(@class, 'face')]/img/@src")
    assert picture.startswith("/sandbox/avatars/")
    assert "_sandbox" not in lxml.html.tostring(panel).decode(), "no address of the platform stands there as text"


async def test_comments_duets_and_stitches_are_unticked_and_grey_where_the_creator_has_them_off(studio: Studio, bob: Reader) -> None:
    await ask_platforms(studio.state, studio.cast.workspace, list(studio.accounts.values()))
    async with transaction(studio.state.pool, SERVICE) as db:
        rows = await db.execute(
            "update account_choices set choices = choices || %s returning choices", (Jsonb({"forced": ["allow_duet"]}),)
        )
        assert await rows.fetchall()
    panel = await _panel(bob)
    boxes = {each.get("data-option"): each for each in panel.xpath(".//input[starts-with(@data-option, 'allow_')]")}
    assert set(boxes) == {"allow_comment", "allow_duet", "allow_stitch"}
    assert [each for each in boxes.values() if each.get("checked") is not None] == []
    assert [name for name, each in boxes.items() if each.get("disabled") is not None] == ["allow_duet"]
    assert "own settings at TikTok have this off" in panel.text_content()


async def _panel(bob: Reader) -> lxml.html.HtmlElement:
    page = (await bob.get(await make(bob, "tiktok"))).text
    (panel,) = lxml.html.fromstring(page).xpath("//details[@id='options-tiktok']")
    return panel
