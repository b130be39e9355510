"""Accounts: connect sandbox ones, pause them, give them the zone of their audience. Their page is the web's own."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.connections.accounts import pause, resume, set_timezone, try_again
from postwright.connections.connect import fetch_sandbox_accounts, save_accounts
from postwright.edge.context import Signed, SignedNoTx
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput

router = page_router()


@router.post("/accounts/sandbox")
async def connect_sandbox(ctx: SignedNoTx) -> Response:
    ctx.need("admin")
    if ctx.caller.workspace.environment == "live":
        raise InvalidInput("This workspace is live: sandbox accounts belong in a workspace of their own.", rule="one_environment")
    granted = await fetch_sandbox_accounts(ctx.state.sandbox_url, ctx.state.sandbox_key, ctx.caller.workspace.id)
    async with ctx.transaction() as db:
        await save_accounts(db, ctx.actor, granted, ctx.state.box, ctx.now)
    return _back("connected")


@router.post("/accounts/{account_id}/pause")
async def pause_account(ctx: Signed, account_id: UUID) -> Response:
    ctx.need("admin")
    await pause(ctx.db, ctx.actor, account_id, now=ctx.now)
    return _back("paused")


@router.post("/accounts/{account_id}/resume")
async def resume_account(ctx: Signed, account_id: UUID) -> Response:
    ctx.need("admin")
    await resume(ctx.db, ctx.actor, account_id)
    return _back("resumed")


@router.post("/accounts/{account_id}/try-again")
async def try_account_again(ctx: Signed, account_id: UUID) -> Response:
    ctx.need("admin")
    await try_again(ctx.db, ctx.actor, account_id)
    return _back("tried_again")


@router.post("/accounts/{account_id}/zone")
async def set_zone(ctx: Signed, account_id: UUID, timezone: Annotated[str, Form(max_length=60)] = "") -> Response:
    ctx.need("admin")
    await set_timezone(ctx.db, ctx.actor, account_id, timezone.strip() or None)
    return _back("saved")


def _back(said: str) -> Response:
    return RedirectResponse(f"/accounts?said={said}", 303)
