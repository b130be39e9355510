"""A PDF all the way: from the form of a draft to a published document post, and what each page shows of it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool, transaction
from postwright.publishing.models import PostDetail, PostState
from postwright.publishing.posts import get_post
from tests.cast import Cast
from tests.library import pdfs
from tests.pages.doors import open_door
from tests.publishing.real import Studio, open_studio, run_sandbox, running_publisher, until
from tests.studio.conftest import Browser

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
HTML = {"Accept": "text/html"}


@dataclass(frozen=True)
class House:
    """Bob and Mallory in the web, a publisher's studio with LinkedIn, and the sandbox."""

    studio: Studio
    bob: Browser
    mallory: Browser


@pytest.fixture
async def house(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[House]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ("linkedin",)) as studio:
            web = replace(studio.state, pool=api_pool)
            async with (
                open_door(web, cast, cast.bob) as bob,
                open_door(web, replace(cast, workspace=cast.elsewhere), cast.mallory) as mallory,
            ):
                yield House(studio, bob, mallory)


async def test_from_a_form_to_a_published_document(house: House) -> None:
    draft = await _drafted(house.bob, pdfs.pdf(3))
    await _composer_shows_it(house.bob, draft)
    detail = await _published(house, draft)
    assert (detail.row.state, detail.row.error, detail.row.content_format) == (PostState.PUBLISHED, None, "document")
    (copy,) = house.studio.sandbox.posts(platform="linkedin")
    assert (copy["kind"], copy["title"], copy["extra"]["pages"]) == ("document", "Slow bread", 3)
    (medium,) = copy["media"]
    assert (medium["mime"], medium["size"]) == ("application/pdf", len(pdfs.pdf(3)))
    assert medium["sha256"] == hashlib.sha256(pdfs.pdf(3)).hexdigest(), "byte for byte what was uploaded"
    await _pages_show_it(house, detail, medium["id"])


async def _drafted(bob: Browser, data: bytes) -> str:
    """A draft for LinkedIn with that PDF, added by the form that needs no script."""
    made = (await bob("POST", "/api/v1/drafts", json={"idea": "Bread takes a night.", "platforms": ["linkedin"]})).json()
    sent = await bob(
        "POST", f"/drafts/{made['id']}/variants/linkedin/media", files={"file": ("Slow bread.pdf", data, "application/pdf")}, headers=HTML
    )
    assert sent.status_code == 303, sent.text
    return str(made["id"])


async def _composer_shows_it(bob: Browser, draft: str) -> None:
    page = (await bob("GET", f"/drafts/{draft}?platform=linkedin", headers=HTML)).text
    assert "/preview.jpg?" in page
    assert "/media.pdf?" not in page, "the file itself is loaded by no page"
    for words in ("Slow bread.pdf", "3 pages", "Title of the document", "images, a video or a PDF", "300 pages"):
        assert words in page, words
    shelf = (await bob("GET", "/media?kind=document", headers=HTML)).text
    for words in ("Slow bread.pdf", "PDF, 3 pages", "/preview.jpg?"):
        assert words in shelf, words


async def _published(house: House, draft: str) -> PostDetail:
    planned = await house.bob("POST", f"/api/v1/drafts/{draft}/plan", json={"connection_ids": [str(house.studio.accounts["linkedin"])]})
    assert planned.status_code == 201, planned.text
    post = UUID(planned.json()["items"][0]["item_id"])
    async with running_publisher(house.studio.state, house.studio.dsns.worker):
        asked = await house.bob("POST", f"/posts/{post}/publish", headers=HTML)
        assert asked.status_code == 303, asked.text
        found: PostDetail = await until(lambda: _settled(house.studio, post), 60)
    return found


async def _settled(studio: Studio, post: UUID) -> PostDetail | None:
    async with transaction(studio.api, studio.bob) as db:
        detail = await get_post(db, studio.bob, post, now=studio.state.clock())
    return detail if detail.row.state in {PostState.PUBLISHED, PostState.FAILED, PostState.UNCONFIRMED} else None


async def _pages_show_it(house: House, detail: PostDetail, medium: str) -> None:
    shown = (await house.bob("GET", f"/posts/{detail.row.id}", headers=HTML)).text
    copy = (await house.bob("GET", str(detail.row.url), headers=HTML)).text
    for page in (shown, copy):
        assert "3 pages" in page
        assert "<embed" not in page
        assert "<iframe" not in page
    assert "Slow bread.pdf" in shown
    assert f"/sandbox/media/{medium}/preview" in copy
    assert f"/sandbox/media/{medium}/preview" in (await house.bob("GET", "/sandbox", headers=HTML)).text
    await _is_downloaded(house, medium)


async def _is_downloaded(house: House, medium: str) -> None:
    whole = await house.bob("GET", f"/sandbox/media/{medium}")
    assert (whole.status_code, whole.content) == (200, pdfs.pdf(3))
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["x-content-type-options"] == "nosniff"
    picture: Any = await house.bob("GET", f"/sandbox/media/{medium}/preview")
    assert (picture.status_code, picture.headers["content-type"], picture.content[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert (await house.mallory("GET", f"/sandbox/media/{medium}")).status_code == 404
    assert (await house.mallory("GET", f"/sandbox/media/{medium}/preview")).status_code == 404
