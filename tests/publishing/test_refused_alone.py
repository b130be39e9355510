"""A post without words cannot be looked for. That a platform refused the tokens of its send is an answer: nobody needs to look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.studio.card_video import render_card_video
from tests.cast import Cast
from tests.publishing.real import Studio, open_studio, run_sandbox, running_publisher, until
from tests.publishing.test_engine_public_bugs import _fault, _landed, _over, _schedule

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
SENDS = {
    "x": "POST */2/tweets", "linkedin": "POST */rest/posts", "bluesky": "POST */xrpc/com.atproto.repo.createRecord",
    "youtube": "PUT */upload/youtube/v3/videos*", "tiktok": "POST */v2/post/publish/video/init/",
    "instagram": "POST */media_publish", "threads": "POST */threads_publish", "facebook": "POST */feed",
    "mastodon": "POST */api/v1/statuses",
}  # fmt: skip
RENEWED = ("x", "linkedin", "bluesky", "youtube", "tiktok")  # the others' tokens are not had anew once they have ended
OPTIONS = {"privacy_level": "PUBLIC_TO_EVERYONE", "music_consent": True, "made_for_kids": "false"}


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, tuple(SENDS)) as made:
            yield made


async def test_a_medium_alone_whose_tokens_end_at_the_send_is_tried_with_others_or_waits_for_a_sign_in(
    studio: Studio,
) -> None:
    picture, film, items = str(await studio.picture()), str(await studio.film(_film)), {}
    for slug, operation in SENDS.items():
        await _fault(studio, slug, "expired_token", operation=operation)
        content = {"text": "", "media": [film if slug in ("youtube", "tiktok") else picture], "options": OPTIONS}
        items[slug] = await _schedule(studio, slug, content | ({"title": "A film"} if slug == "youtube" else {}))
    async with running_publisher(studio.state, studio.dsns.worker):
        rows = {slug: await until(partial(_decided, studio, item), 60) for slug, item in items.items()}
    assert {slug: row["status"] for slug, row in rows.items()} == {slug: "completed" if slug in RENEWED else "scheduled" for slug in SENDS}
    assert {slug: len(_landed(studio, slug)) for slug in SENDS} == {slug: int(slug in RENEWED) for slug in SENDS}
    assert {(row["error"] or {}).get("class") for slug, row in rows.items() if slug not in RENEWED} == {"reauth_required"}


async def _decided(studio: Studio, item: UUID) -> dict[str, Any] | None:
    """Over, or waiting for a person to connect its account again."""
    async with transaction(studio.state.pool, SERVICE) as db:
        asked = "select error from scheduled_posts where schedule_item_id = %s and status = 'scheduled'"
        waits = await (await db.execute(asked, (item,))).fetchone()
    if waits is not None and (waits[0] or {}).get("class") == "reauth_required":
        return {"status": "scheduled", "error": waits[0]}
    return await _over(studio, item)


def _film(path: Path) -> tuple[int, int, float]:
    made = render_card_video("A film", ["Without words"], path)
    return made.width, made.height, made.duration or 0.0
