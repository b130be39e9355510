"""Own media in the composer: the form without scripts, the buttons by a medium, and what the templates show of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from postwright.edge.context import Context, SignedNoTx
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput
from postwright.library import shelf, store
from postwright.library.files import get_files
from postwright.library.limits import LARGEST_AT_ONCE
from postwright.library.models import Conversion, FileRow
from postwright.library.upload import received, take_in
from postwright.platforms import registry
from postwright.studio import convert, own_media
from postwright.studio.checking import file_ids
from postwright.studio.models import Draft
from postwright.studio.takes import accepted, asks, takes

router = page_router()

_PIECE = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class MediaDesk:
    """What the composer shows of a draft's media besides what the rules say."""

    files: Mapping[str, FileRow]
    conversions: Mapping[tuple[str, str], Conversion]  # platform, file
    takes: Mapping[str, str]
    accepted: Mapping[str, str]
    asks: Mapping[str, str]

    def conversion(self, slug: str, file: str) -> Conversion | None:
        """The latest copy of this file for this platform: on its way, or failed."""
        found = self.conversions.get((slug, file))
        return found if found and found.status != "ready" else None


async def media_desk(ctx: Context, draft: Draft) -> MediaDesk:
    """Of all variants."""
    ids = list(dict.fromkeys(id for variant in draft.variants.values() for id in file_ids(variant.media)))
    files = {str(file.id): file for file in await get_files(ctx.db, ctx.actor, ids)}
    made = await store.conversions_of_draft(ctx.db, ctx.actor.home, draft.id)
    known = {slug: registry.get(slug) for slug in draft.variants if slug in registry.REGISTRY}
    return MediaDesk(
        files,
        {(each.platform, str(each.file_id)): each for each in made},
        {slug: takes(each.rules, each.name) for slug, each in known.items()},
        {slug: accepted(each.rules) for slug, each in known.items()},
        {slug: asks(each.rules) for slug, each in known.items()},
    )


async def press(ctx: Context, draft: Draft, slug: str, act: str, form: FormData) -> Draft:
    """What the pressed button by a medium says. Raises NotFound when there is no such button."""
    if act.startswith("media_convert:"):
        ids = file_ids([act.partition(":")[2]])
        if not ids:
            raise InvalidInput("This button names no file. Reload the page.", field="act", rule="known")
        await convert.ask(ctx.db, ctx.actor, ids[0], slug, draft.id)
        return draft
    if act == "media_cover":
        act = f"media_cover:{form.get('cover_at', '')}"
    return await own_media.act_on_media(ctx.db, ctx.actor, draft, slug, act, ctx.now)


@router.post("/drafts/{id}/variants/{slug}/media", max_body_size=LARGEST_AT_ONCE)
async def add(
    ctx: SignedNoTx, id: UUID, slug: str, file: list[UploadFile] | None = None, everywhere: Annotated[bool, Form()] = False
) -> Response:
    """Without scripts: the files of a form, into this variant or into each that takes them. All of them or none."""
    ctx.need("editor")
    if not file:
        raise InvalidInput("Choose at least one file.", field="file", rule="not_empty")
    if len(file) > own_media.MOST:
        raise InvalidInput(f"At most {own_media.MOST} files at once.", field="file", rule="max_items")
    made = []
    try:
        for each in file:
            async with received(ctx.state, _pieces(each), each.size, LARGEST_AT_ONCE) as path:
                made.append(await take_in(ctx.state, path, each.filename or ""))
        async with ctx.transaction() as db:
            rows = [await shelf.put(db, ctx.actor, new) for new in made]
            await own_media.attach(db, ctx.actor, id, [row.id for row in rows], None if everywhere else [slug], ctx.now)
    except BaseException:
        for new in made:
            await ctx.state.storage.forget(new.id)
        raise
    return RedirectResponse(f"/drafts/{id}?platform={slug}", 303)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece
