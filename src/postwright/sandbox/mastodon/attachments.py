"""Media: brought, processed, described."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from postwright.sandbox import ids
from postwright.sandbox.mastodon.answers import PLATFORM, answer, problem, signed_in
from postwright.sandbox.mastodon.shapes import (
    ALT_LIMIT,
    IMAGE_BYTES,
    IMAGE_PIXELS,
    TYPES,
    VIDEO_BYTES,
    show_medium,
)
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.records import Account, Handle, Medium
from postwright.sandbox.wire import Form, allow_body, base_of, read_form
from postwright.sandbox.world import World, world_of


async def upload(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    allow_body(request, VIDEO_BYTES + 100_000)
    form = await read_form(request)
    file = form.files.get("file")
    if file is None:
        raise problem(422, "Validation failed: File can't be blank")
    medium = await _stored(world, account, file, _alt(form))
    now = world.clock()
    name = ids.mastodon_id(now)
    ready = world.processed_at(name)
    handle = Handle(PLATFORM, name, account.id, "attachment", now, {"medium": medium.id}, ready)
    world.ledger.keep(handle)
    return answer(request, show_medium(base_of(request), name, medium, ready=ready <= now), 200 if ready <= now else 202)


def _alt(form: Form) -> str:
    alt = form.text("description") or ""
    if len(alt) > ALT_LIMIT:
        raise problem(422, f"Validation failed: Description is too long (maximum is {ALT_LIMIT} characters)")
    return alt


async def _stored(world: World, account: Account, file: UploadFile, alt: str) -> Medium:
    try:
        stored = await world.media.save(_chunks(file), VIDEO_BYTES)
    except FileTooLarge as wrong:
        raise problem(422, "Validation failed: File size must be less than 99 MB") from wrong
    medium = world.media.adopt(stored, account.id, alt=alt)
    if medium is None or medium.mime not in TYPES:
        raise problem(422, "Validation failed: File content type is invalid, File is invalid")
    if medium.kind == "image" and (medium.size > IMAGE_BYTES or medium.width * medium.height > IMAGE_PIXELS):
        raise problem(422, "Validation failed: File size must be less than 16 MB and 33,177,600 pixels")
    return medium


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(262_144):
        yield chunk


async def read_medium(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    handle, medium = attachment(world, account, request.path_params["medium_id"])
    ready = world.clock() >= (handle.ready_at or 0)
    return answer(request, show_medium(base_of(request), handle.id, medium, ready=ready), 200 if ready else 206)


async def change_medium(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    handle, medium = attachment(world, account, request.path_params["medium_id"])
    world.ledger.describe_medium(medium.id, _alt(await read_form(request)))
    fresh = world.media.get(medium.id) or medium
    return answer(request, show_medium(base_of(request), handle.id, fresh, ready=world.clock() >= (handle.ready_at or 0)))


def attachment(world: World, account: Account, name: str) -> tuple[Handle, Medium]:
    handle = world.ledger.handle(PLATFORM, name)
    medium = world.media.get(str(handle.body.get("medium"))) if handle and handle.kind == "attachment" else None
    if handle is None or medium is None or handle.account_id != account.id:
        raise problem(404, "Record not found")
    return handle, medium
