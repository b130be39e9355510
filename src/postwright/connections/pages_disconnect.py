"""Accounts: disconnect one, with what happens to its schedule; their order."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.connections.accounts import move
from postwright.connections.disconnect import Plan, disconnect, what_hangs_on
from postwright.edge.context import Context, Signed
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import Conflict, InvalidInput

router = page_router()


@router.get("/accounts/{account_id}/disconnect")
async def ask(ctx: Signed, account_id: UUID) -> Response:
    ctx.need("admin")
    return await _page(ctx, account_id)


@router.post("/accounts/{account_id}/disconnect")
async def do_disconnect(ctx: Signed, account_id: UUID, plan: Annotated[str, Form(max_length=10)] = "keep") -> Response:
    ctx.need("admin")
    if plan not in set(Plan):
        raise InvalidInput("Planned posts are kept or canceled.", field="plan", rule="known")
    try:
        async with ctx.db.transaction():  # what was begun is taken back when the account is in use
            await disconnect(ctx.db, ctx.actor, account_id, plan=Plan(plan))
    except Conflict as problem:
        return await _page(ctx, account_id, problem)
    return RedirectResponse("/accounts?said=disconnected", 303)


@router.post("/accounts/{account_id}/move")
async def move_account(ctx: Signed, account_id: UUID, to: Annotated[str, Form(max_length=5)] = "up") -> Response:
    ctx.need("admin")
    await move(ctx.db, ctx.actor, account_id, by=-1 if to == "up" else 1)
    return RedirectResponse(f"/accounts?said=saved#account-{account_id}", 303)


async def _page(ctx: Context, account_id: UUID, problem: Conflict | None = None) -> Response:
    account, hung = await what_hangs_on(ctx.db, ctx.actor, account_id)
    return page(
        ctx, "accounts/disconnect.html", problem.status if problem else 200, title="Disconnect", account=account, hung=hung,
        problem=problem,
    )  # fmt: skip
