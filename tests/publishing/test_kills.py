"""A publisher is killed with SIGKILL at every boundary; the platform's own ledger says how often each post arrived."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.publishing.commit import commit
from tests.cast import Cast
from tests.publishing.chaos_posts import keep_media, plan
from tests.publishing.real import SANDBOX_KEY, Studio, open_studio, run_sandbox, until

pytestmark = pytest.mark.anyio

POSTS = 20


@dataclass(frozen=True, slots=True)
class Kills:
    """A platform of some shape, the boundaries that only this shape has, and how often each is met; at every how manieth post."""

    slug: str
    more: tuple[str, ...] = ()
    rounds: int = 1
    nths: tuple[int, ...] = (1, 2)

    @property
    def points(self) -> tuple[str, ...]:
        """Those of asking come last: while a publisher waits for something to ask about, it sends the rest."""
        return ("claimed", "uploading", "completed", "sending", *self.more, "landed") * self.rounds + ("reconciling", "answered")


SHAPES = (Kills("x", rounds=2, nths=(1, 3, 2)),)


@pytest.fixture(params=SHAPES, ids=lambda kills: kills.slug)
def kills(request: pytest.FixtureRequest) -> Kills:
    made: Kills = request.param
    return made


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path, kills: Kills) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path, "--takes-twice") as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, (kills.slug,)) as made:
            yield made


@pytest.mark.timeout(180)
async def test_kills_at_every_boundary_lose_nothing_and_double_nothing(studio: Studio, kills: Kills) -> None:
    texts = [f"Loaf number {number} of the day" for number in range(POSTS)]
    await _schedule(studio, kills.slug, texts)
    died = [await _run_and_die(studio, point, nth) for point, nth in zip(kills.points, cycle(kills.nths), strict=False)]
    assert Counter(died) == {-signal.SIGKILL: len(kills.points)}
    clean = await _start(studio, None, 0)
    try:
        await until(lambda: _all_completed(studio), 60)
    finally:
        clean.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(clean.wait(), 15) == 0
    assert Counter(each["text"] for each in studio.sandbox.posts(platform=kills.slug)) == dict.fromkeys(texts, 1)
    assert await _count(studio, "select count(*) from published_posts") == POSTS
    assert await _count(studio, "select count(*) from publish_attempts where finished_at is null") == 0


async def _run_and_die(studio: Studio, point: str, nth: int) -> int:
    """The exit status of a publisher that dies at that point."""
    process = await _start(studio, point, nth)
    try:
        return await asyncio.wait_for(process.wait(), 30)
    except TimeoutError:
        raise AssertionError(f"no publisher came to the point {point}") from None
    finally:
        if process.returncode is None:
            process.kill()


async def _start(studio: Studio, point: str | None, nth: int) -> asyncio.subprocess.Process:
    given = {
        "dsn": studio.dsns.worker, "home": str(studio.home), "sandbox": studio.sandbox.url, "key": SANDBOX_KEY,
        "points": [point] if point else [],
        "nth": 1 if point in {"reconciling", "answered"} else nth, "port": studio.state.settings.port,
    }  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.publishing.victim", json.dumps(given), stdout=asyncio.subprocess.DEVNULL
    )


async def _schedule(studio: Studio, slug: str, texts: list[str]) -> None:
    media = await keep_media(studio, studio.bob)
    more: dict[str, dict[str, Any]] = {"instagram": {"media": [media["image/jpeg"]]}, "youtube": {"media": [media["video/mp4"]]}}
    async with transaction(studio.api, studio.bob) as db:
        ids = []
        for text in texts:
            content = {"text": text, **({"title": text} if slug == "youtube" else {}), **more.get(slug, {})}
            ids.append(await plan(db, studio.cast.workspace, slug, studio.accounts[slug], content, studio.state.clock()))
        done = await commit(db, studio.bob, ids, now=studio.state.clock(), when="now")
    assert all(each.scheduled_post_id for each in done), [each.findings for each in done][:2]


async def _all_completed(studio: Studio) -> bool:
    return await _count(studio, "select count(*) from scheduled_posts where status = 'completed'") == POSTS


async def _count(studio: Studio, text: str) -> int:
    async with transaction(studio.state.pool, SERVICE) as db:
        row = await (await db.execute(text.encode())).fetchone()
    assert row is not None
    return int(row[0])
