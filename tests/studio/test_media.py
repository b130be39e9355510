"""Cards and card videos are what they say; media are served by signature only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import av
import httpx2
import pytest
from PIL import Image

from postwright.db.session import Pool, transaction
from postwright.edge.state import State
from postwright.library.files import get_files, keep_bytes
from postwright.library.storage import Storage, media_url, path_of
from postwright.platforms.registry import get
from postwright.studio import drafts, render
from postwright.studio.adapt import adapt
from postwright.studio.bring_in import from_text
from postwright.studio.card_video import durations, render_card_video
from postwright.studio.cards import PAPER, UPRIGHT, WIDE, Type, fit, render_card, wrap
from postwright.studio.checking import check_draft
from postwright.studio.variants import check_variant
from tests.cast import Cast
from tests.studio import ideas
from tests.studio.conftest import NOW, acting_as

LINES = ["Last spring we shipped on a Friday at five.", "Three times as many people wrote back."]


@pytest.mark.parametrize(("size", "name", "kind"), [(UPRIGHT, "a.jpg", "JPEG"), (WIDE, "a.png", "PNG")])
def test_a_card_has_its_size_and_its_ink_inside_the_margins(tmp_path: Path, size: tuple[int, int], name: str, kind: str) -> None:
    made = render_card("\n".join(LINES), "We moved our launch from Friday to Tuesday", size, tmp_path / name)
    assert (made.missing, made.left_out) == ("", 0)
    with Image.open(tmp_path / name) as image:
        assert (image.size, image.format) == (size, kind)
        box = inked(image)
    margin = min(size) * 0.07
    assert margin < box[0] < box[2] < size[0] - margin
    assert margin < box[1] < box[3] < size[1] - margin
    assert box[3] - box[1] > size[1] * 0.3


@pytest.mark.parametrize("title", ["a", "x" * 400, "word " * 200, "الخطة وعد لنفسك في المستقبل", "We 🎉 won"])
def test_any_title_is_sized_so_that_nothing_is_cut(tmp_path: Path, title: str) -> None:
    render_card("", title, UPRIGHT, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        box = inked(image)
    assert 60 < box[0] < box[2] < UPRIGHT[0] - 60
    assert 60 < box[1] < box[3] < UPRIGHT[1] - 60


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    paper = tuple(int(PAPER[at : at + 2], 16) for at in (1, 3, 5))
    marks = image.convert("RGB").point(lambda v: 255 if v < min(paper) - 40 else 0).convert("L").point(lambda v: 255 if v else 0)
    box = marks.getbbox()
    assert box is not None
    return box


def test_what_no_font_has_is_told(tmp_path: Path) -> None:
    assert "\U00013000" in render_card("", "A hieroglyph: \U00013000", WIDE, tmp_path / "a.png").missing


def test_wrapping_loses_no_word() -> None:
    text = "one two three four five six seven eight nine ten"
    assert " ".join(wrap(text, Type("inter", 40, 400), 300)) == text
    assert "".join(wrap("x" * 200, Type("inter", 40, 400), 300)) == "x" * 200
    assert fit(text, "newsreader", 500, (90, 60, 30), 500, 10_000, "#000").type.size == 90


def test_a_card_video_is_what_platforms_take(tmp_path: Path) -> None:
    made = render_card_video("We moved our launch from Friday to Tuesday", LINES, tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height, video.average_rate) == ("h264", 1080, 1920, 30)
        assert video.codec_context.pix_fmt == "yuv420p"
        assert (video.codec_context.colorspace, video.codec_context.color_primaries, video.codec_context.color_trc) == (1, 1, 1)  # BT.709
        assert audio.codec_context.name == "aac"
        seconds = float(file.duration or 0) / 1_000_000
        frames = [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]
    assert 6 <= seconds <= 12.1
    assert made.duration == pytest.approx(seconds, abs=0.1)
    assert len(frames) == pytest.approx(seconds * 30, abs=2)
    stills = {frames[at].tobytes()[: 1080 * 1400] for at in (30, len(frames) // 2, len(frames) - 5)}
    assert len(stills) == 3  # the sentences appear in turn
    assert list(tmp_path.iterdir()) == [tmp_path / "a.mp4"]


@pytest.mark.parametrize("texts", [["Hi"], ["a " * 200] * 5, ["One two three."] * 3])
def test_durations_leave_time_to_read(texts: list[str]) -> None:
    found = durations(texts)
    assert 6 <= sum(found) <= 12
    assert all(seconds >= 0.4 for seconds in found)


@pytest.mark.anyio
async def test_rendering_gives_a_draft_its_media(api_pool: Pool, worker_state: State, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    idea = from_text(ideas.PLAIN)
    variants = adapt(idea, ["instagram", "tiktok", "youtube", "x"], None, NOW)
    async with transaction(api_pool, bob) as db:
        id = await drafts.create_draft(db, bob, idea, variants, NOW)
    await render.render_draft(worker_state, cast.workspace, id)
    async with transaction(api_pool, bob) as db:
        draft = await drafts.get_draft(db, bob, id)
        checked = await check_draft(db, worker_state, bob, draft, NOW)
        files = await get_files(db, bob, [UUID(file) for variant in draft.variants.values() for file in variant.media])
    assert draft.pending == ()
    assert {slug: [error.field for error in each.errors] for slug, each in checked.items()} == {
        "x": [], "instagram": [], "youtube": ["options.made_for_kids"], "tiktok": ["options.privacy_level", "options.music_consent"],
    }, "all that is left is what somebody must choose"  # fmt: skip
    assert draft.variants["tiktok"].media == draft.variants["youtube"].media != draft.variants["instagram"].media
    assert {file.generated for file in files} == {"card", "card_video"}
    assert "A calendar is a promise to your future self." in draft.variants["instagram"].alt_texts[0]
    card = checked["instagram"].media[0]
    assert (card.width / card.height, card.mime_type) == (0.8, "image/jpeg")
    assert card.size == (await worker_state.storage.find(UUID(card.id))).size <= get("instagram").rules.max_image_bytes
    before = draft.version
    await render.render_draft(worker_state, cast.workspace, id)
    async with transaction(api_pool, bob) as db:
        assert (await drafts.get_draft(db, bob, id)).version == before


@pytest.mark.anyio
async def test_a_render_that_came_too_late_changes_nothing(
    api_pool: Pool, worker_state: State, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = acting_as(cast, cast.bob)
    idea = from_text(ideas.PLAIN)
    async with transaction(api_pool, bob) as db:
        id = await drafts.create_draft(db, bob, idea, adapt(idea, ["instagram"], None, NOW), NOW)
    make = render._make

    async def slow(state: State, order: render.Order) -> object:
        async with transaction(api_pool, bob) as db:  # the idea changes while the card of the old one is drawn
            await drafts.edit_idea(db, bob, id, from_text("Quite another idea."), 1, NOW)
        return await make(state, order)

    monkeypatch.setattr(render, "_make", slow)
    await render.render_draft(worker_state, cast.workspace, id)
    async with transaction(api_pool, bob) as db:
        variant = (await drafts.get_draft(db, bob, id)).variants["instagram"]
    assert (variant.media, variant.pending_media) == ((), "card")
    assert [finding.rule for finding in check_variant(variant, "instagram")] == ["media_pending"]
    assert [file for file in worker_state.storage.root.rglob("*") if file.is_file()] == []


@pytest.mark.anyio
async def test_a_card_of_the_old_idea_never_goes_out_with_the_new_one(api_pool: Pool, worker_state: State, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    idea = from_text(ideas.PLAIN)
    async with transaction(api_pool, bob) as db:
        id = await drafts.create_draft(db, bob, idea, adapt(idea, ["instagram"], None, NOW), NOW)
    await render.render_draft(worker_state, cast.workspace, id)
    async with transaction(api_pool, bob) as db:
        draft = await drafts.edit_idea(db, bob, id, from_text("Quite another idea."), 1, NOW)
        stale = (await check_draft(db, worker_state, bob, draft, NOW))["instagram"]
    assert [finding.rule for finding in stale.errors] == ["media_pending"]
    await render.render_draft(worker_state, cast.workspace, id)
    async with transaction(api_pool, bob) as db:
        draft = await drafts.get_draft(db, bob, id)
        fresh = (await check_draft(db, worker_state, bob, draft, NOW))["instagram"]
    assert fresh.errors == ()
    assert fresh.media[0].alt == "Quite another idea."
    assert fresh.media[0].id != stale.media[0].id


@pytest.mark.anyio
async def test_a_render_that_fails_says_so(api_pool: Pool, worker_state: State, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = acting_as(cast, cast.bob)
    idea = from_text(ideas.PLAIN)
    async with transaction(api_pool, bob) as db:
        id = await drafts.create_draft(db, bob, idea, adapt(idea, ["tiktok"], None, NOW), NOW)
    monkeypatch.setattr("postwright.studio.card_video.ffmpeg", lambda: "/bin/false")
    await render.render_draft(worker_state, cast.workspace, id)
    async with transaction(api_pool, bob) as db:
        variant = (await drafts.get_draft(db, bob, id)).variants["tiktok"]
    assert variant.pending_media is None
    assert "ffmpeg" in variant.card["problem"]


@pytest.fixture
async def kept(state: State, tmp_path: Path) -> tuple[str, bytes]:
    data = bytes(range(256)) * 40
    (tmp_path / "a.bin").write_bytes(data)
    new = await keep_bytes(state.storage, tmp_path / "a.bin", "card.mp4", "video/mp4")
    return media_url(state, new.id, state.clock() + timedelta(minutes=5), "card.mp4"), data


@pytest.mark.anyio
async def test_a_signed_address_shows_the_file(http: httpx2.AsyncClient, kept: tuple[str, bytes]) -> None:
    url, data = kept
    answer = await http.get(url)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, data, "video/mp4")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"] == 'inline; filename="card.mp4"'
    head = await http.head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(data)), b"")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("range_", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=10000-", 206, 10000, 10240),
        ("bytes=-40", 206, 10200, 10240),
        ("bytes=0-999999", 200, 0, 10240),
        ("bytes=5-5", 206, 5, 6),
    ],
)
async def test_ranges(http: httpx2.AsyncClient, kept: tuple[str, bytes], range_: str, status: int, start: int, end: int) -> None:
    url, data = kept
    answer = await http.get(url, headers={"Range": range_})
    assert (answer.status_code, answer.content) == (status, data[start:end])
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(data)}"


@pytest.mark.anyio
@pytest.mark.parametrize("range_", ["bytes=10240-", "bytes=50-20", "bytes=-0"])
async def test_ranges_outside(http: httpx2.AsyncClient, kept: tuple[str, bytes], range_: str) -> None:
    answer = await http.get(kept[0], headers={"Range": range_})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10240")


@pytest.mark.anyio
async def test_addresses_that_are_not_ours(http: httpx2.AsyncClient, kept: tuple[str, bytes], state: State) -> None:
    url = kept[0]
    assert (await http.get(url[:-1] + ("A" if url[-1] != "A" else "B"))).status_code == 403
    assert (await http.get(url.replace("exp=", "exp=9"))).status_code == 403
    assert (await http.get(url.partition("?")[0])).status_code == 403
    other = url.replace(url.split("/")[4], str(uuid4()))
    assert (await http.get(other)).status_code == 403
    assert (await http.get(media_url(state, uuid4(), state.clock() + timedelta(minutes=1)))).status_code == 404
    file_id = url.split("/")[4]
    assert (await http.get(media_url(state, file_id, state.clock() - timedelta(seconds=2)))).status_code == 410


def test_no_name_decides_where_a_file_lies(tmp_path: Path) -> None:
    Storage(tmp_path)
    for name in ("../a.jpg", "a/b.jpg", ".hidden.jpg", "a.jpg\n", "", "a"):
        with pytest.raises(ValueError, match="plain"):
            path_of(uuid4(), name)


@pytest.mark.anyio
async def test_ffmpeg_that_hangs_leaves_no_draft_waiting(
    api_pool: Pool, worker_state: State, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bob = acting_as(cast, cast.bob)
    idea = from_text(ideas.PLAIN)
    async with transaction(api_pool, bob) as db:
        id = await drafts.create_draft(db, bob, idea, adapt(idea, ["tiktok"], None, NOW), NOW)
    hanging = tmp_path / "ffmpeg"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setattr("postwright.studio.card_video.ffmpeg", lambda: str(hanging))
    monkeypatch.setattr("postwright.studio.card_video._TIMEOUT", 0.2)
    await render.render_draft(worker_state, cast.workspace, id)
    async with transaction(api_pool, bob) as db:
        variant = (await drafts.get_draft(db, bob, id)).variants["tiktok"]
    assert (variant.pending_media, "did not make" in variant.card["problem"]) == (None, True)


@pytest.mark.anyio
async def test_files_that_no_row_took_are_removed(api_pool: Pool, worker_state: State, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = acting_as(cast, cast.bob)
    idea = from_text(ideas.PLAIN)
    async with transaction(api_pool, bob) as db:
        id = await drafts.create_draft(db, bob, idea, adapt(idea, ["instagram"], None, NOW), NOW)

    async def fail(*given: object) -> None:
        raise ConnectionError("the database is gone")

    monkeypatch.setattr(render, "_attach", fail)
    with pytest.raises(ConnectionError):
        await render.render_draft(worker_state, cast.workspace, id)
    assert [file for file in worker_state.storage.root.rglob("*") if file.is_file()] == []
