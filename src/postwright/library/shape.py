"""Cutting a picture: the part becomes a file of its own, the original stays."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from postwright.edge.state import State
from postwright.errors import InvalidInput
from postwright.library.files import NewFile, keep_bytes
from postwright.library.models import FileRow
from postwright.library.probe import probe_image, recognise

RATIOS = {"1:1": 1.0, "4:5": 0.8, "16:9": 16 / 9, "9:16": 9 / 16, "1.91:1": 1.91}
_LEAST = 16  # pixels of a side
_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle in a picture's pixels."""

    x: int
    y: int
    width: int
    height: int

    def told(self) -> dict[str, int]:
        """For the file's metadata: where to go on when somebody cuts it again."""
        return {"x": self.x, "y": self.y, "width": self.width, "height": self.height}


def middle(width: int, height: int, ratio: float) -> Part:
    """The largest part of that ratio (width / height), in the middle."""
    wide, high = (width, round(width / ratio)) if width / height < ratio else (round(height * ratio), height)
    wide, high = min(max(wide, 1), width), min(max(high, 1), height)
    return Part((width - wide) // 2, (height - high) // 2, wide, high)


def part_of(
    file: FileRow, ratio: str, x: int | None = None, y: int | None = None, width: int | None = None, height: int | None = None
) -> Part:
    """The part that was asked for. Raises InvalidInput for one that is not inside the picture, or not of its ratio."""
    if file.kind != "image" or not file.width or not file.height:
        raise InvalidInput("Only a picture is cut. Of a video choose the cover.", field="file", rule="media_kind")
    if x is None or y is None or width is None or height is None:
        if ratio not in RATIOS:
            raise InvalidInput("Say which part: x, y, width and height; or a ratio.", field="ratio", rule="required")
        return middle(file.width, file.height, RATIOS[ratio])
    if min(width, height) < _LEAST or x + width > file.width or y + height > file.height:
        words = f"The part lies inside the picture ({file.width} x {file.height}) and has at least {_LEAST} pixels on a side."
        raise InvalidInput(words, field="width", rule="crop_bounds")
    if ratio in RATIOS and abs(width / height - RATIOS[ratio]) > max(2 / width, 2 / height) * (1 + RATIOS[ratio]):
        raise InvalidInput(f"{width} x {height} is not {ratio}.", field="ratio", rule="crop_bounds")
    return Part(x, y, width, height)


async def cut(state: State, file: FileRow, part: Part) -> NewFile:
    """The part as a new file in the storage, in the original's form; of an animation its first picture."""
    source = state.storage.local_path(file.id, file.path)
    with tempfile.TemporaryDirectory(prefix="postwright-") as folder:
        out = Path(folder) / "part"
        form = await asyncio.to_thread(_cut, source, part, out)
        metadata: dict[str, Any] = {"name": file.name, "of": str(file.original or file.id), "crop": part.told()}
        return await keep_bytes(
            state.storage, out, f"media.{form}", "image/jpeg" if form == "jpg" else f"image/{form}", width=part.width, height=part.height,
            alt_text=file.alt_text or "", metadata=metadata,
        )  # fmt: skip


def _cut(source: Path, part: Part, out: Path) -> str:
    form = recognise(source)
    probe_image(source, form)  # bounded before it is drawn
    with Image.open(source, formats=[form.decoder]) as image:
        profile = image.info.get("icc_profile")
        piece = image.crop((part.x, part.y, part.x + part.width, part.y + part.height))
        piece.info.clear()
        how: dict[str, Any] = {"icc_profile": profile} if profile else {}
        target = form if form.ending in {"jpg", "png", "webp"} else None
        piece.save(out, target.decoder if target else "PNG", **(how | ({"quality": _QUALITY} if target and target.ending != "png" else {})))
        return target.ending if target else "png"
