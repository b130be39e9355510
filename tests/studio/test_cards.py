"""What cards and their videos show."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from postwright.studio.card_video import ffmpeg, render_card_video
from postwright.studio.cards import PAPER, without_pictures
from postwright.studio.models import first_words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bring a friend 🎉!", "Bring a friend!"),
        ("Bring a friend 🎉 🎉 !", "Bring a friend!"),
        ("One 👩‍👩‍👧 family", "One family"),
        ("Rain☔or shine ☀️.", "Rainor shine."),
        ("Stay (🎉) here", "Stay here"),
        ("Bonjour !", "Bonjour !"),
        ("1️⃣ first", "1 first"),
        ("🎉", ""),
    ],
)
def test_what_emoji_leave_behind(text: str, shown: str) -> None:
    assert without_pictures(text) == shown


def test_a_cut_title_keeps_joined_emoji_whole() -> None:
    assert first_words("👩‍👩‍👧" * 30, 12) == "👩‍👩‍👧" * 2 + "…"
    assert first_words("We moved our launch", 12) == "We moved…"


def test_a_card_video_opens_with_its_title_fully_there(tmp_path: Path) -> None:
    """Players show the first frame as a poster: it is the same picture as a frame in the middle of the scene."""
    video = tmp_path / "card.mp4"
    render_card_video("We moved our launch", ["Nobody was there to read it."], video)
    first, later = (frame(video, at, tmp_path) for at in (0.0, 1.0))
    assert ink(first) > 0.01
    assert abs(ink(first) - ink(later)) < 0.001


def frame(video: Path, at: float, folder: Path) -> Image.Image:
    out = folder / f"{at}.png"
    subprocess.run([ffmpeg(), "-loglevel", "error", "-ss", str(at), "-i", str(video), "-frames:v", "1", str(out)], check=True, timeout=60)
    return Image.open(out).convert("RGB")


def ink(image: Image.Image) -> float:
    """The share of pixels that are clearly not paper."""
    apart = ImageChops.difference(image, Image.new("RGB", image.size, PAPER)).convert("L").point(lambda level: 255 * (level > 60))
    return apart.histogram()[255] / (image.width * image.height)
