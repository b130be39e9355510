"""A draft's own media over JSON: files into its variants, and copies that keep a platform's rules."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.access import DRAFT, needs
from postwright.edge.context import Context, Signed
from postwright.edge.routes import api_router
from postwright.errors import Conflict
from postwright.library import transcode
from postwright.library.models import Conversion
from postwright.library.shelf import need
from postwright.platforms import registry
from postwright.studio import convert, own_media
from postwright.studio.api import show
from postwright.studio.shapes import DraftShown, Slug

router = api_router(tags=["media"])

_FILE = "01a02f7c-5f0e-7c3a-9d0b-3f6d2a41c9e7"


class Attach(BaseModel):
    """Files for a draft, or for some of its variants."""

    model_config = ConfigDict(extra="forbid")

    files: list[UUID] = Field(min_length=1, max_length=own_media.MOST, examples=[[_FILE]])
    platforms: list[Slug] | None = Field(default=None, max_length=40, description="None: each variant that takes them.", examples=[None])


class Convert(BaseModel):
    """Whose rules the copy is to keep."""

    model_config = ConfigDict(extra="forbid")

    platform: Slug
    draft: UUID | None = Field(default=None, description="In whose variant it takes the original's place.", examples=[None])


class ConversionShown(BaseModel):
    """A copy that is being made."""

    id: UUID = Field(examples=[_FILE])
    file: UUID = Field(description="The original; it is kept.", examples=[_FILE])
    platform: str = Field(examples=["tiktok"])
    status: Literal["waiting", "running", "ready", "failed"]
    progress: int = Field(description="Per cent.", examples=[40])
    result: UUID | None = Field(description="The copy, once it is there.", examples=[None])
    error: str | None = Field(examples=[None])

    @classmethod
    def of(cls, row: Conversion) -> ConversionShown:
        return cls(
            id=row.id, file=row.file_id, platform=row.platform, status=row.status, progress=row.progress, result=row.result_file_id,  # type: ignore[arg-type]
            error=row.error,
        )  # fmt: skip


class Possible(BaseModel):
    """What a conversion would make."""

    mime_type: str = Field(examples=["video/mp4"])
    width: int = Field(examples=[1080])
    height: int = Field(examples=[1920])
    stops: bool = Field(description="The original moves; the copy will not: this platform takes no video.")
    letterboxed: bool = Field(description="Bars beside the picture: nothing is cut off.")


@router.post("/drafts/{id}/media", summary="Put media into a draft")
@needs(DRAFT)
async def attach(ctx: Signed, id: UUID, body: Attach) -> DraftShown:
    """Behind a variant's own media, in the place of generated ones. `notes` say which variants do not take them."""
    found = await own_media.attach(ctx.db, ctx.actor, id, body.files, body.platforms, ctx.now)
    shown = await show(ctx, found.draft)
    return shown.model_copy(update={"notes": list(found.notes)})


@router.get("/media/{file_id}/conversions/{platform}", summary="What a conversion would make")
async def possible(ctx: Signed, file_id: UUID, platform: Slug) -> Possible:
    """422 where only cutting something off would help."""
    found = registry.get(platform)
    plan = transcode.plan(await need(ctx.db, ctx.actor, file_id), found.rules, found.name)
    return Possible(mime_type=plan.mime, width=plan.width, height=plan.height, letterboxed=plan.pad, stops=plan.stops)


@router.post("/media/{file_id}/conversions", status_code=202, summary="Convert a medium for a platform")
@needs(DRAFT)
async def ask(ctx: Signed, response: Response, file_id: UUID, body: Convert) -> ConversionShown:
    """Made in the background as a file of its own; the original stays."""
    made = await convert.ask(ctx.db, ctx.actor, file_id, body.platform, body.draft)
    if made is None:
        raise Conflict("This is being converted already. Wait for it.", field="file", rule="one_at_a_time")
    response.headers["Location"] = f"/api/v1/media/conversions/{made}"
    return await _shown(ctx, made)


@router.get("/media/conversions/{conversion_id}", summary="How a conversion stands")
async def read(ctx: Signed, conversion_id: UUID) -> ConversionShown:
    """Ask again while it is `waiting` or `running`."""
    return await _shown(ctx, conversion_id)


async def _shown(ctx: Context, id: UUID) -> ConversionShown:
    return ConversionShown.of(await convert.get(ctx.db, ctx.actor, id))
