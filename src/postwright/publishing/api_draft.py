"""The file of a post that a person carries over, over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi.responses import Response

from postwright.edge.access import READ, needs
from postwright.edge.context import SignedNoTx
from postwright.edge.routes import api_router
from postwright.publishing.draft_file import draft_answer

router = api_router(tags=["posts"])

_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"description": "The archive.", "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
}


@router.get("/posts/{post_id}/draft", summary="Download a post that is posted by hand", response_class=Response, responses=_ZIP)
@needs(READ)
async def download_draft(ctx: SignedNoTx, post_id: UUID) -> Response:
    """Of a platform that lets no program publish (Substack): a ZIP of `draft.html` to paste, `draft.txt` and `media/`. 409 for every
    other platform."""
    return await draft_answer(ctx, post_id)
