"""Media made when they are needed, and media that are broken on purpose."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from postwright.library.probe import ffmpeg


def picture(width: int = 40, height: int = 30, form: str = "JPEG", **how: Any) -> bytes:
    """A picture in which no two neighbours look alike, so that a turn or a cut shows."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x * 255 // width, y * 255 // height, (x * y) % 256) for y in range(height) for x in range(width)])
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def with_place(width: int = 40, height: int = 30, form: str = "JPEG", orientation: int = 1) -> bytes:
    """A picture that tells where it was taken and by what."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.5)
    return picture(width, height, form, exif=exif.tobytes(), **({"comment": b"SecretComment"} if form == "JPEG" else {}))


@cache
def video(seconds: float = 1.0, size: str = "320x240", *options: str, ending: str = "mp4", sound: bool = True, rate: int = 25) -> bytes:
    """H.264 and AAC unless `options` say otherwise."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / f"made.{ending}"
        command = [ffmpeg(), "-loglevel", "error", "-f", "lavfi", "-i", f"testsrc=s={size}:r={rate}:d={seconds}"]
        command += ["-f", "lavfi", "-i", f"sine=d={seconds}"] if sound else []
        command += [*(options or ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")), "-y", str(out)]
        subprocess.run(command, check=True, timeout=60)
        return out.read_bytes()


def bomb(width: int = 20_000, height: int = 10_000) -> bytes:
    """A PNG that says it has 200 megapixels, in a few kilobytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = zlib.compress(bytes((width // 8 + 1) * height), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def zipped(data: bytes = b"evil") -> bytes:
    """A ZIP archive."""
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.txt", data)
    return out.getvalue()
