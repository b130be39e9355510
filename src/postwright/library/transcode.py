"""Making a copy of a medium that keeps a platform's rules: rescaled, letterboxed, coded anew. Nothing is cut off, in space or time."""

from __future__ import annotations

import io
import math
import os
import re
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, ImageSequence

from postwright.errors import InvalidInput, Unavailable
from postwright.kit.magic import JPEG, MP4, Form
from postwright.library.models import FileRow
from postwright.library.probe import Facts, ffmpeg, probe_image, probe_video, recognise
from postwright.platforms.rules import Rules

_LARGEST_SIDE = 1920  # pixels of a converted video; more is not shown anywhere
_RATE = 30.0  # pictures a second where the original's do not fit
_SOUND = 128_000  # bits a second
_LEAST_PICTURE = 150_000  # bits a second below which a video is mud
_FULL = 0.92  # of the platform's bytes: rate control is not exact
_LEAST_TIME = 600.0  # seconds that a conversion may take, however short the video is
_SLOWNESS = 20.0  # times its own length: a slow machine at a large video, and still going on
_TOLD = 64 * 1024  # bytes of ffmpeg's last words that are read
_FRAME = 100  # milliseconds of a frame that does not say
_REACHED = re.compile(r"out_time_us=(\d+)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the copy will be."""

    form: Form
    width: int
    height: int
    most: int  # bytes
    pad: bool  # letterboxed: the picture stands whole inside the frame
    fps: float | None = None
    duration: float | None = None  # seconds
    bits: int | None = None  # a second, of the pictures
    span: tuple[float, float] | None = None  # of an animated picture: seconds of the video, least and greatest
    stops: bool = False  # the original moves, and the copy will not

    @property
    def ending(self) -> str:
        return self.form.ending

    @property
    def mime(self) -> str:
        return self.form.mime


@dataclass(slots=True)
class Progress:
    """How far a conversion is; written by its thread."""

    percent: int = 0


def plan(file: FileRow, rules: Rules, name: str) -> Plan:
    """What would fit. Raises InvalidInput where only cutting something off would help, or the platform takes no such medium."""
    if file.kind not in rules.accepts:
        raise InvalidInput(f"{name} takes no {file.kind}.", field="file", rule="media_kind")
    if file.kind == "document":
        raise InvalidInput("A PDF goes out as it is: make it smaller in its own program.", field="file", rule="media_kind")
    if not file.width or not file.height:
        raise InvalidInput("The size of this medium is not known.", field="file", rule="damaged")
    if file.moves and "video" in rules.accepts and MP4.mime in rules.video_mime_types:
        return _plan_moving(file, rules)
    return _plan_image(file, rules, name) if file.kind == "image" else _plan_video(file, rules, name)


def _plan_image(file: FileRow, rules: Rules, name: str) -> Plan:
    if JPEG.mime not in rules.image_mime_types:
        raise InvalidInput(f"{name} takes no JPEG, which is what Postwright makes.", field="file", rule="media_kind")
    width, height, pad = _framed(file, rules.aspect, even=False)
    return Plan(JPEG, width, height, rules.max_image_bytes, pad, stops=file.moves)


def _plan_moving(file: FileRow, rules: Rules) -> Plan:
    """An animated picture as a video, which goes on moving; one that is too short is shown again until it is long enough."""
    width, height, pad = _framed(file, rules.video_aspect, even=True, most=min(_LARGEST_SIDE, rules.max_video_side or _LARGEST_SIDE))
    fps = min(max(_RATE, rules.fps[0]), rules.fps[1]) if rules.fps else _RATE
    return Plan(MP4, width, height, rules.max_video_bytes, pad, fps, bits=12_000_000, span=rules.duration or (0.0, float("inf")))


def _plan_video(file: FileRow, rules: Rules, name: str) -> Plan:
    if MP4.mime not in rules.video_mime_types:
        raise InvalidInput(f"{name} takes no MP4, which is what Postwright makes.", field="file", rule="media_kind")
    duration = float(file.duration_seconds or 0)
    if rules.duration and not rules.duration[0] <= duration <= rules.duration[1] + 0.1:
        words = f"{name} takes videos of {rules.duration[0]:g} to {rules.duration[1]:g} seconds; this has {duration:.1f}. Cut it yourself."
        raise InvalidInput(words, field="file", rule="duration")
    width, height, pad = _framed(file, rules.video_aspect, even=True, most=min(_LARGEST_SIDE, rules.max_video_side or _LARGEST_SIDE))
    bits = int(rules.max_video_bytes * 8 * _FULL / max(duration, 1.0)) - _SOUND
    if bits < _LEAST_PICTURE:
        words = f"{duration:.0f} s do not fit into the {rules.max_video_bytes / 1e6:,.0f} MB that {name} takes. Make it shorter."
        raise InvalidInput(words, field="file", rule="size")
    fps = file.fps
    if rules.fps and fps and not rules.fps[0] <= fps <= rules.fps[1]:
        fps = min(max(_RATE, rules.fps[0]), rules.fps[1])
    return Plan(MP4, width, height, rules.max_video_bytes, pad, fps, duration, min(bits, 12_000_000))


def _framed(file: FileRow, aspect: tuple[float, float] | None, *, even: bool, most: int | None = None) -> tuple[int, int, bool]:
    """Width and height of the frame, and whether the picture stands inside it with bars beside it."""
    width, height = float(file.width or 1), float(file.height or 1)
    if most and max(width, height) > most:
        factor = most / max(width, height)
        width, height = width * factor, height * factor
    ratio, pad = width / height, False
    if aspect and ratio < aspect[0]:
        width, pad = height * aspect[0], True
    elif aspect and ratio > aspect[1]:
        height, pad = width / aspect[1], True
    step = 2 if even else 1
    return max(int(-(-width // step) * step), step), max(int(-(-height // step) * step), step), pad


def run(what: Plan, source: Path, out: Path, progress: Progress) -> Facts:
    """Makes the copy and says what it is. Takes long: call it in a thread. Raises InvalidInput, Unavailable."""
    form = recognise(source)
    if what.form is JPEG:
        _draw(what, source, form, out)
        return probe_image(out, JPEG)
    _encode(what, source, form, out, progress)
    return probe_video(out, MP4)


def _draw(what: Plan, source: Path, form: Form, out: Path) -> None:
    """As JPEG on white; smaller in quality, then in size, until it fits."""
    probe_image(source, form)
    with Image.open(source, formats=[form.decoder]) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    if what.pad:
        flat = ImageOps.pad(flat, (what.width, what.height), Image.Resampling.LANCZOS, color="white")
    for scale in (1.0, 0.8, 0.6, 0.45, 0.3, 0.2):
        size = (max(round(flat.width * scale), 1), max(round(flat.height * scale), 1))
        smaller = flat if scale == 1.0 else flat.resize(size, Image.Resampling.LANCZOS)
        for quality in (92, 85, 75):
            data = io.BytesIO()
            smaller.save(data, "JPEG", quality=quality, optimize=True)
            if data.tell() <= what.most:
                out.write_bytes(data.getvalue())
                return
    raise InvalidInput("This picture does not get small enough.", field="file", rule="size")


def _encode(what: Plan, source: Path, form: Form, out: Path, progress: Progress) -> None:
    times, seconds = _turns(source, what.span) if what.span else (1, what.duration or 0)
    again = ("-ignore_loop", "1", "-stream_loop", str(times - 1)) if what.span else ()
    command = [
        ffmpeg(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-progress", "pipe:1", "-protocol_whitelist", "file,pipe",
        *again, "-f", form.demuxer, "-i", str(source), "-map", "0:v:0", "-map", "0:a:0?", "-vf", _picture(what),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-maxrate", str(what.bits), "-bufsize", str((what.bits or 0) * 2),
        "-profile:v", "high", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", str(_SOUND), "-ar", "48000", "-ac", "2",
        "-movflags", "+faststart", "-map_metadata", "-1", "-fs", str(what.most), str(out),
    ]  # fmt: skip
    _convert(command, seconds, progress)


def _turns(source: Path, span: tuple[float, float]) -> tuple[int, float]:
    """How often an animated picture is shown so that it lasts long enough, and how long that is. Raises InvalidInput."""
    with Image.open(source, formats=["GIF"]) as image:
        once = sum(frame.info.get("duration") or _FRAME for frame in ImageSequence.Iterator(image)) / 1000
    times = max(math.ceil((span[0] + 0.1) / max(once, 0.01)), 1)
    if once * times > span[1]:
        raise InvalidInput(
            f"This lasts {once:.1f} seconds; {span[0]:g} to {span[1]:g} fit. Cut it yourself.", field="file", rule="duration"
        )
    return times, once * times


def _convert(command: list[str], duration: float, progress: Progress) -> None:
    """Runs ffmpeg to its end. Its complaints go to a file: there is no bound to them, and a full pipe would stop it for ever."""
    most = max(_LEAST_TIME, duration * _SLOWNESS)
    late = threading.Event()
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, errors="replace", process_group=0) as process,  # noqa: S603 - an argument list, no shell
    ):
        watch = threading.Timer(most, _stop, (process, late))
        watch.daemon = True
        watch.start()
        try:
            assert process.stdout is not None
            _follow(process.stdout, duration, progress)
            process.wait()
        except BaseException:
            _stop(process, late)
            raise
        finally:
            watch.cancel()
        if late.is_set():
            raise Unavailable(f"This video was not converted within {most / 60:.0f} minutes. Send a shorter or smaller one.", rule="ffmpeg")
        if process.returncode:
            raise Unavailable(f"ffmpeg could not convert this video: {_last_words(complaints)}", rule="ffmpeg")


def _stop(process: subprocess.Popen[str], late: threading.Event) -> None:
    """Ends it and whatever it started, unless its end was seen: until then its number is nobody else's."""
    if process.returncode is None:
        late.set()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(max(complaints.seek(0, os.SEEK_END) - _TOLD, 0))
    return complaints.read().decode(errors="replace").strip()[-300:]


def _picture(what: Plan) -> str:
    """Square pixels, inside the frame, with black bars where it does not fill it."""
    fit = f"scale={what.width}:{what.height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    steps = [fit, f"pad={what.width}:{what.height}:(ow-iw)/2:(oh-ih)/2", "setsar=1"]
    return ",".join([*steps, f"fps={what.fps:g}"] if what.fps else steps)


def _follow(told: IO[str], duration: float, progress: Progress) -> None:
    for line in told:
        if (found := _REACHED.match(line)) and duration:
            progress.percent = min(int(int(found[1]) / 1e6 / duration * 100), 99)
