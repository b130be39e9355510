"""Large files in pieces: a broken line costs the last piece, what is no medium leaves nothing, and nobody goes on with another's."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock
from uuid import UUID

import httpx2
import pytest
from starlette.requests import ClientDisconnect

from postwright.edge.state import State
from postwright.library import resume, upload
from tests.api.desk import Desk
from tests.library.making import picture, video
from tests.library.test_upload import bytes_on_disk

pytestmark = pytest.mark.anyio
PIECE = {"Content-Type": "application/offset+octet-stream"}


async def announce(desk: Desk, data: bytes, name: str = "walk.mp4") -> str:
    told = f"filename {base64.b64encode(name.encode()).decode()}"
    answer = await desk("POST", "/uploads", headers={"Upload-Length": str(len(data)), "Upload-Metadata": told})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1/uploads/{answer.json()['id']}"
    return f"/uploads/{answer.json()['id']}"


async def send(desk: Desk, place: str, at: int, data: Any) -> httpx2.Response:
    return await desk("PATCH", place, content=data, headers=PIECE | {"Upload-Offset": str(at)})


async def test_a_video_arrives_in_pieces(desk: Desk):
    data = video(2.0)
    place = await announce(desk, data)
    middle = len(data) // 2
    first = await send(desk, place, 0, data[:middle])
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(middle))
    asked = await desk("HEAD", place)
    assert (asked.headers["upload-offset"], asked.headers["upload-length"], asked.headers["tus-resumable"]) == (
        str(middle), str(len(data)), "1.0.0",
    )  # fmt: skip
    assert (await desk("GET", place)).json()["file"] is None
    last = await send(desk, place, middle, data[middle:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(data)))
    file = (await desk("GET", place)).json()["file"]
    assert (file["name"], file["size"], file["kind"]) == ("walk.mp4", len(data), "video")
    assert [each.suffix for each in bytes_on_disk(desk)] == [".mp4"]


async def test_a_broken_line_costs_no_more_than_what_was_on_it(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    data = picture(300, 300)
    place = await announce(desk, data, "a.jpg")
    real = resume.write

    async def breaks(body: AsyncIterator[bytes], path: Any, most: int, at: int = 0) -> int:
        async def cut() -> AsyncIterator[bytes]:
            async for piece in body:
                yield piece[:1000]
                raise ClientDisconnect

        return await real(cut(), path, most, at)

    monkeypatch.setattr(resume, "write", breaks)
    await send(desk, place, 0, data)
    monkeypatch.setattr(resume, "write", real)
    reached = int((await desk("HEAD", place)).headers["upload-offset"])
    assert reached == 1000
    wrong = await send(desk, place, 0, data)
    assert (wrong.status_code, wrong.json()["rule"]) == (409, "upload_offset")
    assert (await send(desk, place, reached, data[reached:])).status_code == 204
    assert (await desk("GET", place)).json()["file"]["width"] == 300


async def test_what_is_no_medium_leaves_nothing(desk: Desk):
    data = b"no video at all" * 100
    place = await announce(desk, data)
    answer = await send(desk, place, 0, data)
    assert (answer.status_code, answer.json()["rule"]) == (422, "media_format")
    assert (desk.count("files"), desk.count("uploads"), bytes_on_disk(desk)) == (0, 0, [])
    assert (await desk("HEAD", place)).status_code == 404


async def test_more_than_was_announced_does_not_get_in(desk: Desk):
    data = picture(300, 300)
    place = await announce(desk, data[:1000], "a.jpg")
    answer = await send(desk, place, 0, data)
    assert (answer.status_code, answer.json()["rule"]) == (413, "size")


async def test_one_piece_at_a_time(desk: Desk):
    data = picture(300, 300)
    place = await announce(desk, data)
    desk.db.execute("update uploads set taken_until = now() + interval '5 minutes'")
    assert (await send(desk, place, 0, data)).status_code == 409
    desk.db.execute("update uploads set taken_until = now() - interval '1 second'")  # whoever had it died
    assert (await send(desk, place, 0, data)).status_code == 204


async def test_an_upload_is_its_senders_own(desk: Desk):
    place = await announce(desk, picture())
    await desk.become(desk.cast.alice)
    assert (await desk("HEAD", place)).status_code == 404
    assert (await send(desk, place, 0, picture())).status_code == 404
    assert (await desk("DELETE", place)).status_code == 404


async def test_an_upload_is_given_up(desk: Desk):
    data = picture(300, 300)
    place = await announce(desk, data)
    await send(desk, place, 0, data[:500])
    assert len(bytes_on_disk(desk)) == 1
    assert (await desk("DELETE", place)).status_code == 204
    assert (await desk("HEAD", place)).status_code == 404
    assert bytes_on_disk(desk) == []


async def test_what_nobody_goes_on_with_goes_after_a_day(desk: Desk, worker: State):
    data = picture(300, 300)
    await send(desk, await announce(desk, data), 0, data[:500])
    assert await resume.sweep(worker, worker.clock()) == 0
    assert await resume.sweep(worker, worker.clock() + timedelta(hours=25)) == 1
    assert (desk.count("uploads"), bytes_on_disk(desk)) == (0, [])


async def test_what_a_killed_process_left_goes_too(desk: Desk, worker: State):
    await send(desk, await announce(desk, picture()), 0, b"x")
    left = next(each for each in bytes_on_disk(desk))
    desk.db.execute("delete from uploads")
    folder = left.parent / "upload-killed"
    folder.mkdir()
    (folder / "body").write_bytes(b"x")
    await resume.sweep(worker, worker.clock())
    assert len(bytes_on_disk(desk)) == 2
    await resume.sweep(worker, worker.clock() + timedelta(days=3))
    assert bytes_on_disk(desk) == []


async def test_the_form_of_the_protocol(desk: Desk):
    answer = await desk("OPTIONS", "/uploads", headers={"Authorization": ""})
    assert (answer.status_code, answer.headers["tus-version"], answer.headers["tus-max-size"]) == (204, "1.0.0", "8000000000")
    assert (await desk("POST", "/uploads", headers={"Upload-Length": "0"})).json()["rule"] == "empty_file"
    assert (await desk("POST", "/uploads")).status_code == 422
    bad = await desk("POST", "/uploads", headers={"Upload-Length": "10", "Upload-Metadata": "filename ???"})
    assert (bad.status_code, bad.json()["rule"]) == (422, "base64")
    place = await announce(desk, picture())
    plain = await desk("PATCH", place, content=b"x", headers={"Upload-Offset": "0", "Content-Type": "text/plain"})
    assert (plain.status_code, plain.json()["field"]) == (422, "Content-Type")


async def _quota(desk: Desk, quota: int) -> None:
    desk.db.execute(
        "update workspaces set settings = jsonb_build_object('media_quota_bytes', %s::bigint) where id = %s", [quota, desk.cast.workspace]
    )


async def test_what_is_announced_takes_room_before_it_is_there_and_of_everyone(desk: Desk):
    data = picture(300, 300)
    await _quota(desk, 3 * len(data))
    places = [await announce(desk, data, "a.jpg") for _ in range(2)]
    await desk.become(desk.cast.alice)  # who does not see these uploads
    assert (await desk("GET", "/media/room")).json()["used"] == 2 * len(data)
    more = await desk("POST", "/uploads", headers={"Upload-Length": str(len(data) + 1)})
    assert (more.status_code, more.json()["rule"]) == (413, "quota")
    await desk.become(desk.cast.bob)
    await _quota(desk, 2 * len(data))
    assert (await send(desk, places[0], 0, data)).status_code == 204  # its own room is there for it
    assert (await desk("DELETE", places[1])).status_code == 204
    file = (await desk("GET", places[0])).json()["file"]
    assert (await desk("GET", "/media/room")).json()["used"] == file["size"]


async def test_a_person_has_five_uploads_open_and_no_more(desk: Desk):
    places = [await announce(desk, picture()) for _ in range(5)]
    more = await desk("POST", "/uploads", headers={"Upload-Length": "1000"})
    assert (more.status_code, more.json()["field"], more.json()["rule"]) == (409, "Upload-Length", "most")
    assert places[0] in more.json()["detail"]
    await send(desk, places[0], 0, picture())  # whole
    await announce(desk, picture())
    await desk.become(desk.cast.alice)
    await announce(desk, picture())


def _free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(upload.shutil, "disk_usage", lambda _: SimpleNamespace(free=size))


async def test_no_piece_is_taken_for_which_the_disk_has_no_room(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    data = picture(300, 300)
    place = await announce(desk, data)
    _free(monkeypatch, upload._SPARE + len(data))
    answer = await send(desk, place, 0, data)
    assert (answer.status_code, answer.json()["field"], answer.json()["rule"], bytes_on_disk(desk)) == (503, "file", "disk_space", [])
    _free(monkeypatch, upload._SPARE + 2 * len(data))
    assert (await send(desk, place, 0, data)).status_code == 204


async def test_a_body_of_unknown_length_does_not_fill_the_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    came = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal came
        while came < 50_000_000:
            came += 1_000_000
            yield bytes(1_000_000)

    _free(monkeypatch, upload._SPARE + 5_000_000)
    answer = await desk("POST", "/media", content=endless())
    assert (answer.status_code, answer.json()["rule"], bytes_on_disk(desk)) == (503, "disk_space", [])
    assert came < 10_000_000


async def test_an_empty_piece_behind_the_last_one_does_not_make_a_second_file(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    data, real, answers = video(1.0), resume.take_in, list[httpx2.Response]()
    place = await announce(desk, data)

    async def examines(*args: Any) -> Any:
        answers.append(await send(desk, place, len(data), b""))
        return await real(*args)

    monkeypatch.setattr(resume, "take_in", examines)
    assert (await send(desk, place, 0, data)).status_code == 204
    assert [(each.status_code, each.json()["rule"]) for each in answers] == [(409, "upload_offset")]
    assert (desk.count("files"), len(bytes_on_disk(desk))) == (1, 1)


async def test_who_writes_beyond_his_lease_changes_nothing_of_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    data, real, other = video(1.0), resume.write, list[httpx2.Response]()
    place = await announce(desk, data)

    async def late(body: AsyncIterator[bytes], path: Path, most: int, at: int = 0) -> int:
        monkeypatch.setattr(resume, "write", real)
        with path.open("wb") as file:
            file.write(b"x" * 100)
            desk.db.execute("update uploads set taken_until = now() - interval '1 second'")
            other.append(await send(desk, place, 0, data))
            file.write(b"x" * len(data))
        return len(data)

    monkeypatch.setattr(resume, "write", late)
    mine = await send(desk, place, 0, b"x" * len(data))
    assert (mine.status_code, mine.json()["rule"], other[0].status_code) == (409, "upload_offset", 204)
    stored = [each for each in bytes_on_disk(desk) if each.suffix == ".mp4"]
    assert [each.read_bytes() for each in stored] == [data]
    assert (await desk("GET", place)).json()["file"]["size"] == len(data)


async def test_who_makes_a_file_longer_than_his_lease_leaves_it_to_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    data, real = video(1.0), resume.take_in
    place = await announce(desk, data)

    async def examines(*args: Any) -> Any:
        desk.db.execute("update uploads set lease = lease + 1")  # another took it meanwhile
        return await real(*args)

    monkeypatch.setattr(resume, "take_in", examines)
    answer = await send(desk, place, 0, data)
    assert (answer.status_code, answer.json()["rule"]) == (409, "upload_offset")
    assert (desk.count("files"), desk.count("uploads"), bytes_on_disk(desk)) == (0, 1, [])


async def test_who_has_the_lease_stops_before_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    data, real = picture(300, 300), resume.write
    place = await announce(desk, data, "a.jpg")

    async def slow(body: AsyncIterator[bytes], path: Path, most: int, at: int = 0) -> int:
        async def stalls() -> AsyncIterator[bytes]:
            yield data[:1000]
            await asyncio.Event().wait()

        return await real(stalls(), path, most, at)

    assert resume._WRITING < resume._LEASE
    monkeypatch.setattr(resume, "_WRITING", timedelta(seconds=0.2))
    monkeypatch.setattr(resume, "write", slow)
    answer = await send(desk, place, 0, data)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "1000")
    monkeypatch.setattr(resume, "write", real)
    assert (await send(desk, place, 1000, data[1000:])).status_code == 204


async def test_a_block_that_is_being_written_when_its_writer_is_stopped_is_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    part, loop = tmp_path / "part", asyncio.get_running_loop()

    def stopped(path: Path, at: int) -> Any:
        file = path.open("wb")

        def write(data: bytes) -> None:
            file.write(data)
            if data:
                loop.call_soon_threadsafe(writing.cancel)

        return MagicMock(write=write, __exit__=lambda *_: file.close())

    async def body() -> AsyncIterator[bytes]:
        yield bytes(upload._BLOCK)
        await asyncio.Event().wait()

    monkeypatch.setattr(upload, "_open_at", stopped)
    writing = asyncio.create_task(upload.write(body(), part, 10**9))
    with suppress(asyncio.CancelledError):
        await writing
    assert part.stat().st_size == upload._BLOCK


async def test_a_file_that_a_killed_process_was_making_is_made_by_the_next(desk: Desk, worker: State):
    data = video(1.0)
    place = await announce(desk, data)
    await send(desk, place, 0, data[:100])
    id = place.rpartition("/")[2]
    part = resume.place(worker, UUID(id))
    part.unlink()
    part.with_name(f"{id}.1.whole").write_bytes(data)
    desk.db.execute("update uploads set received_bytes = total_bytes, taken_until = now() - interval '1 second'")
    assert (await send(desk, place, len(data), b"")).status_code == 204
    assert (await desk("GET", place)).json()["file"]["size"] == len(data)
    assert [each.suffix for each in bytes_on_disk(desk)] == [".mp4"]
