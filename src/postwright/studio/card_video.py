"""A short captioned video out of an idea's own sentences, for platforms that take no post without one.

Stills by Pillow, one ffmpeg run with one filter graph: each still is decoded and converted once and then repeated.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from postwright.errors import Unavailable
from postwright.studio.cards import ACCENT, INK, INK_2, PAPER, Block, Rendered, draw_block, fit, without_pictures
from postwright.studio.fonts import is_right_to_left, missing

SIZE = (1080, 1920)
_RATE = 30  # frames a second
_LEAST, _MOST = 6.2, 12.0  # seconds
_FADE = 0.25  # seconds
_READING = 3.0  # words a second, on a phone
_SCENES = 5
_MARGIN, _TOP, _BOTTOM = 110, 260, 460  # pixels: the edges that players cover with their buttons
_TITLE_SIZES = (132, 122, 112, 104, 96, 88, 80, 72, 64, 58, 52, 46, 40, 34, 28, 22, 16)
_LINE_SIZES = (100, 92, 84, 76, 70, 64, 58, 52, 46, 40, 34, 28, 22, 16)
_TIMEOUT = 120  # seconds


def render_card_video(title: str, lines: Sequence[str], out: Path) -> Rendered:
    """1080 x 1920, H.264 and a silent AAC track, 6 to 12 s; `out` appears whole or not at all.

    The title opens; then the sentences appear in turn under it. Raises Unavailable when ffmpeg fails.
    """
    title = without_pictures(title)
    lines = [line for line in map(without_pictures, lines) if line][: _SCENES - 1]
    scenes = [_still(title, None), *(_still(title, line) for line in lines)]
    lengths = durations([title, *lines])
    part = out.with_name(f".{out.name}.part.mp4")
    try:
        with tempfile.TemporaryDirectory(prefix="postwright-") as folder:
            stills = [Path(folder) / f"{at}.bmp" for at in range(len(scenes))]
            for scene, still in zip(scenes, stills, strict=True):
                scene.save(still)
            _encode(stills, lengths, part)
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)
    return Rendered(*SIZE, missing=missing("newsreader", " ".join([title, *lines])), duration=sum(lengths))


def durations(texts: Sequence[str]) -> list[float]:
    """Seconds for each scene: the time to read it, fitted into the whole, in whole frames."""
    wanted = [max(1.4, 0.6 + max(len(text.split()), len(text) / 6) / _READING) for text in texts]
    factor = min(max(sum(wanted), _LEAST), _MOST) / sum(wanted)
    return [int(seconds * factor * _RATE) / _RATE for seconds in wanted]


def _still(title: str, line: str | None) -> Image.Image:
    """One scene: the title large and alone, or small above the sentence."""
    image = Image.new("RGB", SIZE, PAPER)
    on = ImageDraw.Draw(image)
    width, height = SIZE[0] - 2 * _MARGIN, SIZE[1] - _TOP - _BOTTOM
    if line is None:
        block = fit(title, "newsreader", 500, _TITLE_SIZES, width, height, INK)
        _draw_below_rule(on, block, _TOP + (height - block.height) * 0.4, width)
        return image
    small = fit(title, "inter", 500, (40, 36, 32, 28, 24, 20, 16), width, height * 0.2, INK_2)
    draw_block(on, small, _MARGIN, _TOP, width)
    block = fit(line, "newsreader", 500, _LINE_SIZES, width, height - small.height - 120, INK)
    _draw_below_rule(on, block, _TOP + small.height + (height - small.height - block.height) * 0.4, width)
    return image


def _draw_below_rule(on: ImageDraw.ImageDraw, block: Block, y: float, width: int) -> None:
    right = any(map(is_right_to_left, block.lines))
    x = _MARGIN + width - 84 if right else _MARGIN
    on.rectangle((x, y - 48, x + 84, y - 41), fill=ACCENT)
    draw_block(on, block, _MARGIN, y, width)


def _encode(stills: Sequence[Path], lengths: Sequence[float], out: Path) -> None:
    command = [ffmpeg(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    for still in stills:
        command += ["-i", str(still)]
    command += [
        "-f",
        "lavfi",
        "-i",
        "anullsrc=r=44100:cl=stereo",
        "-filter_complex",
        _graph(lengths),
        "-map",
        "[out]",
        "-map",
        f"{len(stills)}:a",
    ]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p", "-r", str(_RATE)]
    command += ["-g", str(2 * _RATE), "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    command += ["-c:a", "aac", "-b:a", "96k", "-t", f"{sum(lengths):.3f}", "-movflags", "+faststart", "-map_metadata", "-1", str(out)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT, check=False)  # noqa: S603 - an argument list, no shell
    except subprocess.TimeoutExpired:
        raise Unavailable(f"ffmpeg did not make the card video within {_TIMEOUT} s.", rule="ffmpeg") from None
    if done.returncode:
        raise Unavailable(f"ffmpeg could not make the card video: {done.stderr.strip()[-300:]}", rule="ffmpeg")


def _graph(lengths: Sequence[float]) -> str:
    """Each still as a run of frames, one run after the other. All but the first, which is the cover, fade in out of the paper."""
    tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    converted = "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1"
    runs = [
        f"[{at}:v]{converted},loop=loop={round(seconds * _RATE) - 1}:size=1:start=0,setpts=N/{_RATE}/TB,fps={_RATE}{_fade(at)}[s{at}]"
        for at, seconds in enumerate(lengths)
    ]
    joined = "".join(f"[s{at}]" for at in range(len(lengths)))
    return ";".join([*runs, f"{joined}concat=n={len(lengths)}:v=1:a=0,{tags}[out]"])


def _fade(at: int) -> str:
    return f",fade=t=in:d={_FADE}:color={PAPER.replace('#', '0x')}" if at else ""


@cache
def ffmpeg() -> str:
    """The ffmpeg of the wheel, or the one that IMAGEIO_FFMPEG_EXE names."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        raise Unavailable("There is no ffmpeg: install the package imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE.", rule="ffmpeg") from None
