"""From the wish to the download: one at a time, five a day, through a worker's death and a full disk, for its maker only."""

from __future__ import annotations

import asyncio
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from postwright.db.bootstrap import Dsns
from postwright.edge.state import State
from postwright.exports import ask as asking
from postwright.exports import collect
from postwright.exports.collect import make_export
from postwright.exports.models import Kind
from postwright.exports.sweep import sweep
from postwright.worker import jobs as jobs_of_worker
from tests.cast import acting, serving
from tests.edge.small import make_key
from tests.exports.desk import Desk, Opened

pytestmark = pytest.mark.anyio


async def jobs(desk: Desk) -> list[Any]:
    return desk.db.execute(
        "select args from procrastinate.procrastinate_jobs where task_name = 'make_export' and status = 'todo'"
    ).fetchall()


# Asking


async def test_asked_for_made_and_downloaded(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.ada)
    answer = await desk.client.post("/api/v1/exports", json={"kind": "workspace"}, headers=headers)
    told = answer.json()
    assert (answer.status_code, told["status"], told["simulated"]) == (202, "waiting", False)
    assert answer.headers["location"] == f"/api/v1/exports/{told['id']}"
    assert [each[0]["ids"] for each in await jobs(desk)] == [[told["id"]]]
    early = await desk.client.get(f"/api/v1/exports/{told['id']}/archive", headers=headers)
    assert (early.status_code, early.json()["rule"]) == (409, "ready")
    await desk.make(UUID(told["id"]))
    ready = (await desk.client.get(f"/api/v1/exports/{told['id']}", headers=headers)).json()
    assert ready["status"] == "ready"
    assert ready["progress"]["rows"] == ready["progress"]["rows_total"] > 0
    opened = await desk.fetch(headers, UUID(told["id"]))
    assert len(opened.data) == ready["bytes"]
    listed = (await desk.client.get("/api/v1/exports", headers=headers)).json()
    assert [each["id"] for each in listed["items"]] == [told["id"]]
    notices = desk.db.execute("select user_id, kind, link from notifications where kind like 'export%%'").fetchall()
    assert notices == [(desk.cast.ada.id, "export_ready", "/settings/data")]


