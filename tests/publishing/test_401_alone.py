"""A post without words cannot be looked for: that a platform refused its tokens must be known for certain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool
from tests.cast import Cast
from tests.publishing.real import Studio, open_studio, run_sandbox
from tests.publishing.test_engine_public_bugs import _attempts, _ends, _fault, _landed, _schedule

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
# Those whose posts need no words, and whose tokens are renewed without a person.
WORDLESS = ("x", "instagram", "facebook", "bluesky", "mastodon", "threads")


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, WORDLESS) as made:
            yield made


@pytest.mark.parametrize("slug", ["x", "bluesky", "threads", "instagram"])
async def test_a_picture_alone_whose_tokens_end_at_the_send_goes_out_once_with_others(studio: Studio, slug: str) -> None:
    operation = {"x": "POST */2/tweets", "bluesky": "POST */xrpc/com.atproto.repo.createRecord", "threads": "POST */threads_publish"}
    await _fault(studio, slug, "expired_token", operation=operation.get(slug, "POST */media_publish"))
    row = await _ends(studio, await _schedule(studio, slug, {"text": "", "media": [str(await studio.picture())]}))
    assert (row["status"], len(_landed(studio, slug))) == ("completed", 1), row["error"]
