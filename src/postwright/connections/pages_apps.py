"""Accounts > Platform apps, for whoever runs this server."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.connections import apps, walk
from postwright.connections.app_facts import REVIEWS, pulled_from, version_warnings, warnings
from postwright.connections.apps import AppWish
from postwright.connections.models import AppRow, Review
from postwright.connections.words import in_words
from postwright.edge.access import PERSON, needs
from postwright.edge.context import LongContext, SignedNoTx
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput, PostwrightError, Unavailable
from postwright.identity.people import require_operator
from postwright.kit import outside
from postwright.kit.reach import unreachable
from postwright.platforms import registry

router = page_router()


@router.get("/accounts/apps")
async def list_apps(ctx: SignedNoTx) -> Response:
    return await _apps(ctx)


@router.post("/accounts/apps/{platform}")
@needs(PERSON)
async def keep_app(
    ctx: SignedNoTx, platform: str, client_id: Annotated[str, Form(max_length=500)] = "",
    client_secret: Annotated[str, Form(max_length=1000)] = "", review: Annotated[str, Form(max_length=20)] = "unknown",
    organisations: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    require_operator(ctx.caller)
    slug = registry.get(platform).slug
    try:
        async with apps.closed(ctx.state, ctx.actor) as db:
            wish = AppWish(client_id, client_secret or None, organisations, _review(review))
            await apps.keep_app(db, ctx.state, ctx.caller, slug, wish)
    except InvalidInput as error:
        return await _apps(ctx, error, slug)
    return RedirectResponse(f"/accounts/apps?said=saved#{slug}", 303)


@router.post("/accounts/apps/{platform}/test")
@needs(PERSON)
async def test_app(ctx: SignedNoTx, platform: str) -> Response:
    require_operator(ctx.caller)
    slug = registry.get(platform).slug
    try:
        await apps.try_app(ctx.state, ctx.actor, ctx.caller, slug, now=ctx.now)
    except (InvalidInput, Unavailable) as error:
        return await _apps(ctx, error, slug)
    return RedirectResponse(f"/accounts/apps#{slug}", 303)


@router.post("/accounts/apps/address/look")
@needs(PERSON)
async def look_from_here(ctx: SignedNoTx) -> Response:
    """Fetches this server's own public address, and keeps what was seen."""
    require_operator(ctx.caller)
    outside.keep(ctx.state.settings.home, await outside.look(ctx.state.settings.base_url, now=ctx.now))
    return RedirectResponse("/accounts/apps#address", 303)


@router.post("/accounts/apps/{platform}/forget")
@needs(PERSON)
async def forget_app(ctx: SignedNoTx, platform: str) -> Response:
    require_operator(ctx.caller)
    slug = registry.get(platform).slug
    async with apps.closed(ctx.state, ctx.actor) as db:
        await apps.forget_app(db, ctx.caller, slug)
    return RedirectResponse(f"/accounts/apps?said=saved#{slug}", 303)


async def _apps(ctx: LongContext, problem: PostwrightError | None = None, about: str = "") -> Response:
    require_operator(ctx.caller)
    async with apps.closed(ctx.state, ctx.actor) as db:
        known = await apps.list_apps(db, ctx.state, ctx.caller)
    shown = [
        {
            "platform": each, "facts": each.face.app, "app": known.get(each.slug), "scopes": in_words(each.oauth.scopes),
            "redirect": walk.redirect_address(ctx.state, each.slug), "warnings": _warnings(ctx, each.slug, known.get(each.slug)),
            "problem": problem if each.slug == about else None,
        }
        for each in registry.REGISTRY.values() if each.oauth and each.face.app
    ]  # fmt: skip
    return page(ctx, "accounts/apps.html", problem.status if problem else 200, title="Platform apps", apps=shown, reviews=REVIEWS,
        address=ctx.state.settings.base_url, unlike=unreachable(ctx.state.settings.base_url), seen=_seen(ctx),
    )  # fmt: skip


def _seen(ctx: LongContext) -> outside.Look | None:
    """The last look at the address that is set now."""
    seen = outside.last(ctx.state.settings.home)
    return seen if seen is not None and seen.address == ctx.state.settings.base_url else None


def _warnings(ctx: LongContext, slug: str, app: AppRow | None) -> list[str]:
    return [
        *warnings(slug, app.review if app else "unknown", walk.redirect_address(ctx.state, slug)),
        *version_warnings(slug, ctx.now.date()),
        *pulled_from(slug, ctx.state.settings.base_url),
    ]


def _review(text: str) -> Review:
    try:
        return Review(text)
    except ValueError:
        raise InvalidInput("The state of the review is one of those listed.", field="review", rule="known") from None
