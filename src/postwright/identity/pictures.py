"""Pictures of people: whatever comes in is decoded and drawn anew, so that nothing of the file itself is ever served."""

from __future__ import annotations

import asyncio
import io
import threading
from contextlib import suppress
from uuid import UUID, uuid4

from PIL import Image, ImageOps

from postwright.db.queries import Conn
from postwright.db.session import VISITOR, transaction
from postwright.edge.context import LongContext
from postwright.edge.state import State
from postwright.errors import InvalidInput, NotFound
from postwright.identity import store, turns

LARGEST = 3_500_000  # bytes
SIDE = 256  # pixels
_MOST_PIXELS = 25_000_000
_FORMATS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
_ROOM = threading.Semaphore(2)  # a decoded picture takes up to 100 MB


async def set_picture(ctx: LongContext, data: bytes) -> str:
    """Makes it the caller's picture; the address that it is served under. Raises InvalidInput, TooManyTries."""
    state, person, picture = ctx.state, ctx.caller.user_id, uuid4()
    async with transaction(state.pool, VISITOR) as db:
        await turns.take(db, turns.PICTURE, str(person), now=ctx.now)
    await state.storage.put(path_of(picture), await asyncio.to_thread(draw, data), "image/webp")
    address = f"/people/{person}/pictures/{picture}"
    async with ctx.transaction() as db:
        was = await store.set_picture(db, person, address)
    await _drop(state, person, was)
    return address


async def remove_picture(ctx: LongContext) -> None:
    """Takes the caller's picture away, and its file."""
    async with ctx.transaction() as db:
        was = await store.set_picture(db, ctx.caller.user_id, None)
    await _drop(ctx.state, ctx.caller.user_id, was)


async def read_picture(state: State, db: Conn, person: UUID, picture: UUID) -> bytes:
    """The file, for those who share a workspace with that person. Raises NotFound: nobody learns who else there is."""
    if await store.picture(db, person) != f"/people/{person}/pictures/{picture}":
        raise NotFound("There is no such picture, or it is not yours to see.", field="picture", rule="exists")
    found: bytes = await state.storage.read(path_of(picture))
    return found


async def _drop(state: State, person: UUID, address: str | None) -> None:
    """Removes the file of an address that we gave out for this person."""
    place, _, name = (address or "").rpartition("/")
    if place == f"/people/{person}/pictures":
        with suppress(ValueError):
            await state.storage.delete(path_of(UUID(name)))


def path_of(picture: UUID) -> str:
    """Where it lies: a path of our own making."""
    return f"people/{picture}.webp"


def draw(data: bytes) -> bytes:
    """A square of 256 pixels as WebP, without metadata. Raises InvalidInput."""
    if len(data) > LARGEST:
        raise InvalidInput(f"A picture has at most {LARGEST / 1e6:.1f} MB.", field="picture", rule="size")
    form = _form(data)
    try:
        with _ROOM, Image.open(io.BytesIO(data), formats=[form]) as image:
            _check_size(image)
            image.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG is decoded no larger than it is needed
            return _drawn(image)
    except InvalidInput:
        raise
    except Exception:  # a broken file makes the decoders raise whatever they meet
        raise InvalidInput("This picture cannot be read: it is damaged or too large.", field="picture", rule="readable") from None


def _form(data: bytes) -> str:
    """By the first bytes; what the file is called or said to be does not matter."""
    for magic, form in _FORMATS.items():
        if data.startswith(magic):
            return form
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    raise InvalidInput("A picture is a PNG, a JPEG, a GIF or a WebP file.", field="picture", rule="format")


def _check_size(image: Image.Image) -> None:
    """Before anything is decoded."""
    if image.width * image.height > _MOST_PIXELS:
        raise InvalidInput(f"A picture has at most {_MOST_PIXELS // 1_000_000} megapixels.", field="picture", rule="pixels")


def _drawn(image: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(image)
    square = ImageOps.fit(upright.convert("RGBA" if upright.has_transparency_data else "RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    clean = Image.new(square.mode, square.size)
    clean.paste(square)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=86, method=4)
    return out.getvalue()
