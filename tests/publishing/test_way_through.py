"""From a draft to six published posts: real adapters, the real sandbox over sockets, the real loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool, transaction
from postwright.insight.measure import measure_posts
from postwright.insight.read import read_post
from postwright.publishing.commit import commit
from postwright.publishing.models import PostDetail, PostFilter, PostState, Tab
from postwright.publishing.posts import get_post, list_posts
from postwright.studio.card_video import render_card_video
from postwright.studio.drafts import create_draft
from postwright.studio.models import Idea, Variant
from tests.cast import Cast
from tests.publishing.real import SIX, Studio, open_studio, run_sandbox, running_publisher, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, SIX) as made:
            yield made


async def test_one_draft_becomes_six_published_posts_with_links_and_figures(studio: Studio) -> None:
    items = await _plan(studio, await _variants(studio))
    async with running_publisher(studio.state, studio.dsns.worker):
        async with transaction(studio.api, studio.bob) as db:
            done = await commit(db, studio.bob, list(items.values()), now=studio.state.clock(), when="now")
        assert [each.findings for each in done if each.scheduled_post_id is None] == []
        details = {slug: await until(lambda at=at: _settled(studio, at), 60) for slug, at in items.items()}
    assert {slug: (each.row.state, each.row.error) for slug, each in details.items()} == dict.fromkeys(SIX, (PostState.PUBLISHED, None))
    for slug, detail in details.items():
        (copy,) = studio.sandbox.posts(platform=slug, remote_id=detail.row.remote_id or "")
        assert copy["text"].startswith(detail.row.text[:20]) or copy["title"] == detail.row.title
        assert detail.row.url == f"/sandbox/{slug}/{detail.row.remote_id}"
        assert [each.phase for each in detail.attempts] == ["done"]
        assert {"planned", "scheduled", "claimed", "sent", "published"} <= {each.kind for each in detail.timeline}
    assert len(studio.sandbox.posts()) == 6
    await _measured(studio, details)


async def _measured(studio: Studio, details: dict[str, PostDetail]) -> None:
    ids = [each.row.published_post_id for each in details.values() if each.row.published_post_id]
    assert await measure_posts(studio.state, studio.cast.workspace, ids) == 6
    async with transaction(studio.api, studio.bob) as db:
        for detail in details.values():
            found = await read_post(db, studio.bob, detail.row.id)
            assert found.simulated
            assert found.measured_at is not None
            assert "last_synced" in found.metrics
        page = await list_posts(db, studio.bob, PostFilter(tab=Tab.PUBLISHED), now=studio.state.clock())
    assert len(page.items) == 6


async def _settled(studio: Studio, item: UUID) -> PostDetail | None:
    async with transaction(studio.api, studio.bob) as db:
        detail = await get_post(db, studio.bob, item, now=studio.state.clock())
    return detail if detail.row.state not in {PostState.SCHEDULED, PostState.PUBLISHING} else None


def _film(path: Path) -> tuple[int, int, float]:
    made = render_card_video("Slow bread", ["Flour, water, salt.", "And a night."], path)
    return made.width, made.height, made.duration or 0.0


async def _variants(studio: Studio) -> dict[str, Variant]:
    picture, film = str(await studio.picture()), str(await studio.film(_film))
    words = "Bread takes a night. The rest is patience."
    return {
        "x": Variant(words, hashtags=("bread",)),
        "linkedin": Variant(f"{words} What we learned (the hard way) in ten years.", hashtags=("craft",)),
        "facebook": Variant(f"{words} Come by on Saturday.", media=(picture,), alt_texts=("A blue picture",)),
        "instagram": Variant(f"{words} Saved you a loaf.", media=(picture,), alt_texts=("A blue picture",)),
        "tiktok": Variant(f"{words} Watch it rise.", media=(film,), options={"privacy_level": "PUBLIC_TO_EVERYONE"}),
        "youtube": Variant(f"{words} Full story below.", title="Slow bread", media=(film,)),
    }


async def _plan(studio: Studio, variants: dict[str, Variant]) -> dict[str, UUID]:
    async with transaction(studio.api, studio.bob) as db:
        idea = Idea("Slow bread", "Bread takes a night. The rest is patience.")
        draft = await create_draft(db, studio.bob, idea, variants, studio.state.clock())
        return {slug: await _item(db, studio, draft, slug) for slug in variants}


async def _item(db: Any, studio: Studio, draft: UUID, slug: str) -> UUID:
    row = await db.execute(
        "insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, adaptation_id, scheduled_at,"
        " timezone) select %s, c.id, p.id, %s, %s, now() + interval '1 day', 'Europe/Berlin' from platforms p, content_calendar c"
        " where p.slug = %s and c.workspace_id = %s and c.is_default returning id",
        (studio.cast.workspace, studio.accounts[slug], draft, slug, studio.cast.workspace),
    )
    found = await row.fetchone()
    assert found is not None
    return found[0]  # type: ignore[no-any-return]
