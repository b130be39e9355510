"""Settings > Your data: archives, and deleting the account."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import PERSON, needs
from postwright.edge.context import LongContext, SignedNoTx
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput, PostwrightError
from postwright.exports import ask, delete
from postwright.exports.collect import archives
from postwright.exports.download import archive_answer
from postwright.exports.models import Kind
from postwright.identity.cookies import end_session

router = page_router()

_Text = Annotated[str, Form(max_length=1000)]
_SHOWN = 20  # archives on the page; a day brings five, and a week later they are gone


@router.get("/settings/data")
@needs(PERSON)
async def data_page(ctx: SignedNoTx) -> Response:
    return await _data(ctx)


@router.get("/settings/data/_exports")
@needs(PERSON)
async def list_fragment(ctx: SignedNoTx) -> Response:
    """The list, asked for again and again while one is being made."""
    async with ctx.transaction() as db:
        found = await ask.list_own(db, ctx.actor, None, _SHOWN)
    return fragment(ctx, "settings/_exports.html", exports=found.items)


@router.post("/settings/data/exports")
@needs(PERSON)
async def ask_for(ctx: SignedNoTx, kind: _Text = "") -> Response:
    try:
        wanted = _kind(kind)
        async with ctx.transaction() as db:
            await ask.ask(db, ctx.actor, ctx.caller, wanted, ctx.now)
    except PostwrightError as error:
        return await _data(ctx, error.status, {kind: error.message})
    return RedirectResponse("/settings/data#archives", 303)


@router.post("/settings/data/exports/{id}/delete")
@needs(PERSON)
async def remove(ctx: SignedNoTx, id: UUID) -> Response:
    async with ctx.transaction() as db:
        await ask.remove(db, ctx.actor, id, ctx.now)
    await archives(ctx.state).forget(id)
    return RedirectResponse("/settings/data#archives", 303)


@router.get("/settings/data/exports/{id}/archive")
@needs(PERSON)
async def download(ctx: SignedNoTx, id: UUID) -> Response:
    async with ctx.transaction() as db:
        found = await ask.get(db, ctx.actor, id)
    return await archive_answer(ctx, found)


@router.get("/settings/data/delete")
@needs(PERSON)
async def deletion_page(ctx: SignedNoTx) -> Response:
    return await _deletion(ctx)


@router.post("/settings/data/delete")
@needs(PERSON)
async def delete_account(ctx: SignedNoTx, email: _Text = "", password: _Text = "") -> Response:
    try:
        await delete.delete_account(ctx, email=email, password=password)
    except PostwrightError as error:
        return await _deletion(ctx, error.status, email, {error.field or "all": error.message})
    return end_session(RedirectResponse("/sign-in", 303), ctx.state)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise InvalidInput("Export your data, or those of the workspace.", field="kind", rule="enum") from None


async def _data(ctx: LongContext, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    async with ctx.transaction() as db:
        found = await ask.list_own(db, ctx.actor, None, _SHOWN)
    return page(ctx, "settings/data.html", status, title="Your data", exports=found.items, errors=errors or {})


async def _deletion(ctx: LongContext, status: int = 200, typed: str = "", errors: dict[str, str] | None = None) -> Response:
    async with ctx.transaction() as db:
        found = await delete.look(db)
    return page(
        ctx, "settings/delete_account.html", status, title="Delete your account", typed=typed, errors=errors or {},
        fates={fate: [each for each in found if each.fate == fate] for fate in ("blocks", "goes", "stays")},
        asks_password=await delete.has_password(ctx),
    )  # fmt: skip
