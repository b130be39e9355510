"""The fonts that cards are set in: Newsreader and Inter from the packages that the web uses, then what the machine has.

A family is a list of faces; each piece of text goes to the first face that has all its characters.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import regex
from fontTools.ttLib import TTFont
from PIL import ImageDraw, ImageFont

from postwright.kit.text import iterate_graphemes

FamilyName = Literal["newsreader", "inter"]

_VENDOR = Path(__file__).parent.parent / "web" / "static" / "vendor" / "fonts"
_SUBSETS = ("latin", "latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek", "greek-ext")
_SYSTEM = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
_FALLBACKS = (
    "NotoSans-Regular", "NotoSans[", "NotoSansCJK-Regular", "NotoSansCJK", "NotoSansArabic", "NotoSansHebrew", "NotoSansDevanagari",
    "NotoSansThai", "DejaVuSans", "Arial Unicode", "arialuni", "Hiragino", "PingFang", "msyh", "malgun", "LiberationSans-Regular",
)  # fmt: skip
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Zs}\uFE0E\uFE0F\s]+")
_RIGHT_TO_LEFT = regex.compile(r"[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}]")


@dataclass(frozen=True, slots=True)
class Face:
    """One font file and the characters it has."""

    data: bytes
    index: int
    characters: frozenset[int]

    def has(self, text: str) -> bool:
        return all(ord(c) in self.characters for c in _INVISIBLE.sub("", text))


class Type:
    """A family at a size in pixels: measures and draws lines."""

    def __init__(self, family: FamilyName, size: int, weight: int) -> None:
        self.family, self.size, self.weight = family, size, weight

    @property
    def leading(self) -> int:
        """The distance between lines, in pixels."""
        return round(self.size * (1.18 if self.family == "newsreader" else 1.42))

    def width(self, line: str) -> float:
        return _width(self.family, self.size, self.weight, line)

    def draw(self, on: ImageDraw.ImageDraw, x: float, y: float, line: str, ink: str) -> None:
        """One line from the left edge x; y is its top."""
        for face, run in runs(self.family, line):
            font = _font(face, self.size, self.weight)
            on.text((x, y + self.size), run, font=font, fill=ink, anchor="ls")
            x += font.getlength(run)


def runs(family: FamilyName, line: str) -> list[tuple[Face, str]]:
    """The line cut into stretches of one face. A line with right-to-left script stays in one, so that its order is kept."""
    if is_right_to_left(line):
        return [(max(_faces(family), key=lambda face: sum(ord(c) in face.characters for c in line)), line)]
    found: list[tuple[Face, str]] = []
    for grapheme in iterate_graphemes(line):
        face = _face_for(family, grapheme) or (found[-1][0] if found else _faces(family)[0])
        if found and found[-1][0] is face:
            found[-1] = (face, found[-1][1] + grapheme)
        else:
            found.append((face, grapheme))
    return found


def missing(family: FamilyName, text: str) -> str:
    """The characters that no font here has, each once."""
    return "".join(dict.fromkeys(g for g in iterate_graphemes(text) if _face_for(family, g) is None))


def is_right_to_left(text: str) -> bool:
    return bool(_RIGHT_TO_LEFT.search(text))


@lru_cache(maxsize=20_000)
def _width(family: FamilyName, size: int, weight: int, line: str) -> float:
    return sum(_font(face, size, weight).getlength(run) for face, run in runs(family, line))


@lru_cache(maxsize=4096)
def _face_for(family: FamilyName, grapheme: str) -> Face | None:
    return next((face for face in _each_face(family) if face.has(grapheme)), None)


def _each_face(family: FamilyName) -> Iterator[Face]:
    """Ours first; the system's only when they are asked for."""
    yield from _own_faces(family)
    yield from _system_faces()


def _faces(family: FamilyName) -> Sequence[Face]:
    return [*_own_faces(family), *_system_faces()]


@cache
def _own_faces(family: FamilyName) -> tuple[Face, ...]:
    axis = "opsz" if family == "newsreader" else "wght"
    files = [_VENDOR / f"{family}-{subset}-{axis}-normal.woff2" for subset in _SUBSETS]
    found = tuple(_read(file) for file in files if file.is_file())
    if found or family == "inter":
        return found or _system_faces() or (_built_in(),)
    return _own_faces("inter")


@cache
def _system_faces() -> tuple[Face, ...]:
    files = [file for root in _SYSTEM if root.is_dir() for file in sorted(root.rglob("*.[to]t[fc]"))]
    chosen = [next((f for f in files if f.name.startswith(name) and "Mono" not in f.name), None) for name in _FALLBACKS]
    return tuple(_read(file) for file in dict.fromkeys(chosen) if file)


def _read(file: Path) -> Face:
    """A font file; compressed ones are opened up, because Pillow reads no woff2."""
    with TTFont(file, fontNumber=0, lazy=True) as font:
        characters = frozenset(font.getBestCmap() or ())
        if font.flavor is None:
            return Face(file.read_bytes(), 0, characters)
        font.flavor = None
        plain = io.BytesIO()
        font.save(plain)
    return Face(plain.getvalue(), 0, characters)


def _built_in() -> Face:
    """Pillow's own font, on a machine that has none at all."""
    font = ImageFont.load_default(16)
    data = font.font_bytes if isinstance(font, ImageFont.FreeTypeFont) else b""
    return Face(data, 0, frozenset(range(32, 127)))


@lru_cache(maxsize=256)
def _font(face: Face, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(io.BytesIO(face.data), size, index=face.index)
    try:
        axes = font.get_variation_axes()
    except OSError:  # not a variable font
        return font
    wanted = {"weight": weight, "optical size": size}
    values = [_clamped(axis, wanted.get(_axis_name(axis))) for axis in axes]
    font.set_variation_by_axes(values)
    return font


def _axis_name(axis: ImageFont.Axis) -> str:
    name = axis["name"]
    return (name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name or "")).lower()


def _clamped(axis: ImageFont.Axis, value: float | None) -> float:
    low, high, default = float(axis["minimum"] or 0), float(axis["maximum"] or 0), float(axis["default"] or 0)
    return default if value is None else min(max(value, low), high)
