"""Files that came in a form: kept, known by their bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.datastructures import UploadFile

from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.records import Account, Medium
from postwright.sandbox.world import World


async def adopt_upload(world: World, account: Account, file: UploadFile, limit: int, alt: str = "") -> Medium | None:
    """The file as a medium; None when its bytes are of no known kind. Raises FileTooLarge."""
    return world.media.adopt(await world.media.save(_chunks(file), limit), account.id, alt=alt)


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(262_144):
        yield chunk


__all__ = ["FileTooLarge", "adopt_upload"]
