"""What a PDF is: its pages, the size of the first, and a picture of it. Read in a child process (kit/pdf_child.py), because the file
comes from anybody and its reader is a large C++ library."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image

SIDE = 1_000  # pixels of the picture's longer side
WITHIN = 30.0  # seconds by the clock; of processor time the child has half of them
_QUALITY = 82
_FEW_AT_A_TIME = threading.Semaphore(2)  # by their memory
_END = b"%%EOF"
_TAIL = 4_096  # bytes in which it stands

Wrong = Literal["encrypted", "damaged", "truncated", "no_pages", "max_pages", "too_complex", "busy"]
_TOLD: tuple[Wrong, ...] = ("encrypted", "damaged", "no_pages", "max_pages")


@dataclass(frozen=True, slots=True)
class Pages:
    """A PDF that could be read."""

    count: int
    width: float  # points of the first page, as it is shown
    height: float
    preview: bytes  # the first page as a JPEG


class Unreadable(Exception):
    """The file is none, or asks too much. `pages` where they were counted."""

    def __init__(self, wrong: Wrong, pages: int = 0) -> None:
        super().__init__(wrong)
        self.wrong: Wrong = wrong
        self.pages = pages


def read(path: Path, most_pages: int) -> Pages:
    """Takes up to WITHIN seconds, after as many in which others have their turn: call it in a thread. Raises Unreadable."""
    if _END not in _end_of(path):
        raise Unreadable("truncated")
    if not _FEW_AT_A_TIME.acquire(timeout=WITHIN):  # who waits holds a thread that others need
        raise Unreadable("busy")
    try:
        with tempfile.TemporaryFile() as out:
            _run([str(path), str(SIDE), str(most_pages)], out)
            out.seek(0)
            said, pixels = out.readline(4_096), out.read(4 * SIDE * SIDE + 1)
    finally:
        _FEW_AT_A_TIME.release()
    return _pages(said, pixels)


def _end_of(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - _TAIL, 0))
        return file.read()


def _run(arguments: list[str], out: Any) -> None:
    """In the child's environment stands no secret of ours, and it inherits no open file."""
    command = [sys.executable, "-P", "-m", "postwright.kit.pdf_child", *arguments]
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - an argument list, no shell
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, env=environment, timeout=WITHIN, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("too_complex") from None
    if b"No module named" in done.stderr:
        raise RuntimeError(f"the reader of PDFs cannot start: {done.stderr[-400:].decode(errors='replace')}")
    if done.returncode:  # it ran out of memory or time, or fell over the file
        raise Unreadable("too_complex")


def _pages(said: bytes, pixels: bytes) -> Pages:
    """Nothing that the child says is believed unseen: it may have been taken over by the file."""
    try:
        told = json.loads(said)
        if told.get("refused"):
            raise Unreadable(told["refused"] if told["refused"] in _TOLD else "damaged", int(told.get("pages") or 0))
        wide, high = (min(max(int(each), 1), SIDE) for each in told["drawn"])
        picture = Image.frombytes("RGB", (wide, high), pixels, "raw", "RGBX")
        return Pages(int(told["pages"]), float(told["width"]), float(told["height"]), _jpeg(picture))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreadable("damaged") from None


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
