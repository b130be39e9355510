"""A post without words cannot be looked for. That a platform refused the tokens of its send is an answer: nobody needs to look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool
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


async def test_a_medium_alone_whose_tokens_end_at_the_send_is_tried_with_others_and_never_put_before_a_person(studio: Studio) -> None:
    picture, film, items = str(await studio.picture()), str(await studio.film(_film)), {}
    for slug, operation in SENDS.items():
        await _fault(studio, slug, "expired_token", operation=operation)
        content = {"text": "", "media": [film if slug in ("youtube", "tiktok") else picture], "options": OPTIONS}
        items[slug] = await _schedule(studio, slug, content | ({"title": "A film"} if slug == "youtube" else {}))
    async with running_publisher(studio.state, studio.dsns.worker):
        rows = {slug: await until(partial(_over, studio, item), 60) for slug, item in items.items()}
    assert {slug: row["status"] for slug, row in rows.items()} == {slug: "completed" if slug in RENEWED else "failed" for slug in SENDS}
    assert {slug: len(_landed(studio, slug)) for slug in SENDS} == {slug: int(slug in RENEWED) for slug in SENDS}
    assert {(row["error"] or {}).get("class") for slug, row in rows.items() if slug not in RENEWED} == {"reauth_required"}


def _film(path: Path) -> tuple[int, int, float]:
    made = render_card_video("A film", ["Without words"], path)
    return made.width, made.height, made.duration or 0.0
