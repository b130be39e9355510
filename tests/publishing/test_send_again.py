"""“It is not there: send again” sends again, also where the platform cannot tell: the whole publisher against the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.publishing.decide import decide
from postwright.publishing.retry import retry
from tests.cast import Cast
from tests.publishing.real import Studio, open_studio, run_sandbox, running_publisher, until
from tests.publishing.test_engine_public_bugs import _attempts, _ends, _fault, _landed, _schedule

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
ACCOUNTS = ("x", "mastodon", "linkedin", "telegram", "tiktok")


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ACCOUNTS) as made:
            yield made


async def _lost(studio: Studio, slug: str) -> UUID:
    """A picture without words whose send was cut off before it arrived: no list can tell."""
    content: dict[str, Any] = {"text": "", "media": [str(await studio.picture())]}
    if slug == "telegram":
        content = {"text": "nobody lists me"}
    await _fault(studio, slug, "cut_before")
    item = await _schedule(studio, slug, content)
    row = await _ends(studio, item)
    assert (row["status"], _landed(studio, slug)) == ("needs_review", [])
    return item


@pytest.mark.parametrize("slug", ["x", "mastodon", "linkedin", "telegram"])
async def test_a_person_who_did_not_see_it_is_believed(slug: str, studio: Studio) -> None:
    item = await _lost(studio, slug)
    async with transaction(studio.api, studio.bob) as db:
        await decide(db, studio.bob, item, "send_again", now=studio.state.clock())
    row = await _ends(studio, item)
    assert (row["status"], len(_landed(studio, slug))) == ("completed", 1)
    assert [each["phase"] for each in await _attempts(studio, item)] == ["unknown", "done"]


async def test_who_gave_up_and_tries_again_after_looking_is_believed(studio: Studio) -> None:
    item = await _lost(studio, "x")
    async with transaction(studio.api, studio.bob) as db:
        await decide(db, studio.bob, item, "give_up", now=studio.state.clock())
    async with transaction(studio.api, studio.bob) as db:
        await retry(db, studio.bob, item, now=studio.state.clock(), again=True)
    row = await _ends(studio, item)
    assert (row["status"], len(_landed(studio, "x"))) == ("completed", 1)


async def test_a_word_about_one_send_is_none_about_the_next(studio: Studio) -> None:
    """The second send is cut off, too: it is put before the person again, not sent a third time."""
    item = await _lost(studio, "x")
    await _fault(studio, "x", "cut_after")
    async with transaction(studio.api, studio.bob) as db:
        await decide(db, studio.bob, item, "send_again", now=studio.state.clock())
    row = await _ends(studio, item)
    assert (row["status"], len(_landed(studio, "x"))) == ("needs_review", 1)


async def test_what_the_list_shows_is_not_sent_again_whatever_a_person_said(studio: Studio) -> None:
    """The list lagged, and the person looked too early: the platform's own word comes first."""
    await _fault(studio, "x", "cut_after")
    item = await _schedule(studio, "x", {"text": "seen too late"})
    await _park(studio, item)
    async with transaction(studio.api, studio.bob) as db:
        await decide(db, studio.bob, item, "send_again", now=studio.state.clock())
    row = await _ends(studio, item)
    assert (row["status"], _landed(studio, "x")) == ("completed", ["seen too late"])


async def _park(studio: Studio, item: UUID) -> None:
    """Runs until the send was cut off, and puts the post before a person before anybody asked the platform."""

    async def sent() -> bool:
        return bool(_landed(studio, "x")) and any(each["phase"] == "unknown" for each in await _attempts(studio, item))

    async with running_publisher(studio.state, studio.dsns.worker):
        await until(sent)
        async with transaction(studio.state.pool, SERVICE) as db:
            await db.execute(
                "update scheduled_posts set status = 'needs_review', worker_id = null, lease_expires_at = null, fence = fence + 1"
                " where schedule_item_id = %s",
                (item,),
            )
            await db.execute(
                "update publish_attempts a set finished_at = now() from scheduled_posts s"
                " where s.id = a.scheduled_post_id and s.schedule_item_id = %s",
                (item,),
            )
