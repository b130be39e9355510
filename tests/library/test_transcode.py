"""A conversion ends, however much ffmpeg complains and however long it takes."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from postwright.errors import Unavailable
from postwright.kit.magic import JPEG, MP4
from postwright.library import transcode
from postwright.library.models import FileRow
from postwright.platforms.registry import REGISTRY
from tests.library.making import video

_PLAN = transcode.Plan(MP4, 320, 240, 50_000_000, False, 25.0, 1.0, 1_000_000)


def convert(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> transcode.Progress:
    """A conversion by a program that behaves as ffmpeg does at its worst."""
    made = folder / "ffmpeg"
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(0o755)
    monkeypatch.setattr(transcode, "ffmpeg", lambda: str(made))
    (folder / "in.mp4").write_bytes(video())
    progress = transcode.Progress()
    transcode.run(_PLAN, folder / "in.mp4", folder / "out.mp4", progress)
    return progress


def test_more_complaints_than_a_pipe_holds_do_not_stop_a_conversion_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcode, "_LEAST_TIME", 20.0)
    (tmp_path / "made.mp4").write_bytes(video())
    loud = 'head -c 300000 /dev/zero | tr "\\0" "e" >&2; echo out_time_us=500000'
    progress = convert(tmp_path, monkeypatch, f"{loud}; cp {tmp_path}/made.mp4 {tmp_path}/out.mp4")
    assert progress.percent == 50
    with pytest.raises(Unavailable, match="eee no such slice"):
        convert(tmp_path, monkeypatch, f"{loud}; echo ' no such slice' >&2; exit 1")


def test_a_conversion_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcode, "_LEAST_TIME", 0.5)
    monkeypatch.setattr(transcode, "_SLOWNESS", 0.0)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="not converted within"):
        convert(tmp_path, monkeypatch, "sleep 60 & wait")  # the child holds the pipe as well
    assert time.monotonic() - began < 20


def test_an_animation_becomes_a_video_that_moves_and_is_long_enough(tmp_path: Path) -> None:
    file = _gif(tmp_path / "in.gif")
    plan = transcode.plan(file, REGISTRY["instagram"].rules, "Instagram")
    assert (plan.form, plan.stops) == (MP4, False)
    facts = transcode.run(plan, tmp_path / "in.gif", tmp_path / "out.mp4", transcode.Progress())
    assert (facts.form, facts.codec, (facts.duration or 0) >= 3) == (MP4, "h264", True)


def test_where_no_video_is_taken_it_is_said_that_an_animation_stops(tmp_path: Path) -> None:
    rules = replace(REGISTRY["instagram"].rules, accepts=("image",))
    plan = transcode.plan(_gif(tmp_path / "in.gif"), rules, "Instagram")
    assert (plan.form, plan.stops) == (JPEG, True)


def _gif(place: Path) -> FileRow:
    frames = [Image.new("RGB", (301, 300), (20 * number, 0, 0)) for number in range(10)]
    frames[0].save(place, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    told = {"animated": True}
    return FileRow(uuid4(), uuid4(), "in.gif", "image/gif", place.stat().st_size, 301, 300, None, None, told, now)
