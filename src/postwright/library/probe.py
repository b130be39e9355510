"""What an uploaded file holds: it is opened before it is believed."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from postwright.errors import InvalidInput, Unavailable
from postwright.kit import pdf
from postwright.kit.magic import HEAD, TAIL, Form, form_of, hides, said_of
from postwright.library.limits import LONGEST, MOST_PAGES, MOST_PIXELS, MOST_POINTS, MOST_SIDE, SHORTEST

TIMEOUT = 120.0  # seconds to read through a video; only its packets are read, nothing is decoded but the first picture
_ONE_AT_A_TIME = threading.Semaphore(2)  # large pictures take memory
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_PICTURE = re.compile(r"Stream #\d+:\d+.*?: Video: (?P<codec>\w+)[^\n]*?, (?P<width>\d{1,5})x(?P<height>\d{1,5})(?P<rest>[^\n]*)")
_RATE = re.compile(r"([\d.]+)k? fps")
_SHAPE = re.compile(r"SAR (\d+):(\d+)")
_SOUND = re.compile(r"Stream #\d+:\d+.*?: Audio: (\w+)")
_TURNED = re.compile(r"rotation of (-?[\d.]+) degrees")
_REACHED = re.compile(r"time=(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_TORN = ("partial file", "truncat", "Invalid NAL unit size", "End of file", "ended prematurely", "moov atom not found", "File ended")


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found in a file. Sizes are as it is shown: turned, with square pixels."""

    form: Form
    width: int
    height: int
    duration: float | None = None  # seconds, of a video
    codec: str | None = None
    fps: float | None = None
    audio: str | None = None  # its codec; None: silent
    moves: bool = False  # an animated image
    pages: int | None = None  # of a document; its width and height are those of the first, in points
    preview: bytes | None = None  # a document's first page as a JPEG

    def told(self) -> dict[str, Any]:
        """For the file's metadata: what no column holds."""
        found = {"codec": self.codec, "fps": self.fps, "audio": self.audio, "animated": self.moves or None, "pages": self.pages}
        return {key: value for key, value in found.items() if value is not None}


