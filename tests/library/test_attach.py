"""A person's own media in variants: in the draft or in one variant, in their order, and what each platform says of them."""

from __future__ import annotations

import io
import json
import os
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from postwright.edge.state import State
from postwright.errors import Unavailable
from postwright.studio import convert
from tests.api.desk import Desk
from tests.library.making import picture, video
from tests.library.test_shelf import put

pytestmark = pytest.mark.anyio


async def attach(desk: Desk, draft: dict[str, Any], *files: dict[str, Any], platforms: list[str] | None = None) -> dict[str, Any]:
    body = {"files": [each["id"] for each in files]} | ({"platforms": platforms} if platforms else {})
    answer = await desk("POST", f"/drafts/{draft['id']}/media", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def media(draft: dict[str, Any], slug: str) -> list[str]:
    return [each["id"] for each in draft["variants"][slug]["media"]]


def rules(draft: dict[str, Any], slug: str) -> dict[str, str | None]:
    return {each["rule"]: each["fix"] for each in draft["variants"][slug]["findings"]}


async def test_to_the_whole_draft_where_it_is_taken(desk: Desk):
    draft, cat = await desk.draft("x", "linkedin", "youtube"), await put(desk, alt="A cat")
    done = await attach(desk, draft, cat)
    assert media(done, "x") == media(done, "linkedin") == [cat["id"]]
    assert media(done, "youtube") == []
    assert done["notes"] == ["YouTube takes no image: its variant stays as it was."]
    assert done["variants"]["x"]["media"][0]["alt"] == "A cat"


async def test_to_one_variant_behind_what_it_has(desk: Desk):
    draft = await desk.draft("x", "linkedin")
    one, two = await put(desk, alt="One"), await put(desk, picture(50, 50), alt="Two")
    await attach(desk, draft, one, platforms=["x"])
    done = await attach(desk, draft, two, one, platforms=["x"])
    assert (media(done, "x"), media(done, "linkedin")) == ([one["id"], two["id"]], [])
    assert not done["variants"]["x"]["edited"]


async def test_own_media_take_the_place_of_a_card_that_is_being_made(desk: Desk):
    draft = await desk.draft("instagram")
    assert draft["variants"]["instagram"]["pending_media"] == "card"
    done = await attach(desk, draft, await put(desk, picture(400, 400)), platforms=["instagram"])
    assert done["variants"]["instagram"]["pending_media"] is None
    assert len(media(done, "instagram")) == 1


async def test_36_files(desk: Desk):
    draft, cat = await desk.draft("tiktok"), await put(desk)
    many = await desk("POST", f"/drafts/{draft['id']}/media", json={"files": [cat["id"]] * 36})
    assert (many.status_code, many.json()["field"]) == (422, "files")
    edit = await desk("PATCH", f"/drafts/{draft['id']}/variants/tiktok", json={"version": draft["version"], "media": [cat["id"]] * 36})
    assert (edit.status_code, edit.json()["field"]) == (422, "media")
    ids = [str(UUID(int=at)) for at in range(35)]
    desk.db.execute(
        "update content_adaptations set adaptations = jsonb_set(adaptations, '{tiktok}', adaptations -> 'tiktok' || %s)",
        [json.dumps({"media": ids, "own_media": True, "pending_media": None})],
    )
    full = await desk("POST", f"/drafts/{draft['id']}/media", json={"files": [cat["id"]], "platforms": ["tiktok"]})
    assert (full.status_code, full.json()["rule"]) == (422, "max_items")


async def test_findings_speak_of_what_was_probed(desk: Desk):
    draft = await desk.draft("x", "tiktok", "instagram")
    slow = await put(desk, video(4.0, "640x360", rate=10), "slow.mp4")
    done = await attach(desk, draft, slow)
    assert rules(done, "tiktok")["fps"] == "convert"
    assert rules(done, "instagram")["fps"] == "convert"
    assert "fps" not in rules(done, "x")
    said = next(each for each in done["variants"]["tiktok"]["findings"] if each["rule"] == "fps")
    assert (said["field"], said["limit"], said["actual"]) == ("media[0]", 23, 10)
    assert said["source"].startswith("https://developers.tiktok.com/")


async def test_a_codec_that_a_platform_does_not_take(desk: Desk):
    old = await put(desk, video(2.0, "320x240", "-c:v", "mpeg4"), "old.mp4")
    assert old["codec"] == "mpeg4"
    done = await attach(desk, await desk.draft("x"), old)
    assert rules(done, "x")["codec"] == "convert"


async def test_an_alternative_text_that_is_too_long(desk: Desk):
    done = await attach(desk, await desk.draft("x", "bluesky"), await put(desk, alt="a" * 1001))
    assert "alt_length" in rules(done, "x")
    assert "alt_length" not in rules(done, "bluesky")


async def _convert(desk: Desk, worker: State, file: dict[str, Any], slug: str, draft: dict[str, Any] | None = None) -> dict[str, Any]:
    body = {"platform": slug} | ({"draft": draft["id"]} if draft else {})
    asked = await desk("POST", f"/media/{file['id']}/conversions", json=body)
    assert asked.status_code == 202, asked.text
    assert asked.json()["status"] == "waiting"
    await convert.convert(worker, desk.cast.workspace, UUID(asked.json()["id"]))
    done = (await desk("GET", f"/media/conversions/{asked.json()['id']}")).json()
    assert isinstance(done, dict)
    return done


async def test_a_video_is_converted_on_request_and_takes_the_originals_place(desk: Desk, worker: State):
    draft = await desk.draft("tiktok")
    slow = await put(desk, video(3.0, "640x360", rate=10), "slow.mp4")
    await attach(desk, draft, slow)
    done = await _convert(desk, worker, slow, "tiktok", draft)
    assert (done["status"], done["progress"], done["error"]) == ("ready", 100, None)
    copy = (await desk("GET", f"/media/{done['result']}")).json()
    assert (copy["fps"], copy["codec"], copy["audio"], copy["original"]) == (30.0, "h264", "aac", slow["id"])
    assert copy["duration"] == pytest.approx(3.0, abs=0.2)
    now = (await desk("GET", f"/drafts/{draft['id']}")).json()
    assert media(now, "tiktok") == [copy["id"]]
    assert "fps" not in rules(now, "tiktok")
    assert (await desk("GET", f"/media/{slow['id']}")).json()["deleted_at"] is None


async def test_a_conversion_runs_twice_and_makes_one_copy(desk: Desk, worker: State):
    slow = await put(desk, video(3.0, "640x360", rate=10))
    done = await _convert(desk, worker, slow, "tiktok")
    await convert.convert(worker, desk.cast.workspace, UUID(done["id"]))
    assert desk.count("files") == 2


async def test_a_conversion_whose_worker_was_killed_begins_again(desk: Desk, worker: State):
    slow = await put(desk, video(3.0, "640x360", rate=10))
    asked = (await desk("POST", f"/media/{slow['id']}/conversions", json={"platform": "tiktok"})).json()
    desk.db.execute("update media_conversions set status = 'running', beat_at = now()")
    with pytest.raises(Unavailable):
        await convert.convert(worker, desk.cast.workspace, UUID(asked["id"]))
    desk.db.execute("update media_conversions set beat_at = now() - interval '10 minutes'")
    await convert.convert(worker, desk.cast.workspace, UUID(asked["id"]))
    assert (await desk("GET", f"/media/conversions/{asked['id']}")).json()["status"] == "ready"


async def test_media_leave_the_undo_of_words_alone(desk: Desk):
    draft, cat = await desk.draft("x"), await put(desk)
    done = await attach(desk, draft, cat)
    undo = await desk("POST", f"/drafts/{draft['id']}/variants/x/undo")
    assert (undo.status_code, undo.json()["rule"]) == (422, "undo")
    await desk("PATCH", f"/drafts/{draft['id']}/variants/x", json={"version": done["version"], "text": "Other words."})
    undone = await desk("POST", f"/drafts/{draft['id']}/variants/x/undo")
    assert media(undone.json(), "x") == [cat["id"]]


async def test_a_variant_that_changed_meanwhile_is_left_alone(desk: Desk, worker: State):
    draft = await desk.draft("tiktok")
    slow = await put(desk, video(3.0, "640x360", rate=10))
    other = await put(desk, video(2.0))
    shown = await attach(desk, draft, slow)
    asked = await desk("POST", f"/media/{slow['id']}/conversions", json={"platform": "tiktok", "draft": draft["id"]})
    again = await desk("POST", f"/media/{slow['id']}/conversions", json={"platform": "tiktok", "draft": draft["id"]})
    assert (again.status_code, again.json()["rule"]) == (409, "one_at_a_time")
    await desk("PATCH", f"/drafts/{draft['id']}/variants/tiktok", json={"version": shown["version"], "media": [other["id"]]})
    await convert.convert(worker, desk.cast.workspace, UUID(asked.json()["id"]))
    assert media((await desk("GET", f"/drafts/{draft['id']}")).json(), "tiktok") == [other["id"]]
    assert (await desk("GET", f"/media/conversions/{asked.json()['id']}")).json()["status"] == "ready"


@pytest.mark.parametrize(("size", "shape"), [((2000, 500), 1.91), ((300, 900), 0.8)])
async def test_a_picture_is_letterboxed_never_cut(desk: Desk, worker: State, size: tuple[int, int], shape: float):
    draft = await desk.draft("instagram")
    wide = await put(desk, picture(*size, "PNG"), "wide.png")
    shown = await attach(desk, draft, wide)
    assert {"mime_type", "aspect"} <= set(rules(shown, "instagram"))
    done = await _convert(desk, worker, wide, "instagram", draft)
    copy = (await desk("GET", f"/media/{done['result']}")).json()
    assert copy["mime_type"] == "image/jpeg"
    assert copy["width"] / copy["height"] == pytest.approx(shape, abs=0.01)
    assert copy["width"] >= size[0]
    assert copy["height"] >= size[1]
    assert not {"mime_type", "aspect"} & set(rules((await desk("GET", f"/drafts/{draft['id']}")).json(), "instagram"))


async def test_a_picture_that_is_too_large_gets_small_enough(desk: Desk, worker: State):
    """Bluesky takes a megabyte."""
    noise = Image.frombytes("RGB", (1500, 1200), os.urandom(1500 * 1200 * 3))
    out = io.BytesIO()
    noise.save(out, "PNG")
    big = await put(desk, out.getvalue())
    done = await _convert(desk, worker, big, "bluesky")
    assert (await desk("GET", f"/media/{done['result']}")).json()["size"] <= 1_000_000


async def test_what_only_cutting_would_mend_is_not_offered(desk: Desk):
    short = await put(desk, video(1.0))
    for slug, file, rule in (("instagram", short, "duration"), ("youtube", await put(desk), "media_kind")):
        answer = await desk("POST", f"/media/{file['id']}/conversions", json={"platform": slug})
        assert (answer.status_code, answer.json()["rule"]) == (422, rule)
    what = await desk("GET", f"/media/{short['id']}/conversions/x")
    assert (what.status_code, what.json()["mime_type"]) == (200, "video/mp4")


async def test_a_conversion_that_fails_says_why_and_keeps_everything(desk: Desk, worker: State):
    slow = await put(desk, video(3.0, "640x360", rate=10))
    asked = (await desk("POST", f"/media/{slow['id']}/conversions", json={"platform": "tiktok"})).json()
    root = worker.storage.root / slow["id"][:2] / slow["id"]
    next(root.iterdir()).write_bytes(b"\x00\x00\x00\x18ftypisom" + b"spoiled" * 100)
    await convert.convert(worker, desk.cast.workspace, UUID(asked["id"]))
    done = (await desk("GET", f"/media/conversions/{asked['id']}")).json()
    assert (done["status"], done["result"]) == ("failed", None)
    assert done["error"]
    assert desk.count("files") == 1
