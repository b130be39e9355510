"""A post that a person posts by hand: its words and media ready to take, the way to the platform, and the link afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import PERSON, READ, needs
from postwright.edge.context import Context, Signed, SignedNoTx
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import Conflict, InvalidInput
from postwright.library.files import get_files
from postwright.library.storage import media_path
from postwright.publishing import handoff
from postwright.publishing.draft_file import draft_answer, has_draft
from postwright.publishing.forms import back_to
from postwright.publishing.posts import get_post

router = page_router()

_MEDIA_LIFE = timedelta(hours=1)


@router.get("/posts/{post_id}/by-hand")
@needs(READ)
async def by_hand_page(ctx: Signed, post_id: UUID) -> Response:
    return await _page(ctx, post_id)


@router.post("/posts/{post_id}/by-hand")
@needs(PERSON)
async def posted_by_hand(ctx: Signed, post_id: UUID, url: Annotated[str, Form()] = "") -> Response:
    ctx.need("editor")
    try:
        await handoff.posted(ctx.db, ctx.actor, post_id, url, now=ctx.now)
    except (InvalidInput, Conflict) as problem:
        return await _page(ctx, post_id, problem.status, url, problem.message)
    return back_to(post_id, "posted_by_hand")


@router.get("/posts/{post_id}/draft.zip")
@needs(READ)
async def download_draft(ctx: SignedNoTx, post_id: UUID) -> Response:
    return await draft_answer(ctx, post_id)


@router.post("/posts/{post_id}/way")
@needs(PERSON)
async def choose_way(ctx: Signed, post_id: UUID, by_hand: Annotated[str, Form()] = "") -> Response:
    ctx.need("editor")
    await handoff.choose_way(ctx.db, ctx.actor, post_id, by_hand=by_hand == "yes")
    return back_to(post_id, "by_hand" if by_hand == "yes" else "by_postwright")


async def _page(ctx: Context, post_id: UUID, status: int = 200, url: str = "", problem: str | None = None) -> Response:
    detail = await get_post(ctx.db, ctx.actor, post_id, now=ctx.now)
    found = await handoff.read_hand_off(ctx.db, ctx.actor, post_id)
    if problem is None and (found is None or not found.hand_off):
        return RedirectResponse(f"/posts/{post_id}", 303)
    files = await get_files(ctx.db, ctx.actor, list(detail.content.media))
    until = int((ctx.now + _MEDIA_LIFE).timestamp())
    media = [(each.path.rpartition("/")[2], media_path(ctx.state.key, each.id, until)) for each in files]
    return page(
        ctx, "posts/by_hand.html", status, title="Post it by hand", detail=detail, row=detail.row, hand=found, media=media, url=url,
        problem=problem, caption=_caption(detail.content.text, detail.content.thread), zone=ctx.caller.timezone,
        has_draft=has_draft(detail.row.platform), open_at=handoff.where_to_post(detail.row.platform, found.host if found else None),
    )  # fmt: skip


def _caption(text: str, thread: tuple[str, ...]) -> list[str]:
    """The pieces to copy: of a thread each part."""
    return [each for each in (text, *thread) if each]
