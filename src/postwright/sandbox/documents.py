"""Documents as a platform processes them: opened, counted, their first page drawn."""

from __future__ import annotations

import asyncio

from postwright.kit import pdf
from postwright.sandbox.media import MediaStore
from postwright.sandbox.records import Medium


async def process(store: MediaStore, medium: Medium, most_pages: int) -> int | None:
    """How many pages it has, once its preview lies beside it; None where the platform could not make anything of it."""
    try:
        found = await asyncio.to_thread(pdf.read, store.path(medium.id), most_pages)
    except pdf.Unreadable:
        return None
    await asyncio.to_thread(store.preview_path(medium.id).write_bytes, found.preview)
    return found.count
