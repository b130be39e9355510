"""What comes in is opened before it is believed; what is refused leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.api.desk import Desk
from tests.library.making import bomb, picture, video, with_place, zipped

pytestmark = pytest.mark.anyio


async def send(desk: Desk, data: bytes, name: str = "a.jpg", **how: Any) -> httpx2.Response:
    return await desk("POST", "/media", params={"name": name} | how.pop("params", {}), content=data, **how)


def bytes_on_disk(desk: Desk) -> list[Path]:
    """Everything that lies in storage and among what is coming in."""
    home: Path = desk.app.state.postwright.settings.home
    return [each for part in ("media", "incoming") for each in (home / part).rglob("*") if each.is_file()]


async def refused(desk: Desk, data: bytes, name: str = "a.jpg", **how: Any) -> dict[str, Any]:
    """The problem; and nothing is left."""
    answer = await send(desk, data, name, **how)
    assert answer.status_code in {413, 422}, answer.text
    assert desk.count("files") == 0
    assert bytes_on_disk(desk) == []
    found = answer.json()
    assert isinstance(found, dict)
    return found


async def test_a_picture_becomes_a_file_that_is_served_by_a_signed_address_only(desk: Desk):
    answer = await send(desk, picture(60, 45), "Launch day.jpg", params={"alt": "A whiteboard"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["kind"], made["mime_type"], made["width"], made["height"]) == ("image", "image/jpeg", 60, 45)
    assert (made["name"], made["alt_text"], made["generated"]) == ("Launch day.jpg", "A whiteboard", None)
    row = desk.db.execute("select sha256, size_bytes, path from files").fetchone()
    assert row is not None
    stored = (desk.app.state.postwright.storage.root / row[2]).read_bytes()
    assert (hashlib.sha256(stored).hexdigest(), len(stored)) == (row[0], row[1])
    assert "exp=" in made["url"]
    assert "sig=" in made["url"]
    assert [each.suffix for each in bytes_on_disk(desk)] == [".jpg"]


async def test_a_video_is_probed(desk: Desk):
    answer = await send(desk, video(1.0, "320x180", rate=30), "clip.mov")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["kind"], made["mime_type"], made["name"]) == ("video", "video/mp4", "clip.mp4")
    assert (made["width"], made["height"], made["codec"], made["fps"], made["audio"]) == (320, 180, "h264", 30.0, "aac")
    assert made["duration"] == pytest.approx(1.0, abs=0.1)


async def test_every_form_that_is_taken_is_known_by_its_bytes(desk: Desk):
    vp9 = video(0.5, "160x120", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", ending="webm", sound=False)
    sent = {
        "image/jpeg": picture(), "image/png": picture(form="PNG"), "image/gif": picture(form="GIF"), "image/webp": picture(form="WEBP"),
        "video/mp4": video(), "video/quicktime": video(1.0, "320x240", ending="mov"), "video/webm": vp9,
    }  # fmt: skip
    for mime, data in sent.items():
        answer = await send(desk, data, "name.exe", headers={"Content-Type": "text/html"})
        assert (answer.status_code, answer.json().get("mime_type")) == (201, mime), answer.text


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 6])
async def test_a_picture_loses_place_and_camera_and_stands_upright(desk: Desk, form: str, orientation: int):
    sent = with_place(40, 30, form, orientation)
    assert b"SecretCamera" in sent
    made = (await send(desk, sent)).json()
    (stored,) = bytes_on_disk(desk)
    data = stored.read_bytes()
    assert b"Secret" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert not image.getexif()
        assert image.size == ((40, 30) if orientation == 1 else (30, 40)) == (made["width"], made["height"])


async def test_pixels_stay_as_they_are_bit_for_bit(desk: Desk):
    for form in ("JPEG", "PNG", "GIF", "WEBP"):
        sent = with_place(form=form) if form != "GIF" else picture(form=form, comment=b"SecretComment")
        made = (await send(desk, sent)).json()
        stored = next(each for each in bytes_on_disk(desk) if made["id"] in str(each))
        with Image.open(io.BytesIO(sent)) as was, Image.open(stored) as now:
            assert was.convert("RGB").tobytes() == now.convert("RGB").tobytes(), form
        assert b"Secret" not in stored.read_bytes()


async def test_ten_gigabytes_are_refused_by_their_announcement(desk: Desk):
    """Before a byte of them is read."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(3):
            read += 1
            yield b"x" * 1000

    answer = await desk("POST", "/media", content=body(), headers={"Content-Length": str(10 * 1000**3)})
    assert (answer.status_code, answer.json()["rule"], answer.json()["field"]) == (413, "size", "file")
    assert "10.0 GB" in answer.json()["detail"]
    assert bytes_on_disk(desk) == []
    uploads = await desk("POST", "/uploads", headers={"Upload-Length": str(10 * 1000**3)})
    assert (uploads.status_code, uploads.json()["rule"]) == (413, "size")


