"""What users of other tools report, each prevented here: the whole publisher against the sandbox, with the fault made real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from psycopg.types.json import Jsonb

from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.platforms.linkedin import answers
from postwright.publishing.commit import commit
from tests.cast import Cast
from tests.publishing.real import SANDBOX_KEY, Studio, open_studio, run_sandbox, running_publisher, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
ACCOUNTS = ("x", "instagram", "linkedin", "telegram")


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ACCOUNTS) as made:
            yield made


async def test_published_but_the_answer_lost_is_not_published_again(studio: Studio) -> None:
    await _fault(studio, "x", "cut_after")
    item = await _schedule(studio, "x", {"text": "once and only once"})
    row = await _ends(studio, item)
    assert (row["status"], _landed(studio, "x")) == ("completed", ["once and only once"])
    assert [each["phase"] for each in await _attempts(studio, item)] == ["done"], "found, not tried again"


async def test_an_error_that_came_after_the_post_landed_is_not_believed(studio: Studio) -> None:
    await _fault(studio, "x", "5xx_after")
    row = await _ends(studio, await _schedule(studio, "x", {"text": "believe nobody"}))
    assert (row["status"], _landed(studio, "x")) == ("completed", ["believe nobody"])


async def test_a_thread_that_broke_in_the_middle_goes_on_at_the_part_that_is_missing(studio: Studio) -> None:
    parts = [f"part {number} of four" for number in range(1, 5)]
    await _fault(studio, "x", "late", seconds=0)  # the first part goes out as ever
    await _fault(studio, "x", "5xx_before")
    await _fault(studio, "x", "cut_after")
    row = await _ends(studio, await _schedule(studio, "x", {"text": parts[0], "thread": parts, "format": "thread"}))
    (root,) = studio.sandbox.posts(platform="x")
    assert (row["status"], [each["text"] for each in root["parts"]]) == ("completed", parts)


async def test_a_picture_alone_that_was_refused_for_a_moment_goes_out_later(studio: Studio) -> None:
    await _fault(studio, "x", "429", seconds=1)
    picture = str(await studio.picture())
    row = await _ends(studio, await _schedule(studio, "x", {"text": "", "media": [picture]}))
    assert (row["status"], len(_landed(studio, "x"))) == ("completed", 1)


async def test_a_message_whose_answer_was_lost_is_put_before_a_person_where_nobody_can_be_asked(studio: Studio) -> None:
    await _fault(studio, "telegram", "cut_after")
    row = await _ends(studio, await _schedule(studio, "telegram", {"text": "said once"}))
    assert (row["status"], _landed(studio, "telegram")) == ("needs_review", ["said once"])


async def test_a_network_error_keeps_the_connection(studio: Studio) -> None:
    for kind in ("cut_before", "timeout_before", "html"):
        await _fault(studio, "x", kind, operation="*", seconds=2)
    row = await _ends(studio, await _schedule(studio, "x", {"text": "still connected"}))
    async with transaction(studio.state.pool, SERVICE) as db:
        found = await (await db.execute("select health from platform_connections where id = %s", (studio.accounts["x"],))).fetchone()
    assert found == ("healthy",)
    assert (row["status"], _landed(studio, "x")) == ("completed", ["still connected"])


async def test_a_platform_that_answers_html_is_asked_and_the_post_goes_out_once(studio: Studio) -> None:
    await _fault(studio, "linkedin", "html")
    row = await _ends(studio, await _schedule(studio, "linkedin", {"text": "a page came instead"}))
    assert (row["status"], _landed(studio, "linkedin")) == ("completed", ["a page came instead"])


async def test_an_instagram_container_that_died_at_24_hours_is_made_anew_and_published_once(studio: Studio) -> None:
    picture = str(await studio.picture())
    item = await _schedule(studio, "instagram", {"text": "an old container", "media": [picture]})
    await _leave_a_dead_container(studio, item)
    row = await _ends(studio, item)
    assert (row["status"], _landed(studio, "instagram")) == ("completed", ["an old container"])
    (first, last) = await _attempts(studio, item)
    assert first["remote_ids"] != last["remote_ids"]


async def _leave_a_dead_container(studio: Studio, item: UUID) -> None:
    """A try of the day before yesterday got as far as its container; Instagram no longer knows it."""
    async with transaction(studio.state.pool, SERVICE) as db:
        await db.execute(
            "insert into publish_attempts (workspace_id, scheduled_post_id, number, worker_id, fence, fingerprint, remote_ids, phase,"
            " started_at, finished_at)"
            " select workspace_id, id, 1, 'gone', 0, encode(sha256(convert_to(platform_connection_id::text || content || snapshot::text,"
            " 'UTF8')), 'hex'), %s, 'abandoned', now() - interval '2 days', now() - interval '2 days'"
            " from scheduled_posts where schedule_item_id = %s",
            (Jsonb({"container": "17900000000000001"}), item),
        )


async def test_a_version_that_was_sunset_is_named(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "VERSION", "202401")
    row = await _ends(studio, await _schedule(studio, "linkedin", {"text": "too old"}))
    assert row["status"] == "failed"
    assert "202401" in row["error"]["message"]


async def _schedule(studio: Studio, slug: str, content: dict[str, Any]) -> UUID:
    async with transaction(studio.api, studio.bob) as db:
        made = await (
            await db.execute(
                "insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, content)"
                " select %s, c.id, p.id, %s, %s from platforms p, content_calendar c"
                " where p.slug = %s and c.workspace_id = %s and c.is_default returning id",
                (studio.cast.workspace, studio.accounts[slug], Jsonb(content), slug, studio.cast.workspace),
            )
        ).fetchone()
        assert made is not None
        (done,) = await commit(db, studio.bob, [made[0]], now=studio.state.clock(), when="now")
    assert done.scheduled_post_id is not None, done.findings
    item: UUID = made[0]
    return item


async def _ends(studio: Studio, item: UUID) -> dict[str, Any]:
    async with running_publisher(studio.state, studio.dsns.worker):
        row: dict[str, Any] = await until(lambda: _over(studio, item), 90)
    return row


async def _over(studio: Studio, item: UUID) -> dict[str, Any] | None:
    async with transaction(studio.state.pool, SERVICE) as db:
        row = await (await db.execute("select status, error from scheduled_posts where schedule_item_id = %s", (item,))).fetchone()
    assert row is not None
    return {"status": row[0], "error": row[1]} if row[0] not in {"scheduled", "processing"} else None


async def _attempts(studio: Studio, item: UUID) -> list[dict[str, Any]]:
    async with transaction(studio.state.pool, SERVICE) as db:
        rows = await (
            await db.execute(
                "select a.phase, a.remote_ids from publish_attempts a join scheduled_posts s on s.id = a.scheduled_post_id"
                " where s.schedule_item_id = %s order by a.number",
                (item,),
            )
        ).fetchall()
    return [{"phase": phase, "remote_ids": remote_ids} for phase, remote_ids in rows]


def _landed(studio: Studio, platform: str) -> list[str]:
    return [each["text"] for each in studio.sandbox.posts(platform=platform)]


async def _fault(studio: Studio, platform: str, kind: str, **more: Any) -> None:
    async with httpx2.AsyncClient() as http:
        body = {"platform": platform, "kind": kind} | more
        answer = await http.post(f"{studio.sandbox.url}/_sandbox/faults", json=body, headers={"X-Sandbox-Key": SANDBOX_KEY})
        answer.raise_for_status()
