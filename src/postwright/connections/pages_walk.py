"""Accounts > Connect: choose a platform, allow it there, come back, choose among what was granted."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response

from postwright.connections import apps, by_keys, consent, walk
from postwright.connections.accounts import get_account
from postwright.connections.models import AccountRow
from postwright.connections.walk import Answer, Connected, Offer
from postwright.connections.words import in_words
from postwright.edge.context import LongContext, SignedNoTx
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import PostwrightError
from postwright.platforms import registry
from postwright.platforms.base import Platform

router = page_router()


@router.get("/accounts/connect")
async def choose_platform(ctx: SignedNoTx) -> Response:
    ctx.need("admin")
    async with apps.closed(ctx.state, ctx.actor) as db:
        ready = await apps.ready(db, ctx.state)
    simulated = walk.environment_of(ctx.caller) == "sandbox"
    known = [each for each in registry.REGISTRY.values() if each.oauth or each.keys]
    return page(
        ctx, "accounts/connect.html", title="Connect an account", platforms=known,
        ready={each.slug for each in known if simulated or each.keys or each.slug in ready},
    )  # fmt: skip


@router.get("/accounts/connect/{platform}")
async def ask_platform(ctx: SignedNoTx, platform: str, again: UUID | None = None) -> Response:
    ctx.need("admin")
    known = registry.get(platform)
    return await _form(ctx, known, again, await _missing(ctx, known), status=200)


@router.post("/accounts/connect/{platform}")
async def begin(
    ctx: SignedNoTx, platform: str, again: Annotated[UUID | None, Form()] = None, host: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    ctx.need("admin")
    known = registry.get(platform)
    try:
        if known.oauth is None:
            typed = await _typed(ctx.request, known)
            made = await by_keys.connect_by_keys(ctx.state, ctx.caller, ctx.actor, known.slug, typed, now=ctx.now, again=again)
            return _done(made)
        begun = await walk.begin(ctx.state, ctx.caller, ctx.actor, known.slug, now=ctx.now, host=host or None, again=again)
    except PostwrightError as error:
        return await _form(ctx, known, again, error, host)
    if walk.environment_of(ctx.caller) == "sandbox":
        return RedirectResponse(consent.way_through_us(begun.address), 303)
    # A form may not lead off this site, so a link does.
    return page(ctx, "accounts/go.html", title=f"Go to {known.name}", begun=begun, scopes=in_words(begun.scopes))


@router.get("/accounts/callback/{platform}")
@router.get("/accounts/callback/{platform}/{server}")
async def come_back(
    ctx: SignedNoTx, platform: str, state: str = "", code: str = "", error: str = "", error_description: str = "",
    error_message: str = "", iss: str = "",
) -> Response:  # fmt: skip
    known = registry.get(platform)
    server = ctx.request.path_params.get("server")
    said = Answer(state or None, code or None, error or None, error_description or error_message or None, server, iss or None)
    try:
        ctx.need("admin")
        found = await walk.come_back(ctx.state, ctx.caller, ctx.actor, known.slug, said, now=ctx.now)
    except PostwrightError as problem:
        return _not_connected(ctx, known, problem)
    if isinstance(found, Offer):
        return RedirectResponse(f"/accounts/choose/{found.walk}", 303)
    return _done(found)


@router.get("/accounts/choose/{walk_id}")
async def choose_accounts(ctx: SignedNoTx, walk_id: UUID) -> Response:
    ctx.need("admin")
    return _offer(ctx, await walk.offer(ctx.state, ctx.caller, ctx.actor, walk_id, now=ctx.now))


@router.post("/accounts/choose/{walk_id}")
async def connect_chosen(ctx: SignedNoTx, walk_id: UUID, account: Annotated[list[str] | None, Form(max_length=100)] = None) -> Response:
    ctx.need("admin")
    standing = await walk.offer(ctx.state, ctx.caller, ctx.actor, walk_id, now=ctx.now)
    if not account:
        return _offer(ctx, standing, "Choose at least one.")
    return _done(await walk.choose(ctx.state, ctx.caller, ctx.actor, walk_id, account, now=ctx.now))


async def _form(
    ctx: LongContext, platform: Platform, again: UUID | None, problem: PostwrightError | None = None, host: str = "",
    status: int | None = None,
) -> Response:  # fmt: skip
    account = await _again(ctx, again)
    simulated = walk.environment_of(ctx.caller) == "sandbox"
    server = platform.face.servers.sandbox if simulated and platform.face.servers else ""
    hints = await consent.hints(ctx.state, ctx.caller.workspace.id, platform.slug) if simulated and platform.keys else []
    return page(
        ctx, "accounts/platform.html", status or (problem.status if problem else 200), title=f"Connect {platform.name}", platform=platform,
        account=account, scopes=in_words(platform.oauth.scopes if platform.oauth else ()), hints=hints,
        host=host or (account.host if account and account.host else server), problem=problem,
    )  # fmt: skip


async def _missing(ctx: LongContext, platform: Platform) -> PostwrightError | None:
    """What keeps anybody from connecting an account, said before they try."""
    if platform.oauth is None or walk.environment_of(ctx.caller) == "sandbox":
        return None
    async with apps.closed(ctx.state, ctx.actor) as db:
        return None if platform.slug in await apps.ready(db, ctx.state) else walk.no_app(platform)


async def _again(ctx: LongContext, again: UUID | None) -> AccountRow | None:
    if again is None:
        return None
    async with ctx.transaction() as db:
        return await get_account(db, ctx.actor, again)


async def _typed(request: Request, platform: Platform) -> dict[str, str]:
    form = await request.form()
    names = [each.name for each in platform.keys.fields] if platform.keys else []
    return {name: str(form.get(name, "")).strip() for name in names if form.get(name)}


def _offer(ctx: LongContext, offer: Offer, problem: str | None = None) -> Response:
    return page(
        ctx, "accounts/choose.html", 422 if problem else 200, title=f"Choose {offer.platform.name} accounts", offer=offer, problem=problem
    )


def _not_connected(ctx: LongContext, platform: Platform, problem: PostwrightError) -> Response:
    return page(ctx, "accounts/returned.html", problem.status, title="Not connected", platform=platform, problem=problem)


def _done(made: Connected) -> Response:
    said = "reconnected" if made.again else "connected"
    return RedirectResponse(f"/accounts?said={said}#account-{made.ids[0]}", 303)
