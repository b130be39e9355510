"""The thread under a draft and under a post: a piece of their pages, and a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.comments import read, store, write
from postwright.comments.markup import mark_up
from postwright.comments.models import About, Comment
from postwright.edge.access import COMMENT, READ, needs
from postwright.edge.context import Context, Signed
from postwright.edge.paging import Cursor
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput

router = page_router()

Text = Annotated[str, Form()]
Chosen = Annotated[list[str], Form(default_factory=list)]

_AT_ONCE = 100  # comments that a page shows


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and refused: it stays in its field."""

    text: str = ""
    error: str | None = None
    editing: UUID | None = None


@router.get("/drafts/{draft_id}/comments")
@needs(READ)
async def of_draft(ctx: Signed, draft_id: UUID, after: str = "") -> Response:
    return await _thread(ctx, About("draft", draft_id), after=after)


@router.get("/posts/{post_id}/comments")
@needs(READ)
async def of_post(ctx: Signed, post_id: UUID, after: str = "") -> Response:
    return await _thread(ctx, About("post", post_id), after=after)


@router.post("/drafts/{draft_id}/comments")
@needs(COMMENT)
async def on_draft(ctx: Signed, draft_id: UUID, mention: Chosen, text: Text = "") -> Response:
    return await _write(ctx, About("draft", draft_id), text, mention)


@router.post("/posts/{post_id}/comments")
@needs(COMMENT)
async def on_post(ctx: Signed, post_id: UUID, mention: Chosen, text: Text = "") -> Response:
    return await _write(ctx, About("post", post_id), text, mention)


@router.post("/comments/{id}/edit")
@needs(COMMENT)
async def edit(ctx: Signed, id: UUID, mention: Chosen, text: Text = "") -> Response:
    try:
        return await _done(ctx, await write.edit_comment(ctx.db, ctx.actor, ctx.caller, id, text, chosen=_ids(mention)))
    except InvalidInput as error:
        before = await read.get_comment(ctx.db, ctx.actor, id)
        return await _thread(ctx, before.about, Typed(text, error.message, editing=id), status=error.status)


@router.post("/comments/{id}/resolve")
@needs(COMMENT)
async def resolve(ctx: Signed, id: UUID) -> Response:
    return await _done(ctx, await write.settle_comment(ctx.db, ctx.actor, ctx.caller, id, resolved=True, now=ctx.now))


@router.post("/comments/{id}/reopen")
@needs(COMMENT)
async def reopen(ctx: Signed, id: UUID) -> Response:
    return await _done(ctx, await write.settle_comment(ctx.db, ctx.actor, ctx.caller, id, resolved=False, now=ctx.now))


@router.post("/comments/{id}/delete")
@needs(COMMENT)
async def delete(ctx: Signed, id: UUID) -> Response:
    return await _done(ctx, await write.remove_comment(ctx.db, ctx.actor, ctx.caller, id))


async def _write(ctx: Context, about: About, text: str, mention: list[str]) -> Response:
    try:
        return await _done(ctx, await write.write_comment(ctx.db, ctx.actor, ctx.caller, about, text, chosen=_ids(mention)))
    except InvalidInput as error:
        return await _thread(ctx, about, Typed(text, error.message), status=error.status)


async def _done(ctx: Context, comment: Comment) -> Response:
    if _is_piece(ctx):
        return await _thread(ctx, comment.about)
    return RedirectResponse(f"{comment.about.path}/comments#comment-{comment.id}", 303)


async def _thread(ctx: Context, about: About, typed: Typed | None = None, *, after: str = "", status: int = 200) -> Response:
    """For a script the thread alone, else a page around it."""
    typed = typed or Typed()
    subject = await read.find_subject(ctx.db, ctx.actor, about)
    said = await read.list_comments(ctx.db, ctx.actor, ctx.caller, about, open=True, after=Cursor.parse(after), limit=_AT_ONCE)
    settled = await read.list_comments(ctx.db, ctx.actor, ctx.caller, about, open=False, limit=_AT_ONCE)
    shown = [*said.items, *settled.items]
    known = await read.people_of(ctx.db, ctx.actor, [each.comment for each in shown])
    members = await store.members(ctx.db, ctx.actor.home)
    draw = fragment if _is_piece(ctx) else page
    return draw(
        ctx, "comments/_thread.html" if _is_piece(ctx) else "comments/page.html", status, title=f"Comments on “{subject.title}”",
        about=about, subject=subject, open=said.items, settled=settled.items, next=said.next,
        marked={each.comment.id: mark_up(each.comment.body, known, each.comment.mentions) for each in shown},
        people=[{"id": str(each.id), "name": each.name} for each in members if each.id != ctx.caller.user_id],
        typed=typed.text, error=typed.error, editing=typed.editing,
    )  # fmt: skip


def _is_piece(ctx: Context) -> bool:
    return bool(ctx.request.headers.get("hx-request"))


def _ids(chosen: list[str]) -> list[UUID]:
    """What the list put into the form; anything else is passed over."""
    found = []
    for each in chosen[:100]:
        try:
            found.append(UUID(each))
        except ValueError:
            continue
    return found
