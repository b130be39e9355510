"""The account, its containers, posts and comments."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.instagram.answers import PLATFORM, enter_account, not_mine, own_post
from postwright.sandbox.instagram.containers import status_of
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import Form, base_of
from postwright.sandbox.world import World, world_of


async def read_node(request: Request) -> Response:
    """The account, a container or a post: Graph has one address for all."""
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    if not not_mine(account, name):
        return JSONResponse(_show_account(request, world, account, form))
    handle = world.ledger.handle(PLATFORM, name)
    if handle and handle.account_id == account.id:
        code, said = status_of(world, handle)
        names = graph.asked_fields(form.text("fields"), "id")
        return JSONResponse(graph.choose({"id": handle.id, "status_code": code, "status": said}, names, "IGMediaContainer"))
    return JSONResponse(_show_post(world, account, own_post(world, account, name), form))


def _show_account(request: Request, world: World, account: Account, form: Form) -> dict[str, Any]:
    values = {
        "id": account.id, "user_id": account.id, "username": account.handle, "name": account.display_name, "account_type": "BUSINESS",
        "biography": account.profile.get("about", ""), "profile_picture_url": avatar_url(base_of(request), account),
        "followers_count": followers_at(account, world.clock()), "follows_count": 210,
        "media_count": world.ledger.count_of(account.id, world.clock())[0],
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "IGUser")


def _show_post(world: World, account: Account, post: Post, form: Form) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    code = post.extra.get("shortcode", post.remote_id[-11:])
    types = {"reel": ("VIDEO", "REELS"), "carousel": ("CAROUSEL_ALBUM", "FEED"), "story": ("IMAGE", "STORY")}
    media_type, product = types.get(post.kind, ("IMAGE", "FEED"))
    values = {
        "id": post.remote_id, "caption": post.text or None, "media_type": media_type, "media_product_type": product, "shortcode": code,
        "permalink": f"https://www.instagram.com/{'reel' if post.kind == 'reel' else 'p'}/{code}/", "timestamp": graph.when(post),
        "username": account.handle, "like_count": seen["likes"], "comments_count": seen["comments"], "is_comment_enabled": True,
        "media_url": None, "thumbnail_url": None, "owner": {"id": account.id}, "text": post.text,
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "IGMedia")


async def list_media(request: Request) -> Response:
    account, form = await enter_account(request)
    world = world_of(request)
    limit = min(100, max(1, int(text) if (text := form.text("limit") or "").isdigit() else 25))
    posts = [post for post in world.ledger.posts_of(account.id, world.clock(), limit=limit) if post.parent is None and post.kind != "story"]
    return JSONResponse(graph.page_of([_show_post(world, account, post, form) for post in posts]))


async def comment(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world = world_of(request)
    parent = own_post(world, account, request.path_params["node"])
    text = form.text("message") or ""
    if not 0 < len(text) <= 300:
        raise graph.bad_parameter("The parameter message is required, up to 300 characters")
    remote_id = ids.meta_id("17", 17)
    now = world.clock()
    world.ledger.add_post(Post(PLATFORM, remote_id, account.id, now, "comment", text, parent.root, parent=parent.remote_id), now)
    return JSONResponse({"id": remote_id})


async def list_comments(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world = world_of(request)
    parent = own_post(world, account, request.path_params["node"])
    replies = [post for post in world.ledger.thread(PLATFORM, parent.root) if post.parent == parent.remote_id]
    names = graph.asked_fields(form.text("fields"), "id,text,timestamp")
    shown = [{"id": each.remote_id, "text": each.text, "timestamp": graph.when(each), "username": account.handle} for each in replies]
    return JSONResponse(graph.page_of([graph.choose(each, names, "IGComment") for each in reversed(shown)]))


async def delete_node(request: Request) -> Response:
    account, _ = await graph.enter(request, PLATFORM)
    world = world_of(request)
    post = own_post(world, account, request.path_params["node"])
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({"success": True})
