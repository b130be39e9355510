"""A post that a person posts by hand: its words and media ready to take, the way to the platform, and the link afterwards."""

from __future__ import annotations

from dataclasses import dataclass
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
from postwright.publishing.draft_file import draft_answer, has_draft, snapshot_of
from postwright.publishing.forms import back_to
from postwright.publishing.models import PostDetail
from postwright.publishing.posts import get_post
from postwright.publishing.snapshot import media_of, post_of

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
    return page(
        ctx, "posts/by_hand.html", status, title="Post it by hand", detail=detail, row=detail.row, hand=found,
        media=await _media(ctx, detail), url=url, problem=problem, words=_words(detail), zone=ctx.caller.timezone,
        has_draft=has_draft(detail.row.platform), sandboxed=detail.row.simulated,
        open_at=None if detail.row.simulated else handoff.where_to_post(detail.row.platform, found.host if found else None),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """Something to copy, under its name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A medium to take along, with the words for who cannot see it."""

    name: str
    href: str
    alt: str


def _words(detail: PostDetail) -> list[Words]:
    """All that would go out, piece by piece: the same pieces that the platform would be sent."""
    post = post_of(snapshot_of(detail), detail.content.text, detail.row.content_format or "post")
    pieces = [each for each in post.pieces() if each]
    names = [f"Part {n}" for n in range(1, len(pieces) + 1)] if len(pieces) > 1 else ["Text"]
    found = [Words("Title", post.title)] if post.title else []
    found += [Words(name, text) for name, text in zip(names, pieces, strict=False)]
    comment = str(post.options.get("first_comment") or "").strip()
    return [*found, Words("First comment, once it is out", comment)] if comment else found


async def _media(ctx: Context, detail: PostDetail) -> list[Taken]:
    files = {each.id: each for each in await get_files(ctx.db, ctx.actor, list(detail.content.media))}
    until = int((ctx.now + _MEDIA_LIFE).timestamp())
    return [
        Taken(files[id].path.rpartition("/")[2], media_path(ctx.state.key, id, until), alt or files[id].alt_text or "")
        for id, alt in media_of(snapshot_of(detail))
        if id in files
    ]
