"""JSON: the comments of drafts and posts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from postwright.comments import read, write
from postwright.comments.models import About, Comment, Person, Shown
from postwright.edge.access import COMMENT, READ, needs
from postwright.edge.context import Context, Signed
from postwright.edge.fields import Next
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Cursor, Limit
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch, require, tell

router = api_router(tags=["comments"])

DraftId = Annotated[UUID, Path(description="The draft's id.")]
PostId = Annotated[UUID, Path(description="The post's id.")]
CommentId = Annotated[UUID, Path(description="The comment's id.")]
OnlyOpen = Annotated[bool | None, Query(description="`true`: only open ones; `false`: only resolved ones; left out: both.")]


class PersonShown(BaseModel):
    """Somebody by their present name."""

    id: UUID | None = Field(description="Null when nothing is known of them any more.", examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22"])
    name: str = Field(examples=["Ada"])
    member: bool = Field(description="False: they have left the workspace.")

    @classmethod
    def of(cls, person: Person) -> PersonShown:
        return cls(id=person.id, name=person.name, member=person.is_member)


class CommentItem(BaseModel):
    """What somebody said about a draft or a post."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a99"])
    draft: UUID | None = Field(
        description="The draft that it is about; else `post` says which.", examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a31"]
    )
    post: UUID | None = Field(examples=[None])
    author: PersonShown
    text: str = Field(
        description="Plain text; who is mentioned stands there as @ and their present name.", examples=["@Bob shorter, please."]
    )
    mentions: list[PersonShown]
    created_at: datetime
    edited_at: datetime | None = Field(examples=["2027-03-02T09:00:00Z"])
    resolved_at: datetime | None = Field(examples=["2027-03-02T09:00:00Z"])
    resolved_by: PersonShown | None
    origin: str = Field(description="By which way it came.", examples=["web"])
    simulated: bool

    @classmethod
    def of(cls, shown: Shown, simulated: bool) -> CommentItem:
        comment = shown.comment
        return cls(
            id=comment.id, draft=comment.adaptation_id, post=comment.schedule_item_id, author=PersonShown.of(shown.author), text=shown.text,
            mentions=[PersonShown.of(each) for each in shown.mentions], created_at=comment.created_at, edited_at=comment.edited_at,
            resolved_at=comment.resolved_at, resolved_by=PersonShown.of(shown.resolved_by) if shown.resolved_by else None,
            origin=comment.origin, simulated=simulated,
        )  # fmt: skip


class Comments(BaseModel):
    items: list[CommentItem]
    next: Next


class CommentWish(BaseModel):
    """What to say. `@Name` of a member tells them."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="1 to 10,000 characters of plain text.", max_length=40_000, examples=["@Bob shorter, please."])
    mentions: list[UUID] = Field(
        default=[],
        max_length=50,
        description="Who is meant, where several members have the same name.",
        examples=[["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22"]],
    )


@router.get("/drafts/{draft}/comments", summary="Comments on a draft")
@needs(READ)
async def list_of_draft(ctx: Signed, draft: DraftId, open: OnlyOpen = None, after: After = None, limit: Limit = 50) -> Comments:
    """The first one first."""
    return await _list(ctx, About("draft", draft), open, after, limit)


@router.post("/drafts/{draft}/comments", status_code=201, summary="Comment on a draft")
@needs(COMMENT)
async def comment_on_draft(ctx: Signed, draft: DraftId, wish: CommentWish, dry_run: DryRun = False) -> CommentItem:
    """Members of every role may. Who is mentioned, who made the draft and who commented before get a notification."""
    return await _write(ctx, About("draft", draft), wish)


@router.get("/posts/{post}/comments", summary="Comments on a post")
@needs(READ)
async def list_of_post(ctx: Signed, post: PostId, open: OnlyOpen = None, after: After = None, limit: Limit = 50) -> Comments:
    """The first one first."""
    return await _list(ctx, About("post", post), open, after, limit)


@router.post("/posts/{post}/comments", status_code=201, summary="Comment on a post")
@needs(COMMENT)
async def comment_on_post(ctx: Signed, post: PostId, wish: CommentWish, dry_run: DryRun = False) -> CommentItem:
    """Members of every role may. Who is mentioned, who made the post and who commented before get a notification."""
    return await _write(ctx, About("post", post), wish)


@router.get("/comments/{comment}", summary="One comment")
@needs(READ)
async def get_one(ctx: Signed, comment: CommentId) -> CommentItem:
    """With the ETag that a change may name."""
    return await _told(ctx, await read.get_comment(ctx.db, ctx.actor, comment))


@router.patch("/comments/{comment}", summary="Change a comment")
@needs(COMMENT)
async def change_one(ctx: Signed, comment: CommentId, wish: CommentWish, if_match: IfMatch = None) -> CommentItem:
    """The caller's own only. Who is mentioned only now gets a notification."""
    require(if_match, *(await read.get_comment(ctx.db, ctx.actor, comment)).version)
    return await _told(ctx, await write.edit_comment(ctx.db, ctx.actor, ctx.caller, comment, wish.text, chosen=wish.mentions))


@router.delete("/comments/{comment}", status_code=204, summary="Remove a comment")
@needs(COMMENT)
async def remove_one(ctx: Signed, comment: CommentId) -> None:
    """One's own, or as an admin anybody's. For good."""
    await write.remove_comment(ctx.db, ctx.actor, ctx.caller, comment)


@router.post("/comments/{comment}/resolve", summary="Resolve a comment")
@needs(COMMENT)
async def resolve_one(ctx: Signed, comment: CommentId) -> CommentItem:
    """Editors, and who wrote it. Twice is once."""
    return await _told(ctx, await write.settle_comment(ctx.db, ctx.actor, ctx.caller, comment, resolved=True, now=ctx.now))


@router.post("/comments/{comment}/reopen", summary="Open a comment again")
@needs(COMMENT)
async def reopen_one(ctx: Signed, comment: CommentId) -> CommentItem:
    """Editors, and who wrote it. Twice is once."""
    return await _told(ctx, await write.settle_comment(ctx.db, ctx.actor, ctx.caller, comment, resolved=False, now=ctx.now))


async def _list(ctx: Context, about: About, open: bool | None, after: str | None, limit: int) -> Comments:
    found = await read.list_comments(ctx.db, ctx.actor, ctx.caller, about, open=open, after=Cursor.parse(after), limit=limit)
    return Comments(items=[CommentItem.of(each, ctx.caller.workspace.simulated) for each in found.items], next=found.next)


async def _write(ctx: Context, about: About, wish: CommentWish) -> CommentItem:
    return await _told(ctx, await write.write_comment(ctx.db, ctx.actor, ctx.caller, about, wish.text, chosen=wish.mentions))


async def _told(ctx: Context, comment: Comment) -> CommentItem:
    tell(ctx.request, *comment.version)
    (shown,) = await read.show(ctx.db, ctx.actor, ctx.caller, [comment])
    return CommentItem.of(shown, ctx.caller.workspace.simulated)