async def test_more_than_was_announced_is_refused_while_it_comes(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    from postwright.library import api

    monkeypatch.setattr(api, "LARGEST_AT_ONCE", 100_000)
    pieces = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal pieces
        for _ in range(1000):
            pieces += 1
            yield b"\xff\xd8\xff" + b"x" * 9_997

    answer = await desk("POST", "/media", content=body())
    assert (answer.status_code, answer.json()["rule"]) == (413, "size")
    assert pieces < 1000
    assert bytes_on_disk(desk) == []


async def test_an_image_of_more_than_its_kind_takes(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    from postwright.library import limits

    monkeypatch.setattr(limits, "LARGEST_IMAGE", 500)
    problem = await refused(desk, picture(200, 200))
    assert (problem["rule"], problem["status"]) == ("size", 413)
    assert "An image has at most" in problem["detail"]


async def test_a_truncated_video(desk: Desk):
    whole = video(4.0, "320x240")
    assert (await refused(desk, whole[: len(whole) // 2]))["rule"] == "truncated"  # its index lies at its end, and is missing
    quick = video(4.0, "320x240", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
    assert (await refused(desk, quick[: len(quick) // 2]))["rule"] == "truncated"  # its index promises what is not there


async def test_a_truncated_picture(desk: Desk):
    for form in ("JPEG", "PNG", "GIF", "WEBP"):
        whole = picture(400, 300, form)
        problem = await refused(desk, whole[: len(whole) // 2])
        assert problem["rule"] in {"truncated", "damaged"}, form


async def test_a_video_of_no_seconds(desk: Desk):
    still = video(0.04, "320x240", sound=False)
    problem = await refused(desk, still, "still.mp4")
    assert (problem["field"], problem["rule"]) == ("file", "no_duration")


async def test_what_is_no_medium(desk: Desk):
    sent = {
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "HTML": b"<!doctype html><p>Hello",
        "a ZIP archive": zipped(), "a program": b"MZ\x90\x00" + bytes(100),
    }  # fmt: skip
    for words, data in sent.items():
        problem = await refused(desk, data, "cat.png", headers={"Content-Type": "image/png"})
        assert (problem["field"], problem["rule"]) == ("file", "media_format")
        assert words in problem["detail"]
    assert (await refused(desk, b"just some words"))["rule"] == "media_format"
    assert (await refused(desk, b""))["rule"] == "empty_file"


async def test_an_image_that_is_not_one(desk: Desk):
    """Its first bytes lie."""
    assert (await refused(desk, b"\xff\xd8\xff\xe0" + b"no picture at all" * 50))["rule"] in {"damaged", "truncated"}
    assert (await refused(desk, b"\x89PNG\r\n\x1a\n" + b"no picture" * 50, "a.png"))["rule"] in {"damaged", "truncated"}
    assert (await refused(desk, b"\x00\x00\x00\x18ftypisom" + b"no video" * 50, "a.mp4"))["rule"] in {"damaged", "truncated"}


async def test_a_bomb_of_200_megapixels_is_not_drawn(desk: Desk):
    data = bomb()
    assert len(data) < 100_000
    problem = await refused(desk, data, "bomb.png")
    assert (problem["field"], problem["rule"]) == ("file", "pixels")
    assert (await refused(desk, bomb(10_000, 8_000)))["rule"] == "pixels"


async def test_a_picture_that_is_a_page_or_an_archive_as_well(desk: Desk):
    for other in (b"<script>alert(1)</script>", b"<html>", zipped()):
        assert (await refused(desk, picture() + other))["rule"] == "polyglot"
    assert (await refused(desk, picture(form="JPEG", comment=b"<script src=//evil.example></script>")))["rule"] == "polyglot"
    assert (await refused(desk, video() + zipped(), "a.mp4"))["rule"] == "polyglot"


async def test_what_hangs_behind_the_end_goes(desk: Desk):
    made = (await send(desk, picture() + b"SecretTail" * 20)).json()
    (stored,) = bytes_on_disk(desk)
    assert b"SecretTail" not in stored.read_bytes()
    assert made["size"] == stored.stat().st_size


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"), ("C:\\Users\\me\\cat.JPEG", "cat.jpg"), ("a\x00b\r\n\u202egpj.exe", "abgpj.jpg"),
        ("", "image.jpg"), ("/", "image.jpg"), ("....", "image.jpg"), ("x" * 600, "x" * 194 + ".jpg"), ("über 😀.png", "über 😀.jpg"),
        ("<img src=x>.jpg", "<img src=x>.jpg"),
    ],
)  # fmt: skip
async def test_a_name_is_never_a_path(desk: Desk, name: str, kept: str):
    made = await send(desk, picture(), name)
    assert (made.status_code, made.json()["name"]) == (201, kept)
    (stored,) = bytes_on_disk(desk)
    assert stored.name == "media.jpg"
    assert stored.parent.name == made.json()["id"]


async def test_a_form_is_not_a_file(desk: Desk):
    answer = await desk("POST", "/media", files={"file": ("a.jpg", picture(), "image/jpeg")})
    assert (answer.status_code, answer.json()["rule"]) == (422, "raw_body")


async def test_who_may_only_read_uploads_nothing(desk: Desk):
    await desk.become(desk.cast.vera)
    answer = await send(desk, picture())
    assert (answer.status_code, bytes_on_disk(desk)) == (403, [])


async def test_the_same_upload_with_the_same_key_is_done_once(desk: Desk):
    key = {"Idempotency-Key": "one picture"}
    first = await send(desk, picture(), headers=key)
    again = await send(desk, picture(), headers=key)
    assert (first.status_code, again.status_code, again.headers["idempotency-replayed"]) == (201, 201, "true")
    assert first.json()["id"] == again.json()["id"]
    assert (desk.count("files"), len(bytes_on_disk(desk))) == (1, 1)
    other = await send(desk, picture(80, 80), headers=key)
    assert (other.status_code, other.json()["rule"]) == (409, "same_request")


async def test_a_full_workspace_takes_nothing_more_until_an_admin_allows_it(desk: Desk):
    await send(desk, picture(300, 300))
    desk.db.execute("update workspaces set settings = '{\"media_quota_bytes\": 10}' where id = %s", [desk.cast.workspace])
    full = await send(desk, picture())
    assert (full.status_code, full.json()["rule"], desk.count("files")) == (413, "quota", 1)
    assert (await desk("PUT", "/media/room", json={"quota": 10**9})).status_code == 403
    await desk.become(desk.cast.ada)
    room = await desk("PUT", "/media/room", json={"quota": 10**9})
    assert (room.status_code, room.json()["quota"]) == (200, 10**9)
    assert room.json()["used"] > 0
    assert (await send(desk, picture())).status_code == 201
