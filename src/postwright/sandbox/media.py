"""Files that were uploaded or pulled: known by their first bytes, kept under names of our own."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from postwright.sandbox.ledger import Ledger
from postwright.sandbox.records import Medium

MOOV_LIMIT = 16_000_000  # bytes of a movie's index that are read
BOX_LIMIT = 5_000  # boxes of a movie that are looked at: a file of empty ones must not hold up everybody
JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
CHUNK = 262_144


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file is, by its bytes. Pixels; seconds; 0 or None where the file does not say."""

    kind: Literal["image", "video", "document"]
    mime: str
    width: int = 0
    height: int = 0
    duration: float | None = None


class FileTooLarge(Exception):
    """The file passed the limit while it came in."""


class MediaStore:
    """Files beside the ledger, each under its own random id."""

    def __init__(self, folder: Path, ledger: Ledger, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._ledger = ledger
        self._clock = clock

    def path(self, medium_id: str) -> Path:
        """Where a file lies. Ids are ours; anything else finds nothing."""
        name = medium_id if medium_id.isalnum() else "none"
        return self._folder / name[:2] / name

    def preview_path(self, medium_id: str) -> Path:
        """Where the picture of a document's first page lies, if it has one."""
        return self.path(f"{medium_id}preview")

    async def save(self, chunks: AsyncIterable[bytes], limit: int) -> Path:
        """Streams to a temporary file and returns it. Raises FileTooLarge beyond `limit` bytes."""
        target = self.temporary()
        size = 0
        try:
            with target.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit:
                        raise FileTooLarge
                    file.write(chunk)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target

    def temporary(self, name: str | None = None) -> Path:
        """A path for a file that is still coming in; `name` must be one of our own ids."""
        folder = self._folder / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / (name or secrets.token_hex(16))

    def adopt(self, file: Path, account_id: str | None, medium_id: str | None = None, alt: str = "") -> Medium | None:
        """Makes a finished file a medium; None, and the file is gone, when its bytes are of no known kind."""
        probe = probe_file(file)
        if probe is None:
            file.unlink(missing_ok=True)
            return None
        medium_id = medium_id or secrets.token_hex(12)
        place = self.path(medium_id)
        place.parent.mkdir(parents=True, exist_ok=True)
        size, digest = file.stat().st_size, digest_of(file)
        file.replace(place)
        medium = Medium(
            medium_id, account_id, probe.kind, probe.mime, size, probe.width, probe.height, probe.duration, digest, self._clock(), alt
        )
        self._ledger.add_medium(medium)
        return medium

    def get(self, medium_id: str) -> Medium | None:
        return self._ledger.medium(medium_id)


def digest_of(file: Path) -> str:
    """The sha-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def probe_file(file: Path) -> Probe | None:
    """What a file is; None when its first bytes are of no kind that a platform takes, or broken."""
    with file.open("rb") as stream:
        head = stream.read(32)
        try:
            return _probe(stream, head)
        except (IndexError, ValueError):
            return None


def _probe(stream: BinaryIO, head: bytes) -> Probe | None:
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(stream)
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return Probe("image", "image/png", _big(head[16:20]), _big(head[20:24]))
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return Probe("image", "image/gif", int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    if head[4:8] == b"ftyp":
        return _movie(stream, "video/quicktime" if head[8:12] == b"qt  " else "video/mp4")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Probe("video", "video/webm")
    return Probe("document", "application/pdf") if head.startswith(b"%PDF-") else None


def _jpeg(stream: BinaryIO) -> Probe | None:
    stream.seek(2)
    for _ in range(200):
        marker = stream.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:
            return None
        if marker[1] == 0xFF:
            stream.seek(-1, 1)
            continue
        length = _big(stream.read(2))
        if marker[1] in JPEG_FRAMES:
            frame = stream.read(5)
            return Probe("image", "image/jpeg", _big(frame[3:5]), _big(frame[1:3])) if len(frame) == 5 else None
        stream.seek(max(0, length - 2), 1)
    return None


def _webp(head: bytes) -> Probe | None:
    if head[12:16] == b"VP8X":
        return Probe("image", "image/webp", 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little"))
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return Probe("image", "image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if head[12:16] == b"VP8 ":
        return Probe("image", "image/webp", int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF)
    return None


def _movie(stream: BinaryIO, mime: str) -> Probe | None:
    """Reads duration and size from the movie's index, wherever in the file it lies."""
    position, end = 0, stream.seek(0, 2)
    for _ in range(BOX_LIMIT):
        if position + 8 > end:
            return None
        stream.seek(position)
        header = stream.read(16)
        size, name, skip = _big(header[:4]), header[4:8], 8
        if size == 1:
            size, skip = _big(header[8:16]), 16
        size = size or end - position
        if size < skip or (name == b"moov" and position + size > end):
            return None
        if name == b"moov":
            stream.seek(position + skip)
            return _moov(stream.read(min(size - skip, MOOV_LIMIT)), mime)
        position += size
    return None


def _moov(data: bytes, mime: str) -> Probe:
    duration, width, height = None, 0, 0
    for name, body in _boxes(data):
        if name == b"mvhd":
            duration = _mvhd_seconds(body)
        elif name == b"trak":
            for inner, track in _boxes(body):
                if inner == b"tkhd" and len(track) >= 8:
                    across, down = _big(track[-8:-4]) >> 16, _big(track[-4:]) >> 16
                    width, height = max((width, height), (across, down), key=lambda size: size[0] * size[1])
    return Probe("video", mime, width, height, duration)


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    position = 0
    while position + 8 <= len(data) and len(found) < BOX_LIMIT:
        size = _big(data[position : position + 4])
        if size < 8:
            break
        found.append((data[position + 4 : position + 8], data[position + 8 : position + size]))
        position += size
    return found


def _mvhd_seconds(body: bytes) -> float | None:
    if body[0] == 1:
        scale, length = _big(body[20:24]), _big(body[24:32])
    else:
        scale, length = _big(body[12:16]), _big(body[16:20])
    return length / scale if scale else None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")