def recognise(path: Path) -> Form:
    """By the first and last bytes. Raises InvalidInput for what is not kept, and for what is two things at once."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0, 2)
        file.seek(max(file.tell() - TAIL, 0))
        tail = file.read(TAIL)
    if not head:
        raise InvalidInput("The file is empty.", field="file", rule="empty_file")
    form = form_of(head)
    if form is None:
        seems = said_of(head)
        told = f"This is {seems}" if seems else "This is no picture, video or PDF"
        raise InvalidInput(f"{told}. Send JPEG, PNG, GIF, WebP, MP4, MOV, WebM or PDF.", field="file", rule="media_format")
    if other := hides(head, tail):
        raise InvalidInput(f"This {form.name} file holds {other} as well. Export it anew from its program.", field="file", rule="polyglot")
    return form


def probe(path: Path, form: Form) -> Facts:
    """Opens the file. Takes long: call it in a thread. Raises InvalidInput."""
    return {"image": probe_image, "document": probe_document}.get(form.kind, probe_video)(path, form)


def probe_image(path: Path, form: Form) -> Facts:
    """Every pixel is decoded, after its size was found bearable."""
    with _ONE_AT_A_TIME:
        try:
            with Image.open(path, formats=[form.decoder]) as image:
                _check_pixels(image.width, image.height)
                image.load()
                upright = ImageOps.exif_transpose(image) if form.decoder != "GIF" else image
                return Facts(form, upright.width, upright.height, moves=getattr(image, "n_frames", 1) > 1)
        except InvalidInput:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise InvalidInput(_too_many(), field="file", rule="pixels") from None
        except Exception as error:  # a broken file makes the decoders raise whatever they meet
            cut = "truncated" in str(error).lower() or "unexpected end" in str(error).lower()
            words = "This picture is cut off" if cut else "This picture cannot be read: it is damaged"
            raise InvalidInput(f"{words}. Send it again.", field="file", rule="truncated" if cut else "damaged") from None


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise InvalidInput(f"{_too_many()}; this has {width * height / 1e6:,.0f} ({width} x {height}).", field="file", rule="pixels")


def _too_many() -> str:
    return f"A picture has at most {MOST_PIXELS // 1_000_000} megapixels and {MOST_SIDE:,} on a side"


def probe_document(path: Path, form: Form) -> Facts:
    """Its pages are counted and the first is drawn, in a process of its own."""
    try:
        found = pdf.read(path, MOST_PAGES)
    except pdf.Unreadable as problem:
        if problem.wrong == "busy":
            raise Unavailable("Other PDFs are being looked at: send this one again in a moment.", field="file", rule="busy") from None
        words = _NO_DOCUMENT[problem.wrong].format(pages=problem.pages, most=MOST_PAGES)
        raise InvalidInput(words, field="file", rule=problem.wrong) from None
    if max(found.width, found.height) > MOST_POINTS:
        told = f"A page has at most {MOST_POINTS:,.0f} points on a side; the first has {found.width:,.0f} x {found.height:,.0f}."
        raise InvalidInput(told, field="file", rule="page_size")
    width, height = max(round(found.width), 1), max(round(found.height), 1)
    return Facts(form, width, height, pages=found.count, preview=found.preview)


_NO_DOCUMENT: Mapping[pdf.Wrong, str] = {
    "encrypted": "This PDF is locked by a password. Save it without one and send it again.",
    "damaged": "This PDF cannot be read: it is damaged. Export it anew from its program.",
    "truncated": "This PDF is cut off: its end is missing. Send it again.",
    "no_pages": "This PDF has no pages.",
    "max_pages": "A PDF has at most {most:,} pages; this has {pages:,}.",
    "too_complex": "This PDF asks for more time or memory than one file gets. Export it anew, with smaller pictures.",
}


def probe_video(path: Path, form: Form) -> Facts:
    """All packets are read (a cut-off file ends early) and the first picture is decoded."""
    told = _read_through(path, form)
    found = _PICTURE.search(told)
    if found is None:
        torn = any(sign in told for sign in _TORN)
        words = "This video is cut off: its index is missing" if torn else "This file holds no pictures that could be read"
        raise InvalidInput(f"{words}. Send it again, or export it anew.", field="file", rule="truncated" if torn else "damaged")
    facts = _facts(form, found, told)
    _check_video(facts, told)
    _draw_one(path, form)
    return facts


def _facts(form: Form, found: re.Match[str], told: str) -> Facts:
    width, height = int(found["width"]), int(found["height"])
    if (shape := _SHAPE.search(found["rest"])) and int(shape[2]) and int(shape[1]):
        width = round(width * int(shape[1]) / int(shape[2]))
    if (turned := _TURNED.search(told)) and round(abs(float(turned[1]))) % 180 == 90:
        width, height = height, width
    rate, sound = _RATE.search(found["rest"]), _SOUND.search(told)
    return Facts(
        form, width, height, duration=_length(told), codec=found["codec"].lower(), fps=float(rate[1]) if rate else None,
        audio=sound[1].lower() if sound else None,
    )  # fmt: skip


def _length(told: str) -> float:
    """As its index says; where it says nothing (a recording of a browser), as far as its packets reach."""
    said = _seconds(_DURATION.search(told))
    return said if said > 0 else _reached(told)


def _reached(told: str) -> float:
    ends = list(_REACHED.finditer(told))
    return _seconds(ends[-1]) if ends else 0.0


def _seconds(found: re.Match[str] | None) -> float:
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


def _check_video(facts: Facts, told: str) -> None:
    duration = facts.duration or 0.0
    if duration < SHORTEST:
        raise InvalidInput("This video has 0 seconds. Send one that lasts.", field="file", rule="no_duration")
    if duration > LONGEST:
        raise InvalidInput(f"A video lasts at most {LONGEST / 3600:g} hours.", field="file", rule="no_duration")
    if facts.width * facts.height > MOST_PIXELS or max(facts.width, facts.height) > MOST_SIDE:
        raise InvalidInput(_too_many().replace("picture", "video"), field="file", rule="pixels")
    torn = any(sign in told for sign in _TORN)
    if torn or _reached(told) < duration - max(1.0, duration * 0.05):
        words = f"This video is cut off: it says {duration:.1f} s and holds {_reached(told):.1f} s. Send it again."
        raise InvalidInput(words, field="file", rule="truncated")


def _read_through(path: Path, form: Form) -> str:
    """ffmpeg's own words about the file: its streams, then how far its pictures reach."""
    return _run([*_opened(path, form), "-map", "0:v:0", "-c", "copy", "-f", "null", "-"])


def _draw_one(path: Path, form: Form) -> None:
    told = _run([*_opened(path, form), "-map", "0:v:0", "-frames:v", "1", "-f", "null", "-"])
    if not re.search(r"frame=\s*[1-9]", told):
        raise InvalidInput("Not one picture of this video can be drawn: it is damaged.", field="file", rule="damaged")


def _opened(path: Path, form: Form) -> list[str]:
    """Only this file, only as what it is: a playlist inside it leads nowhere, and one allocation stays bounded."""
    return [
        ffmpeg(), "-hide_banner", "-nostdin", "-max_alloc", "536870912", "-threads", "1", "-protocol_whitelist", "file,pipe",
        "-f", form.demuxer, "-i", str(path),
    ]  # fmt: skip


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT, check=False)  # noqa: S603 - an argument list, no shell
    except subprocess.TimeoutExpired:
        raise InvalidInput(f"This video cannot be read within {TIMEOUT:.0f} s.", field="file", rule="damaged") from None
    return done.stderr


@cache
def ffmpeg() -> str:
    """The ffmpeg of the wheel, or the one that IMAGEIO_FFMPEG_EXE names."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        raise Unavailable("There is no ffmpeg: install the package imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE.", rule="ffmpeg") from None
