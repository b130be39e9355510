"""What users of other tools report, each prevented here: the whole publisher against the sandbox, with the fault made real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from psycopg.types.json import Jsonb

from postwright.connections.at_platform import at_platform
from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.errors import Who
from postwright.insight.measure import measure_posts
from postwright.insight.read import read_post as read_figures
from postwright.platforms.instagram.publish import API as INSTAGRAM
from postwright.platforms.linkedin import answers
from postwright.publishing.commit import commit
from postwright.publishing.posts import get_post
from postwright.publishing.unread import Unread
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
    assert await _struck(studio) == [1, 1, 1], "each of the faults came to pass"
    async with transaction(studio.state.pool, SERVICE) as db:
        found = await (await db.execute("select health from platform_connections where id = %s", (studio.accounts["x"],))).fetchone()
    assert found == ("healthy",)
    assert (row["status"], _landed(studio, "x")) == ("completed", ["still connected"])


async def test_a_platform_that_answers_html_is_asked_and_the_post_goes_out_once(studio: Studio) -> None:
    await _fault(studio, "linkedin", "html")
    row = await _ends(studio, await _schedule(studio, "linkedin", {"text": "a page came instead"}))
    assert (row["status"], _landed(studio, "linkedin")) == ("completed", ["a page came instead"])


async def test_an_instagram_container_that_died_at_24_hours_is_made_anew_and_published_once(studio: Studio) -> None:
    """The first try leaves a container that is ready; before the second one it dies, at Instagram itself."""
    picture = str(await studio.picture())
    await _fault(studio, "instagram", "429", seconds=1)
    item = await _schedule(studio, "instagram", {"text": "an old container", "media": [picture]})
    async with running_publisher(studio.state, studio.dsns.worker):
        (first,) = await until(lambda: _refused(studio, item))
    await _advance(studio, hours=25)
    assert await _container_says(studio, first["remote_ids"]["container"]) == "EXPIRED"
    row = await _ends(studio, item)
    assert (row["status"], _landed(studio, "instagram")) == ("completed", ["an old container"])
    (again, last) = await _attempts(studio, item)
    assert (again["phase"], last["phase"]) == ("abandoned", "done")
    assert again["remote_ids"]["container"] == first["remote_ids"]["container"]
    assert last["remote_ids"]["container"] != first["remote_ids"]["container"], "another one was made"


async def _refused(studio: Studio, item: UUID) -> list[dict[str, Any]]:
    """The tries that ended, once there is one."""
    return [each for each in await _attempts(studio, item) if each["phase"] == "abandoned"]


async def _container_says(studio: Studio, container: str) -> str:
    async with at_platform(studio.state, studio.cast.workspace, studio.accounts["instagram"]) as there:
        asked = {"params": {"fields": "status_code"}, "headers": {"Authorization": f"Bearer {there.credentials.access_token}"}}
        answer = await there.http.get(f"{INSTAGRAM}/{container}", **asked)
    return str(answer.raise_for_status().json()["status_code"])


async def test_a_version_that_was_sunset_is_named(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "VERSION", "202401")
    row = await _ends(studio, await _schedule(studio, "linkedin", {"text": "too old"}))
    assert row["status"] == "failed"
    assert "202401" in row["error"]["message"]


async def test_figures_that_a_sunset_version_refuses_are_not_silently_missing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happened, who must act and when it is tried again stand with the post; those who can mend it are told once."""
    item = await _schedule(studio, "linkedin", {"text": "read me"})
    assert (await _ends(studio, item))["status"] == "completed"
    with monkeypatch.context() as old:
        old.setattr(answers, "VERSION", "202401")
        assert [await _measure(studio, item) for _ in range(2)] == [0, 0]
    for why in await _unread(studio, item):
        assert why is not None
        assert (why.field, why.rule, why.who) == ("platform", "api_version", Who.OPERATOR)
        assert "version 202401" in why.message
        assert why.again_at == why.at + timedelta(minutes=15)
    told = await _notices(studio)
    assert [times for times, _, _ in told] == [1, 1], "Alice owns, Ada administers; the second look tells nobody again"
    assert "LinkedIn" in told[0][1]
    assert "202401" in told[0][2]
    assert await _letters(studio) == 2
    assert await _measure(studio, item) == 1
    assert (await _unread(studio, item), await _notices(studio)) == ((None, None), [])


async def _measure(studio: Studio, item: UUID) -> int:
    async with transaction(studio.state.pool, SERVICE) as db:
        found = await (await db.execute("select id from published_posts where schedule_item_id = %s", (item,))).fetchone()
    assert found is not None
    return await measure_posts(studio.state, studio.cast.workspace, [found[0]])


async def _unread(studio: Studio, item: UUID) -> tuple[Unread | None, Unread | None]:
    """As the post's page and as its figures tell."""
    async with transaction(studio.api, studio.bob) as db:
        page = (await get_post(db, studio.bob, item, now=studio.state.clock())).unread
        return page, (await read_figures(db, studio.bob, item)).unread


async def _notices(studio: Studio) -> list[tuple[int, str, str]]:
    async with transaction(studio.state.pool, SERVICE) as db:
        sql = "select times, title, body from notifications where kind = 'figures_refused' and read_at is null"
        return await (await db.execute(sql)).fetchall()


async def _letters(studio: Studio) -> int:
    async with transaction(studio.state.pool, SERVICE) as db:
        sql = "select count(*) from notice_deliveries d join notifications n on n.id = d.notification_id where n.kind = 'figures_refused'"
        found = await (await db.execute(sql)).fetchone()
    return found[0] if found else 0


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


async def _struck(studio: Studio) -> list[int]:
    """How often each fault struck, by the sandbox's own count."""
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{studio.sandbox.url}/_sandbox/faults", headers={"X-Sandbox-Key": SANDBOX_KEY})
        return [each["struck"] for each in answer.raise_for_status().json()["faults"]]


async def _advance(studio: Studio, *, hours: int) -> None:
    """Puts the sandbox's clock forward."""
    async with httpx2.AsyncClient() as http:
        body = {"seconds": hours * 3600}
        (await http.post(f"{studio.sandbox.url}/_sandbox/clock", json=body, headers={"X-Sandbox-Key": SANDBOX_KEY})).raise_for_status()
