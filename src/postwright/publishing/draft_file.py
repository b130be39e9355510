"""A post that a person carries over, as one file with all that is needed at the platform."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import IO
from uuid import UUID

from fastapi.responses import Response, StreamingResponse

from postwright.edge.context import LongContext
from postwright.errors import Conflict, InvalidInput
from postwright.library.upload import need_disk
from postwright.platforms import registry
from postwright.platforms.capabilities import ExportsDraft
from postwright.platforms.errors import Rejected
from postwright.platforms.post import Post
from postwright.publishing.media import load_media
from postwright.publishing.models import PostDetail
from postwright.publishing.posts import get_post
from postwright.publishing.snapshot import post_of

_MEDIA_LINK_LIFE = timedelta(hours=1)
_PIECE = 256 * 1024  # bytes
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What goes into the file, and who writes it."""

    platform: str
    post: Post
    export: ExportsDraft


def has_draft(platform: str) -> bool:
    """Whether a person carries this platform's posts over as a file."""
    known = registry.REGISTRY.get(platform)
    return known is not None and known.export is not None


async def draft_answer(ctx: LongContext, item_id: UUID) -> Response:
    """The file, made beside the media and gone when it was sent. Raises NotFound; Conflict where the platform has no such file;
    InvalidInput for a post that lacks what the platform asks for, or a medium; Unavailable where the disk has no room for the file."""
    try:
        draft = await _read(ctx, item_id)
        need_disk(ctx.state, sum(medium.size for medium in draft.post.media))
        held = await asyncio.to_thread(_write, draft, ctx)
    except Rejected as refused:
        raise InvalidInput(refused.message, field=refused.field, rule=refused.rule) from refused
    size = held.seek(0, 2)
    told = {"Content-Disposition": f'attachment; filename="{draft.platform}-draft.zip"', "Content-Length": str(size)}
    return StreamingResponse(_pieces(held), headers=_HEADERS | told, media_type="application/zip")


async def _read(ctx: LongContext, item_id: UUID) -> Draft:
    async with ctx.transaction() as db:
        detail = await get_post(db, ctx.actor, item_id, now=ctx.now)
        platform = registry.get(detail.row.platform)
        if platform.export is None:
            raise Conflict(f"Posts for {platform.name} are not carried over as a file.", field="platform", rule="no_draft")
        snapshot = snapshot_of(detail)
        media = await load_media(db, ctx.state, ctx.actor.home, snapshot, expires=ctx.now + _MEDIA_LINK_LIFE)
    post = post_of(snapshot, detail.content.text, platform.rules.default_format)
    return Draft(platform.slug, replace(post, media=media), platform.export)


def snapshot_of(detail: PostDetail) -> dict[str, object]:
    """What goes out, as it is frozen when a post is scheduled."""
    content = detail.content
    return {
        "text": content.text, "title": content.title, "thread": content.thread, "hashtags": content.hashtags, "media": content.media,
        "alt_texts": content.alt_texts, "options": content.options, "format": detail.row.content_format,
    }  # fmt: skip


def _write(draft: Draft, ctx: LongContext) -> IO[bytes]:
    held = tempfile.TemporaryFile(dir=ctx.state.settings.home)  # noqa: SIM115 - closed when it was sent
    try:
        draft.export(draft.post, held)
    except FileNotFoundError:
        held.close()
        raise Rejected("A medium of this post is no longer in the storage. Attach it again.", field="media", rule="media_missing") from None
    except BaseException:
        held.close()
        raise
    return held


def _pieces(held: IO[bytes]) -> Iterator[bytes]:
    with held:
        held.seek(0)
        while piece := held.read(_PIECE):
            yield piece
