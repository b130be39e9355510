"""Posts, replies, figures and the account as Threads shows them; and their end."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.quota import shown_day, shown_replies
from postwright.sandbox.records import Account, Post
from postwright.sandbox.threads.answers import PLATFORM, enter, own_node, own_post
from postwright.sandbox.threads.containers import PER_DAY, REPLIES_PER_DAY, status
from postwright.sandbox.wire import Form, base_of, whole
from postwright.sandbox.world import World

METRICS = {"views": "views", "likes": "likes", "replies": "comments", "reposts": "shares", "quotes": "quotes"}
_TYPES = {"text": "TEXT_POST", "image": "IMAGE", "video": "VIDEO", "carousel": "CAROUSEL_ALBUM"}


async def read_node(request: Request) -> Response:
    """The account, a container or a post: Graph has one address for all."""
    world, account, form = await enter(request)
    name = request.path_params["node"]
    if name in (account.id, "me"):
        return JSONResponse(_show_account(request, account, form))
    handle = world.ledger.handle(PLATFORM, name)
    if handle and handle.account_id == account.id:
        code, said = status(world, handle)
        shown = {"id": handle.id, "status": code, "error_message": said}
        return JSONResponse(graph.choose(shown, graph.asked_fields(form.text("fields"), "id,status"), "ThreadsContainer"))
    return JSONResponse(_show_post(account, own_post(world, account, name), form))


async def list_threads(request: Request) -> Response:
    world, account, form = await enter(request)
    own_node(request, account)
    posts = _listed(world, account, form, is_reply=False)
    return JSONResponse(graph.page_of([_show_post(account, post, form) for post in posts]))


async def replies(request: Request) -> Response:
    """Of the account: what it replied. Of a post: what stands right under it."""
    world, account, form = await enter(request)
    name = request.path_params["node"]
    posts = _listed(world, account, form, is_reply=True)
    if name not in (account.id, "me"):
        parent = own_post(world, account, name)
        posts = [post for post in posts if post.parent == parent.remote_id]
    return JSONResponse(graph.page_of([_show_post(account, post, form) for post in posts]))


def _listed(world: World, account: Account, form: Form, *, is_reply: bool) -> list[Post]:
    limit, since = min(100, max(1, whole(form.text("limit"), 25) or 25)), whole(form.text("since"), 0) or 0
    posts = world.ledger.posts_of(account.id, world.clock(), since=since, limit=1_000)
    return [post for post in posts if (post.parent is not None) is is_reply][:limit]


async def publishing_limit(request: Request) -> Response:
    world, account, form = await enter(request)
    own_node(request, account)
    shown = shown_day(world, account, PER_DAY) | shown_replies(world, account, REPLIES_PER_DAY)
    names = graph.asked_fields(form.text("fields"), "quota_usage")
    return JSONResponse({"data": [{name: shown[name] for name in names if name in shown}]})


async def insights(request: Request) -> Response:
    world, account, form = await enter(request)
    post = own_post(world, account, request.path_params["node"])
    seen = figures(post, account, world.clock())
    asked = [name for name in (form.text("metric") or "").split(",") if name]
    if unknown := [name for name in asked if name not in (*METRICS, "shares")]:
        raise graph.bad_parameter(f"metric[0] must be one of the following values: {', '.join((*METRICS, 'shares'))}; not {unknown[0]}")
    # What has no data yet is left out: an empty set, not 0. Shares outside of Threads are not simulated.
    told = [name for name in asked if name in METRICS and seen["views"]]
    return JSONResponse({"data": [graph.insight(post.remote_id, name, seen[METRICS[name]], name) for name in told]})


async def account_insights(request: Request) -> Response:
    world, account, form = await enter(request)
    own_node(request, account)
    if (form.text("metric") or "") != "followers_count":
        raise graph.bad_parameter("metric[0] must be one of the following values: followers_count")
    total = {"value": followers_at(account, world.clock())}
    return JSONResponse({"data": [{"name": "followers_count", "period": "day", "total_value": total, "id": account.id}]})


async def delete_node(request: Request) -> Response:
    world, account, _ = await enter(request)
    post = own_post(world, account, request.path_params["node"])
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({"success": True, "deleted_id": post.remote_id})


def _show_account(request: Request, account: Account, form: Form) -> dict[str, Any]:
    values = {
        "id": account.id, "username": account.handle, "name": account.display_name,
        "threads_profile_picture_url": avatar_url(base_of(request), account), "threads_biography": account.profile.get("about", ""),
        "is_verified": False,
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "ThreadsUser")


def _show_post(account: Account, post: Post, form: Form) -> dict[str, Any]:
    code = post.extra.get("shortcode", post.remote_id[-11:])
    values = {
        "id": post.remote_id, "text": post.text or None, "timestamp": graph.when(post), "username": account.handle, "shortcode": code,
        "permalink": f"https://www.threads.net/@{account.handle}/post/{code}", "media_type": _TYPES.get(post.kind, "TEXT_POST"),
        "media_product_type": "THREADS", "is_reply": post.parent is not None, "owner": {"id": account.id},
        "is_reply_owned_by_me": post.parent is not None,  # only one's own are kept here
        "replied_to": {"id": post.parent} if post.parent else None, "root_post": {"id": post.root} if post.parent else None,
        "topic_tag": post.extra.get("topic_tag"),
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "ThreadsMedia")
