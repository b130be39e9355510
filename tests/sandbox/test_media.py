"""Files are known by their bytes, and pulled only from our own web."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image

from postwright.sandbox.media import probe_file
from postwright.sandbox.pull import may_pull
from postwright.sandbox.server import web_origin
from postwright.sandbox.wire import whole
from tests.sandbox.conftest import movie


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif"), ("WEBP", "image/webp")])
@pytest.mark.parametrize("lossless", [False, True])
def test_pictures(tmp_path: Path, kind: str, mime: str, lossless: bool) -> None:
    file = tmp_path / "picture"
    Image.radial_gradient("L").resize((321, 123)).convert("RGB").save(file, kind, **({"lossless": lossless} if kind == "WEBP" else {}))
    found = probe_file(file)
    assert found is not None
    assert (found.kind, found.mime, found.width, found.height) == ("image", mime, 321, 123)


@pytest.mark.parametrize("flags", [[], ["-movflags", "+faststart"]])
def test_a_real_movie(tmp_path: Path, flags: list[str]) -> None:
    file = tmp_path / "movie.mp4"
    source = ["-f", "lavfi", "-i", "color=c=green:s=144x256:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, "-pix_fmt", "yuv420p", *flags, str(file)]
    subprocess.run(command, check=True, timeout=60)
    found = probe_file(file)
    assert found is not None
    assert (found.kind, found.mime, found.width, found.height) == ("video", "video/mp4", 144, 256)
    assert found.duration == pytest.approx(2, abs=0.1)


BROKEN = [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xc0", b"<svg/>", b"\0\0\0\x08ftyp", b"RIFF\0\0\0\0WEBPxxxx", movie()[:60]]


@pytest.mark.parametrize("data", BROKEN)
def test_broken_and_unknown_files_are_nothing(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    assert probe_file(file) is None


def test_a_file_of_empty_boxes_is_given_up(tmp_path: Path) -> None:
    """Each box costs a read: a hundred million of them would hold up the whole sandbox."""
    file, box = tmp_path / "movie.mp4", b"\0\0\0\x08free"
    ftyp, rest = movie()[:24], movie()[24:]
    file.write_bytes(ftyp + box * 100 + rest)
    assert probe_file(file) is not None
    file.write_bytes(ftyp + box * 6_000 + rest)
    assert probe_file(file) is None


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "1e999", [], None, True])
def test_what_is_no_whole_number(value: object) -> None:
    assert whole(value, 3) == 3


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8484/media/1", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:80/", True),
        ("http://localhost:1/", True),
        ("https://post.example/media/1", True),
        ("https://post.example:444/media/1", False),
        ("http://post.example/media/1", False),
        ("https://post.example.evil.example/", False),
        ("https://localhost.evil.example/", False),
        ("https://post.example@evil.example/", False),
        ("http://user:pw@127.0.0.1/", False),
        ("http://10.0.0.1/", False),
        ("http://169.254.169.254/latest", False),
        ("http://2130706433/", False),
        ("http://0.0.0.0/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("http://127.0.0.1:99999999/", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_where_media_may_be_pulled_from(url: str, allowed: bool) -> None:
    assert may_pull(url, "https://post.example") is allowed


def test_the_web_is_known_from_the_environment() -> None:
    assert web_origin({"POSTWRIGHT_URL": "https://post.example"}) == "https://post.example"
    assert web_origin({"POSTWRIGHT_HOST": "192.168.1.5"}) == "http://192.168.1.5:8484"
    assert web_origin({"POSTWRIGHT_HOST": "0.0.0.0"}) is None
    assert web_origin({}) is None
