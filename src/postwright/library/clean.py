"""Pictures without what they tell of their maker: place, camera, names, comments, and whatever was hung on behind the end.

The pixels stay as they are, bit for bit; only a picture that says "turn me" is drawn anew, because with its EXIF that word goes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from PIL import Image, ImageOps

from postwright.errors import InvalidInput
from postwright.kit.magic import GIF, JPEG, PNG, WEBP, Form

_QUALITY = 95
_ORIENTATION = 0x0112  # the EXIF tag
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI",
     b"acTL", b"fcTL", b"fdAT"}
)  # fmt: skip
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
_WEBP_TOLD = 0x08 | 0x04  # the flags of VP8X that announce EXIF and XMP
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def clean(data: bytes, form: Form) -> bytes:
    """The picture without its metadata, upright. Raises InvalidInput when its parts do not fit together."""
    turned = _turned(data, form)
    if turned is not None:
        return turned
    try:
        return b"".join(_WAYS[form](data))
    except (IndexError, ValueError):
        raise InvalidInput("This picture cannot be read: it is damaged.", field="file", rule="damaged") from None


def _turned(data: bytes, form: Form) -> bytes | None:
    """Drawn anew where its EXIF turns it; None where it stands as it is."""
    if form is GIF:
        return None
    with Image.open(io.BytesIO(data), formats=[form.decoder]) as image:
        if image.getexif().get(_ORIENTATION, 1) == 1:
            return None
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
        upright.info.clear()
        out = io.BytesIO()
        how = {"icc_profile": profile} if profile else {}
        upright.save(out, form.decoder, **(how | ({} if form is PNG else {"quality": _QUALITY})))
        return out.getvalue()


def _jpeg(data: bytes) -> Iterator[bytes]:
    """Segment by segment; the coded picture in between is copied up to its end mark, and nothing after it."""
    yield data[:2]
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        if data[at] != 0xFF:
            raise ValueError("no marker")
        mark = data[at + 1]
        if mark == 0xD9:
            yield b"\xff\xd9"
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end <= at + 3 or end > len(data):
            raise ValueError("a segment beyond the end")
        if _jpeg_keeps(mark, data[at + 4 : end]):
            yield data[at:end]
        at = end
        if mark == 0xDA:
            at = _coded_end(data, end)
            yield data[end:at]


def _jpeg_keeps(mark: int, content: bytes) -> bool:
    if mark == 0xE2:
        return content.startswith(b"ICC_PROFILE\x00")
    return mark not in {0xFE, *range(0xE1, 0xF0)} or mark == 0xEE  # comments and applications go, Adobe's colour word stays


def _coded_end(data: bytes, start: int) -> int:
    """Where the next marker stands that is neither a stuffed byte nor a restart."""
    at = start
    while True:
        at = data.index(0xFF, at)
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


def _png(data: bytes) -> Iterator[bytes]:
    yield data[:8]
    at = 8
    while True:
        kind = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if len(kind) < 4 or end > len(data):
            raise ValueError("a chunk beyond the end")
        if kind in _PNG_KEPT:
            yield data[at:end]
        if kind == b"IEND":
            return
        at = end


def _webp(data: bytes) -> Iterator[bytes]:
    chunks = b"".join(_webp_chunks(data[12 : 8 + int.from_bytes(data[4:8], "little")]))
    yield b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        kind = data[at : at + 4]
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if len(kind) < 4 or at + 8 + size > len(data):
            raise ValueError("a chunk beyond the end")
        if kind == b"VP8X":
            yield data[at : at + 8] + bytes([data[at + 8] & ~_WEBP_TOLD]) + data[at + 9 : end]
        elif kind not in _WEBP_DROPPED:
            yield data[at:end]
        at = end


def _gif(data: bytes) -> Iterator[bytes]:
    at = 13 + _colours(data[10])
    yield data[:at]
    while True:
        begin, mark = at, data[at]
        if mark == 0x3B:
            yield b"\x3b"
            return
        if mark == 0x2C:
            at = _blocks_end(data, begin + 10 + _colours(data[begin + 9]) + 1)
            yield data[begin:at]
        elif mark == 0x21:
            at = _blocks_end(data, begin + 2)
            if data[begin + 1] in {0xF9, 0x01} or (data[begin + 1] == 0xFF and data[begin + 3 : begin + 14] in _GIF_LOOPS):
                yield data[begin:at]
        else:
            raise ValueError("no block")


def _colours(packed: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while size := data[at]:
        at += size + 1
    return at + 1


_WAYS: dict[Form, Callable[[bytes], Iterator[bytes]]] = {JPEG: _jpeg, PNG: _png, GIF: _gif, WEBP: _webp}