async def test_a_rehearsal_says_what_it_would_hold_and_keeps_nothing(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    await desk.add_medium("a.png", b"12345")
    told = (await desk.client.post("/api/v1/exports?dry_run=true", json={"kind": "workspace"}, headers=headers)).json()
    assert told["id"] is None
    assert not await jobs(desk)
    assert (await desk.client.get("/api/v1/exports", headers=headers)).json()["items"] == []
    opened = await desk.export(desk.cast.alice)
    held = {each["table"]: each["rows"] for each in told["would_hold"]["tables"]}
    assert (told["would_hold"]["media"], told["would_hold"]["media_bytes"]) == (1, 5)
    assert held | {"sessions": None} == {table: len(opened.rows(table)) for table in opened.tables} | {"sessions": None}


async def test_the_same_wish_is_done_once(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice) | {"Idempotency-Key": str(uuid4())}
    first, second = [await desk.client.post("/api/v1/exports", json={}, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert len(await jobs(desk)) == 1


async def test_one_of_a_kind_at_a_time(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    again = await desk.client.post("/api/v1/exports", json={"kind": "workspace"}, headers=headers)
    assert (again.status_code, again.json()["rule"]) == (409, "one_at_a_time")
    await desk.ask(headers, "person")
    await desk.ask(await desk.sign_in(desk.cast.ada))
    assert (await desk.client.delete(f"/api/v1/exports/{id}", headers=headers)).status_code == 204
    await desk.ask(headers)


async def test_two_at_once_and_only_one_is_begun(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    answers = await asyncio.gather(*(desk.client.post("/api/v1/exports", json={}, headers=headers) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [202, 409, 409, 409]


async def test_five_a_day(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    for _ in range(asking.A_DAY):
        id = await desk.ask(headers)
        await desk.client.delete(f"/api/v1/exports/{id}", headers=headers)
    refused = await desk.client.post("/api/v1/exports", json={}, headers=headers)
    assert (refused.status_code, refused.json()["rule"]) == (429, "daily")
    desk.clock.ahead = timedelta(days=1, minutes=1)
    await desk.ask(headers)


@pytest.mark.parametrize(
    ("who", "kind", "status"), [("vera", "workspace", 403), ("bob", "workspace", 403), ("vera", "person", 202), ("ada", "workspace", 202)]
)
async def test_who_may_ask(desk: Desk, who: str, kind: str, status: int) -> None:
    headers = await desk.sign_in(getattr(desk.cast, who))
    for dry in ("", "?dry_run=true"):
        answer = await desk.client.post(f"/api/v1/exports{dry}", json={"kind": kind}, headers=headers)
        assert answer.status_code == status or (dry and status == 202 and answer.status_code == 409)


async def test_no_key_asks_or_downloads(desk: Desk) -> None:
    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    await desk.make(id)
    key = {"Authorization": f"Bearer {make_key(desk.db, desk.cast.alice, desk.cast.workspace, ['read', 'admin'])}"}
    for answer in (
        await desk.client.post("/api/v1/exports", json={}, headers=key),
        await desk.client.get("/api/v1/exports", headers=key),
        await desk.client.get(f"/api/v1/exports/{id}/archive", headers=key),
        await desk.client.request("DELETE", "/api/v1/me", json={"email": desk.cast.alice.email}, headers=key),
    ):
        assert (answer.status_code, answer.json()["rule"]) == (403, "person")


# Whose it is


@pytest.mark.parametrize("who", ["mallory", "ada", "bob", "vera"])
async def test_another_neither_sees_nor_downloads_it(desk: Desk, who: str) -> None:
    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    await desk.make(id)
    person = getattr(desk.cast, who)
    headers = await desk.sign_in(person, desk.cast.elsewhere if who == "mallory" else None)
    for path in (f"/api/v1/exports/{id}", f"/api/v1/exports/{id}/archive", f"/settings/data/exports/{id}/archive"):
        assert (await desk.client.get(path, headers=headers)).status_code == 404
    assert (await desk.client.delete(f"/api/v1/exports/{id}", headers=headers)).status_code == 404
    assert (await desk.client.get("/api/v1/exports", headers=headers)).json()["items"] == []
    assert (await desk.client.get(f"/api/v1/exports/{id}/archive")).status_code == 401
    assert desk.status(id)[0] == "ready"


async def test_who_is_no_admin_any_more_gets_nothing(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.ada)
    ready = await desk.ask(headers)
    await desk.make(ready)
    with serving(desk.db):
        desk.db.execute(
            "update workspace_members set role = 'editor' where user_id = %s and workspace_id = %s", [desk.cast.ada.id, desk.cast.workspace]
        )
    refused = await desk.client.get(f"/api/v1/exports/{ready}/archive", headers=headers)
    assert (refused.status_code, refused.json()["rule"]) == (403, "role")


async def test_who_lost_the_role_while_it_waited(desk: Desk) -> None:
    id = await desk.ask(await desk.sign_in(desk.cast.ada))
    with serving(desk.db):
        desk.db.execute("delete from workspace_members where user_id = %s and workspace_id = %s", [desk.cast.ada.id, desk.cast.workspace])
    assert not await desk.make(id)
    assert desk.status(id)[0] == "failed"
    assert not desk.lying()


# Download


async def test_ranges_and_headers(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    await desk.make(id)
    path = f"/api/v1/exports/{id}/archive"
    whole = await desk.client.get(path, headers=headers)
    assert whole.headers["content-disposition"].startswith('attachment; filename="postwright-acme-')
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-type"] == "application/zip"
    size = len(whole.content)
    for asked, start, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=5-{size * 9}", 5, size),
    ):
        some = await desk.client.get(path, headers=headers | {"Range": asked})
        assert (some.status_code, some.content) == (206, whole.content[start:end])
        assert some.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for asked in (f"bytes={size}-", "bytes=-0", "bytes=9-3"):
        assert (await desk.client.get(path, headers=headers | {"Range": asked})).status_code == 416
    for asked in ("bytes=0-1,3-4", "words=1-2", "bytes=-", "bytes=" + "9" * 5000 + "-"):
        assert (await desk.client.get(path, headers=headers | {"Range": asked})).status_code == 200
    other = await desk.client.get(path, headers=headers | {"Range": "bytes=0-9", "If-Range": '"another"'})
    assert other.status_code == 200
    assert (await desk.client.get(path, headers=headers | {"Range": "bytes=0-9", "If-Range": whole.headers["etag"]})).status_code == 206


async def test_an_archive_whose_file_was_lost_is_said_to_be_gone(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    await desk.make(id)
    for each in desk.lying():
        (desk.web.settings.home / "exports" / each).unlink()
    answer = await desk.client.get(f"/api/v1/exports/{id}/archive", headers=headers)
    assert (answer.status_code, answer.json()["rule"]) == (404, "exists")


async def test_a_medias_signed_address_opens_no_archive(desk: Desk) -> None:
    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    await desk.make(id)
    with pytest.raises(Exception, match="no longer there"):
        await desk.web.storage.find(id)


async def test_kept_for_a_week(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    await desk.make(id)
    await sweep(desk.worker, desk.clock())
    assert len(desk.lying()) == 1
    desk.clock.ahead = timedelta(days=7, minutes=1)
    gone = await desk.client.get(f"/api/v1/exports/{id}/archive", headers=headers)
    assert (gone.status_code, gone.json()["rule"]) == (409, "ready")
    await sweep(desk.worker, desk.clock())
    assert desk.status(id)[0] == "expired"
    assert not desk.lying()


async def test_what_is_deleted_is_gone(desk: Desk) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    await desk.make(id)
    assert (await desk.client.delete(f"/api/v1/exports/{id}", headers=headers)).status_code == 204
    assert not desk.lying()
    assert (await desk.client.get(f"/api/v1/exports/{id}/archive", headers=headers)).status_code == 404
    assert (await desk.client.delete(f"/api/v1/exports/{id}", headers=headers)).status_code == 404


async def test_a_workspace_that_goes_takes_its_archives_along(desk: Desk) -> None:
    await desk.make(await desk.ask(await desk.sign_in(desk.cast.alice)))
    with serving(desk.db):
        desk.db.execute("delete from workspaces where id = %s", [desk.cast.workspace])
    await sweep(desk.worker, desk.clock())
    assert not desk.lying()


# Trouble


def stalling(after: str, reached: asyncio.Event, go_on: asyncio.Event, packed: Callable[..., Any]) -> Callable[..., Any]:
    """Packs tables until it comes to `after`, then waits."""

    async def pack(state: State, job: Any, archive: Any, progress: Any, db: Any, part: Any) -> Any:
        if part.name == after and job.attempt == 1:
            reached.set()
            await go_on.wait()
        return await packed(state, job, archive, progress, db, part)

    return pack


async def test_the_one_that_was_overtaken_finishes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(collect, "_pack_table", stalling("projects", reached, go_on, collect._pack_table))
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    slow = asyncio.create_task(desk.make(id))
    await asyncio.wait_for(reached.wait(), 20)
    assert await desk.make(id), "another worker takes it over"
    go_on.set()
    assert not await asyncio.wait_for(slow, 20)
    assert desk.status(id) == ("ready", None, 2)
    assert len(desk.lying()) == 1
    await desk.fetch(headers, id)


async def test_overtaken_at_the_last_step(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the finished file and the word that it is finished."""
    keep, overtaken = collect._keep, []

    async def keep_late(state: State, part: Path, path: str) -> int:
        size = await keep(state, part, path)
        if not overtaken:
            overtaken.append(path)
            assert await desk.make(id)
        return size

    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    monkeypatch.setattr(collect, "_keep", keep_late)
    assert not await desk.make(id)
    assert desk.status(id) == ("ready", None, 2)
    assert len(desk.lying()) == 1
    assert "archive-2" in desk.lying()[0]


async def test_given_up_while_it_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(collect, "_pack_table", stalling("projects", reached, go_on, collect._pack_table))
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    slow = asyncio.create_task(desk.make(id))
    await asyncio.wait_for(reached.wait(), 20)
    assert (await desk.client.delete(f"/api/v1/exports/{id}", headers=headers)).status_code == 204
    go_on.set()
    assert not await asyncio.wait_for(slow, 20)
    assert not desk.lying()


async def test_a_worker_that_stops_leaves_no_half(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = asyncio.Event()
    monkeypatch.setattr(collect, "_pack_table", stalling("projects", reached, asyncio.Event(), collect._pack_table))
    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    stopped = asyncio.create_task(desk.make(id))
    await asyncio.wait_for(reached.wait(), 20)
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert not desk.lying()
    assert desk.status(id)[0] == "running", "the next worker begins it again"
    assert await desk.make(id)


_WORKER = """
import asyncio, sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from postwright import config
from postwright.db.session import open_pool
from postwright.edge.state import State
from postwright.exports import collect
from postwright.library.storage import Storage

dsn, home, workspace, id = sys.argv[1:]
packed = collect._pack_table

async def stall(*values):
    if values[5].name == "projects":
        print("reached", flush=True)
        await asyncio.sleep(600)
    return await packed(*values)

async def main():
    async with open_pool(dsn, size=3) as pool:
        settings, storage = config.load({"POSTWRIGHT_HOME": home}), Storage(Path(home) / "media")
        state = State(settings, pool, storage, lambda: datetime.now(UTC), None, "", b"k" * 32, "test")
        collect._pack_table = stall
        await collect.make_export(state, UUID(workspace), UUID(id))

asyncio.run(main())
"""


async def test_a_killed_worker_is_begun_again_and_leaves_one_archive(desk: Desk, database: Dsns) -> None:
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WORKER, database.worker, str(desk.web.settings.home), str(desk.cast.workspace), str(id),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert killed.stdout
    assert await asyncio.wait_for(killed.stdout.readline(), 60) == b"reached\n"
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    assert desk.status(id) == ("running", None, 1)
    assert desk.lying() == [f"parts/{id}-1.zip"], "what it had written lies there"
    desk.db.execute("delete from procrastinate.procrastinate_jobs")
    await sweep(desk.worker, desk.clock())
    assert not await jobs(desk), "it is not silent for long yet"
    await sweep(desk.worker, desk.clock() + timedelta(minutes=4))
    assert [each[0]["ids"] for each in await jobs(desk)] == [[str(id)]]
    assert await desk.make(id)
    assert desk.status(id) == ("ready", None, 2)
    assert len(desk.lying()) == 1
    assert isinstance(await desk.fetch(headers, id), Opened)


async def test_the_worker_takes_it_from_the_queue(desk: Desk, database: Dsns, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: the request's transaction, procrastinate, the job, the download."""
    monkeypatch.setattr(jobs_of_worker, "_MODULES", tuple(dict.fromkeys([*jobs_of_worker._MODULES, "postwright.exports.tasks"])))
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    stop = asyncio.Event()
    worker = asyncio.create_task(jobs_of_worker.work(desk.worker, database.worker, stop))
    async with asyncio.timeout(60):
        while (told := (await desk.client.get(f"/api/v1/exports/{id}", headers=headers)).json())["status"] in {"waiting", "running"}:  # noqa: ASYNC110 - as any program asks
            await asyncio.sleep(0.1)
    stop.set()
    await asyncio.wait_for(worker, 60)
    assert told["status"] == "ready", told
    assert (await desk.fetch(headers, id)).rows("workspaces")


async def test_nobody_works_for_who_is_locked_out(desk: Desk) -> None:
    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    with serving(desk.db):
        desk.db.execute("update users set is_active = false where id = %s", [desk.cast.alice.id])
    desk.db.execute("delete from procrastinate.procrastinate_jobs")
    assert not await desk.make(id)
    await sweep(desk.worker, desk.clock() + timedelta(hours=1))
    assert not await jobs(desk)


async def test_what_ends_its_worker_each_time_is_given_up(desk: Desk) -> None:
    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    desk.db.execute("update exports set status = 'running', attempt = 3 where id = %s", [id])
    assert not await desk.make(id)
    status, words, _ = desk.status(id)
    assert status == "failed"
    assert "operator" in words


async def test_a_full_disk_is_said_and_leaves_nothing(desk: Desk) -> None:
    """The operating system itself refuses: no file of this process may grow beyond 2 MB."""
    for _ in range(8):
        await desk.add_medium("a.png", bytes(range(256)) * 2000)
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        assert not await desk.make(id)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not desk.lying()
    told = (await desk.client.get(f"/api/v1/exports/{id}", headers=headers)).json()
    assert told["status"] == "failed"
    assert "room" in told["error"]
    assert "operator" in told["error"]
    await desk.ask(headers)


async def test_a_full_disk_at_the_last_step(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    with monkeypatch.context() as patched:
        patched.setattr(collect, "_keep", full)
        assert not await desk.make(id)
    assert desk.status(id)[0] == "failed"
    assert not desk.lying()


async def test_a_defect_of_ours_is_said_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise ValueError("a defect")

    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    monkeypatch.setattr(collect, "readme", broken)
    assert not await desk.make(id)
    assert desk.status(id)[0] == "failed"
    assert not desk.lying()


async def test_progress_is_told_while_it_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(collect, "_pack_table", stalling("workspaces", reached, go_on, collect._pack_table))
    monkeypatch.setattr(collect, "_BEAT", 0.0)
    headers = await desk.sign_in(desk.cast.alice)
    id = await desk.ask(headers)
    slow = asyncio.create_task(desk.make(id))
    await asyncio.wait_for(reached.wait(), 20)
    told = (await desk.client.get(f"/api/v1/exports/{id}", headers=headers)).json()
    assert told["status"] == "running"
    assert 0 < told["progress"]["rows"] < told["progress"]["rows_total"]
    go_on.set()
    assert await asyncio.wait_for(slow, 20)


async def test_what_nobody_asked_for_is_not_made(desk: Desk) -> None:
    assert not await make_export(desk.worker, desk.cast.workspace, uuid4())
    id = await desk.ask(await desk.sign_in(desk.cast.alice))
    assert not await make_export(desk.worker, desk.cast.elsewhere, id), "an id under another workspace"
    assert desk.status(id)[0] == "waiting"


async def test_the_database_itself_refuses_anothers_wish(desk: Desk) -> None:
    """Past Python: the policies."""
    for person, workspace, kind in (
        (desk.cast.bob, desk.cast.workspace, Kind.WORKSPACE),
        (desk.cast.mallory, desk.cast.workspace, Kind.WORKSPACE),
        (desk.cast.bob, desk.cast.workspace, Kind.PERSON),
        (desk.cast.mallory, desk.cast.bob.personal, Kind.PERSON),
    ):
        with pytest.raises(InsufficientPrivilege), acting(desk.db, person, workspace):
            desk.db.execute("insert into exports (workspace_id, kind) values (%s, %s)", [workspace, kind])
        with acting(desk.db, person, workspace):
            assert not desk.db.execute("select * from app.export_counts(%s, %s)", [kind, workspace]).fetchall()
