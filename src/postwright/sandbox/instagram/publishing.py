"""The call that makes a container public, and what is left of the day's posts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.instagram.answers import PLATFORM, enter_account
from postwright.sandbox.instagram.containers import status_of
from postwright.sandbox.quota import day_is_full, shown_day
from postwright.sandbox.records import Account, Handle, Post
from postwright.sandbox.world import World, world_of

PER_DAY = 100
KINDS = {"IMAGE": "image", "CAROUSEL": "carousel", "REELS": "reel", "STORIES": "story"}


async def publish(request: Request) -> Response:
    account, form = await enter_account(request)
    world = world_of(request)
    handle = world.ledger.handle(PLATFORM, form.text("creation_id") or "")
    if handle is None or handle.account_id != account.id or handle.body["item"]:
        raise graph.problem(400, 24, "The requested resource does not exist", subcode=2207006, title="Media Not Found")
    code, said = status_of(world, handle)
    if code == "IN_PROGRESS":
        raise graph.problem(
            400,
            9007,
            "Media ID is not available",
            subcode=2207027,
            title="Media is not ready",
            detail="The media is not ready for publishing.",
        )
    if code != "FINISHED":
        raise graph.problem(400, 24, "The requested resource does not exist", subcode=2207008, title="Media builder expired", detail=said)
    if day_is_full(world, account, PER_DAY):
        raise graph.problem(
            400, 9, "Application request limit reached", subcode=2207042, title="You reached maximum number of posts that is allowed."
        )
    return JSONResponse({"id": _post_container(world, account, handle)})


def _post_container(world: World, account: Account, handle: Handle) -> str:
    remote_id, now, body = ids.meta_id("18", 17), world.clock(), handle.body
    extra = {
        "shortcode": ids.letters(11),
        "container": handle.id,
        "ai": body["ai"],
        **body.get("options", {}),
        **({"cover": body["cover"]} if body.get("cover") else {}),
    }
    post = Post(
        PLATFORM, remote_id, account.id, now, KINDS[body["kind"]], body["caption"], remote_id, media=tuple(body["media"]), extra=extra
    )
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        world.ledger.change(handle, published=remote_id)
    return remote_id


async def publishing_limit(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    names = graph.asked_fields(form.text("fields"), "quota_usage")
    shown = shown_day(world_of(request), account, PER_DAY)
    return JSONResponse({"data": [{name: shown[name] for name in names if name in shown}]})
