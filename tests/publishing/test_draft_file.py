"""The file of a post that a person carries over: on its page and over the API."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image

from postwright import config
from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import Pool, transaction
from postwright.edge import problems
from postwright.edge.context import cookie_name
from postwright.edge.state import State
from postwright.identity.models import Visit
from postwright.identity.sign_in import sign_in
from postwright.library import upload
from postwright.library.files import add_file, keep_bytes
from postwright.library.storage import Storage
from postwright.platforms.registry import REGISTRY
from postwright.publishing import api_draft, pages
from postwright.publishing.commit import commit
from tests.cast import PASSWORD, Person
from tests.publishing.desk import KEY, NOON, Desk, actor
from tests.publishing.test_pages import Reader

pytestmark = pytest.mark.anyio
WORDS = "Some **words** <b>"


@dataclass
class House:
    """The pages and the API in front of the desk."""

    desk: Desk
    state: State
    http: httpx2.AsyncClient

    async def reader(self, person: Person, workspace: UUID) -> Reader:
        opened = await sign_in(self.state.pool, email=person.email, password=PASSWORD, visit=Visit("test", None), now=self.desk.clock())
        cookie = f"{cookie_name(self.state)}={opened.token}"
        return Reader(self.http, {"Accept": "text/html", "Cookie": cookie, "X-Workspace": str(workspace)})

    async def vera(self) -> Reader:
        return await self.reader(self.desk.cast.vera, self.desk.cast.workspace)

    async def article(self, title: str | None = "On <slow> mail") -> tuple[UUID, UUID]:
        """A scheduled article for Substack, and its picture."""
        desk, medium = self.desk, await self._picture()
        alice = actor(desk.cast.alice, desk.cast.workspace)
        async with transaction(desk.api, alice) as db:
            host = "alice.substack.com"
            granted = Granted("substack", host, "sandbox", host, "Alice", "none")
            (account,) = await save_accounts(db, alice, [granted], desk.engine.box, NOON)
        item = await desk.plan("", NOON + timedelta(hours=1))
        await desk.run(
            "update content_schedule_items set platform_connection_id = %s,"
            " platform_id = (select id from platforms where slug = 'substack'), content_format = 'article',"
            " content = jsonb_build_object('text', %s::text, 'title', %s::text, 'hashtags', '[]'::jsonb,"
            " 'media', jsonb_build_array(%s::text), 'alt_texts', jsonb_build_array('A frame')) where id = %s",
            account, WORDS, title, medium, item,
        )  # fmt: skip
        return item, medium

    async def _picture(self) -> UUID:
        place = self.state.settings.home / "p.png"
        Image.new("RGB", (8, 8), "teal").save(place, "PNG")
        kept = await keep_bytes(self.state.storage, place, "p.png", "image/png", width=8, height=8)
        async with self.desk.as_bob() as db:
            return (await add_file(db, self.desk.bob, kept)).id


@pytest.fixture
async def house(desk: Desk, api_pool: Pool) -> AsyncIterator[House]:
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(desk.engine.state.settings.home)})
    state = State(settings, api_pool, Storage(settings.home / "media"), desk.clock, None, "k", KEY, "test")
    app.state.postwright = state
    problems.install(app)
    app.include_router(pages.router)
    app.include_router(api_draft.router, prefix="/api/v1")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://postwright.test") as http:
        yield House(desk, state, http)


async def test_it_is_on_the_page_and_holds_everything(house: House) -> None:
    item, _ = await house.article()
    async with house.desk.as_bob() as db:
        (done,) = await commit(db, house.desk.bob, [item], now=house.desk.clock(), when="slot")
    assert done.scheduled_post_id is not None, done.findings
    vera = await house.vera()
    for page in (f"/posts/{item}", f"/posts/{item}/by-hand"):
        assert f'href="/posts/{item}/draft.zip"' in (await vera.get(page)).text, page
    by_page, by_api = await vera.get(f"/posts/{item}/draft.zip"), await vera.get(f"/api/v1/posts/{item}/draft")
    assert (by_page.status_code, by_page.content) == (200, by_api.content)
    assert by_page.headers["content-disposition"] == 'attachment; filename="substack-draft.zip"'
    assert int(by_page.headers["content-length"]) == len(by_page.content)
    with zipfile.ZipFile(io.BytesIO(by_page.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["draft.html", "draft.txt", "media/1-image.png"]
        assert "<strong>words</strong> &lt;b&gt;" in archive.read("draft.html").decode()
        assert 'alt="A frame"' in archive.read("draft.html").decode()
        assert archive.read("media/1-image.png") == (house.state.settings.home / "p.png").read_bytes()


async def test_what_postwright_sends_itself_has_none(house: House) -> None:
    item, vera = await house.desk.schedule("Hello", "slot", NOON + timedelta(hours=1)), await house.vera()
    assert "draft.zip" not in (await vera.get(f"/posts/{item}")).text
    answer = await vera.get(f"/api/v1/posts/{item}/draft")
    assert (answer.status_code, answer.json()["rule"]) == (409, "no_draft")


async def test_nobody_outside(house: House) -> None:
    item, _ = await house.article()
    mallory = await house.reader(house.desk.cast.mallory, house.desk.cast.elsewhere)
    for path in (f"/posts/{item}/draft.zip", f"/api/v1/posts/{item}/draft"):
        assert (await mallory.get(path)).status_code == 404, path


@pytest.mark.parametrize("lacks", ["title", "row", "bytes"])
async def test_what_it_lacks_is_named(house: House, lacks: str) -> None:
    item, medium = await house.article(None if lacks == "title" else "On slow mail")
    if lacks == "row":
        await house.desk.run("update files set deleted_at = now() where id = %s", medium)
    if lacks == "bytes":
        await house.state.storage.forget(medium)
    answer = await (await house.vera()).get(f"/api/v1/posts/{item}/draft")
    wanted = ("title", "required") if lacks == "title" else ("media", "media_missing")
    assert (answer.status_code, answer.json()["field"], answer.json()["rule"]) == (422, *wanted)


async def test_no_medium_is_copied_for_which_the_disk_has_no_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    item, _ = await house.article()
    size = (house.state.settings.home / "p.png").stat().st_size
    monkeypatch.setattr(upload.shutil, "disk_usage", lambda _: SimpleNamespace(free=upload._SPARE + size - 1))
    monkeypatch.setattr("postwright.publishing.draft_file._write", None)  # is not come to
    answer = await (await house.vera()).get(f"/api/v1/posts/{item}/draft")
    assert (answer.status_code, answer.json()["rule"]) == (503, "disk_space")


def test_the_platforms_that_have_one_are_those_that_take_no_posts() -> None:
    assert [slug for slug, each in REGISTRY.items() if each.export] == ["substack"]
