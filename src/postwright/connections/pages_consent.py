"""A sandbox platform's own page, on which a person clicks Allow."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.connections import consent
from postwright.connections.words import in_words
from postwright.edge.context import LongContext, SignedNoTx
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput, NotFound

router = page_router()


@router.get("/sandbox/connect/{host}/{path:path}")
async def show_page(ctx: SignedNoTx, host: str, path: str) -> Response:
    return await _page(ctx, host, path)


@router.post("/sandbox/connect/{host}/{path:path}")
async def decide(
    ctx: SignedNoTx, host: str, path: str,
    allow: Annotated[str, Form(max_length=10)] = "",
    account: Annotated[list[str] | None, Form(max_length=50)] = None,
    scope: Annotated[list[str] | None, Form(max_length=50)] = None,
) -> Response:  # fmt: skip
    _in_sandbox(ctx)
    try:
        address = await consent.decide(
            ctx.state, ctx.caller.workspace.id, host, path, ctx.request.url.query,
            allow=allow == "yes", accounts=account or [], scopes=scope or [],
        )  # fmt: skip
    except InvalidInput as error:
        if allow != "yes":
            raise
        return await _page(ctx, host, path, error)
    return RedirectResponse(address, 303)


async def _page(ctx: LongContext, host: str, path: str, error: InvalidInput | None = None) -> Response:
    _in_sandbox(ctx)
    shown = await consent.show(ctx.state, ctx.caller.workspace.id, host, path, ctx.request.url.query)
    return page(
        ctx, "accounts/consent.html", error.status if error else 200, title=f"Allow {shown.app}?", shown=shown, host=host,
        scopes=in_words(shown.scopes), problem="Choose an account." if error else None, query=ctx.request.url.query, path_there=path,
    )  # fmt: skip


def _in_sandbox(ctx: LongContext) -> None:
    ctx.need("admin")
    if not ctx.caller.workspace.simulated:
        raise NotFound("This page belongs to the sandbox.", rule="exists")
