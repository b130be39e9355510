"""The Page, its posts, comments and insights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph, ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.facebook.publishing import PLATFORM, enter_page
from postwright.sandbox.records import Account, Handle, Post
from postwright.sandbox.wire import Form, base_of, bearer, whole
from postwright.sandbox.world import World, world_of

METRICS: Mapping[str, str] = {
    "post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks", "post_reactions_like_total": "likes",
}  # fmt: skip


async def comment(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world = world_of(request)
    parent = _own_post(world, account, request.path_params["node"])
    text = form.text("message") or ""
    if not 0 < len(text) <= 8_000:
        raise graph.bad_parameter("The parameter message is required")
    remote_id = f"{parent.remote_id.split('_')[-1]}_{ids.digits_of(15)}"
    now = world.clock()
    world.ledger.add_post(Post(PLATFORM, remote_id, account.id, now, "comment", text, parent.root, parent=parent.remote_id), now)
    return JSONResponse({"id": remote_id})


async def list_comments(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world = world_of(request)
    parent = _own_post(world, account, request.path_params["node"])
    names = graph.asked_fields(form.text("fields"), "id,message,created_time")
    replies = [post for post in world.ledger.thread(PLATFORM, parent.root) if post.parent == parent.remote_id]
    author = {"id": account.id, "name": account.display_name}
    shown = [{"id": each.remote_id, "message": each.text, "created_time": graph.when(each), "from": author} for each in replies]
    return JSONResponse(graph.page_of([graph.choose(each, names, "Comment") for each in shown]))


async def delete_node(request: Request) -> Response:
    account, _ = await graph.enter(request, PLATFORM)
    world = world_of(request)
    post = _own_post(world, account, request.path_params["node"])
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({"success": True})


async def read_node(request: Request) -> Response:
    """The Page, a video or a post: Graph has one address for all."""
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    if name in (account.id, "me"):
        return JSONResponse(_show_page(request, world, account, form))
    handle = world.ledger.handle(PLATFORM, name)
    if handle and handle.account_id == account.id and handle.kind in ("video", "reel", "video_story"):
        return JSONResponse(_show_video(request, world, handle, form))
    if handle and handle.account_id == account.id and handle.kind == "photo":
        values = {"id": handle.id, "page_story_id": handle.body.get("posted"), "post_id": handle.body.get("posted")}
        return JSONResponse(graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "Photo"))
    return JSONResponse(_show_post(world, account, _own_post(world, account, name), form))


async def list_pages(request: Request) -> Response:
    """The Pages of the person; here the one Page, with the token that was given."""
    account, form = await graph.enter(request, PLATFORM)
    page = _show_page(request, world_of(request), account, Form({"fields": "id,name,category"}))
    token = bearer(request) or form.text("access_token")
    return JSONResponse(graph.page_of([{**page, "access_token": token, "tasks": ["CREATE_CONTENT"]}]))


def _show_page(request: Request, world: World, account: Account, form: Form) -> dict[str, Any]:
    followers = followers_at(account, world.clock())
    values = {
        "id": account.id, "name": account.display_name, "username": account.handle, "about": account.profile.get("about"),
        "followers_count": followers, "fan_count": followers, "category": "Brand", "link": f"https://www.facebook.com/{account.id}",
        "picture": {"data": {"url": avatar_url(base_of(request), account), "is_silhouette": False}}, "access_token": None,
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id,name"), "Page")


def _show_video(request: Request, world: World, handle: Handle, form: Form) -> dict[str, Any]:
    uploaded, ready = bool(handle.body["uploaded"]), handle.ready_at is not None and world.clock() >= handle.ready_at
    phase = "complete" if ready else "in_progress" if handle.ready_at is not None else "not_started"
    status = {
        "video_status": "ready" if ready else "processing" if uploaded else "upload_started",
        "uploading_phase": {"status": "complete" if uploaded else "in_progress", "bytes_transfered": _received(world, handle)},
        "processing_phase": {"status": phase},
        "publishing_phase": {"status": phase, **({"publish_status": "published"} if ready else {})},
    }
    values = {
        "id": handle.id,
        "status": status,
        "post_id": handle.body.get("posted") if ready else None,
        "published": ready,
        "permalink_url": f"/reel/{handle.id}/",
    }
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id"), "Video")


def _received(world: World, handle: Handle) -> int:
    file = world.media.temporary(f"fb{handle.id}")
    return file.stat().st_size if file.exists() else 0


def _own_post(world: World, account: Account, name: str) -> Post:
    """By its id, by its last part, or by the photo or video it shows."""
    handle = world.ledger.handle(PLATFORM, name)
    full = str(handle.body.get("posted")) if handle else name if "_" in name else f"{account.id}_{name}"
    post = world.ledger.post(PLATFORM, full, world.clock())
    if post is None or post.account_id != account.id:
        raise graph.not_found(name)
    return post


def _show_post(world: World, account: Account, post: Post, form: Form) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    created = datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    number = post.remote_id.split("_")[-1]
    values = {
        "id": post.remote_id, "message": post.text or None, "created_time": created, "updated_time": created, "is_published": True,
        "permalink_url": f"https://www.facebook.com/{account.id}/posts/{number}", "from": {"name": account.display_name, "id": account.id},
        "status_type": "added_photos" if post.media else "mobile_status_update", "full_picture": None,
        "shares": {"count": seen["shares"]} if seen["shares"] else None,
        "reactions": {"data": [], "summary": {"total_count": seen["likes"], "viewer_reaction": "NONE"}},
        "likes": {"data": [], "summary": {"total_count": seen["likes"], "can_like": True, "has_liked": False}},
        "comments": {"data": [], "summary": {"order": "ranked", "total_count": seen["comments"], "can_comment": True}},
        "insights": None, "attachments": None,
    }  # fmt: skip
    return graph.choose(values, graph.asked_fields(form.text("fields"), "id,message,created_time"), "Post")


async def list_posts(request: Request) -> Response:
    account, form = await enter_page(request)
    world = world_of(request)
    limit = min(100, max(1, whole(form.text("limit"), 25) or 25))
    posts = world.ledger.posts_of(account.id, world.clock(), since=float(whole(form.text("since"), 0) or 0), limit=limit)
    return JSONResponse(
        graph.page_of([_show_post(world, account, post, form) for post in posts if post.parent is None and post.kind != "story"])
    )


async def insights(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    asked = [metric for metric in (form.text("metric") or "").split(",") if metric]
    if not asked:
        raise graph.problem(400, 3001, "(#3001) No metric was specified to be fetched.", subcode=1504028)
    if name in (account.id, "me"):
        return JSONResponse(_page_insights(world, account, asked))
    post = _own_post(world, account, name)
    values = _post_values(world, account, post)
    _refuse_dead(asked, values)
    data = [graph.insight(post.remote_id, metric, values[metric], metric.replace("_", " ").capitalize()) for metric in asked]
    return JSONResponse({"data": data if values["post_media_view"] else []})


def _post_values(world: World, account: Account, post: Post) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    values: dict[str, Any] = {name: seen[ours] for name, ours in METRICS.items()}
    love = seen["likes"] // 6
    by_type = {"like": seen["likes"] - love, **({"love": love} if love else {})} if seen["likes"] else {}
    activity = {name: count for name, count in (("like", seen["likes"]), ("comment", seen["comments"]), ("share", seen["shares"])) if count}
    values |= {"post_reactions_by_type_total": by_type, "post_activity_by_action_type": activity}
    if post.kind in ("video", "reel"):
        values |= {"post_video_views": seen["views"]}
    return values


def _page_insights(world: World, account: Account, asked: list[str]) -> dict[str, Any]:
    now = world.clock()
    posts = world.ledger.posts_of(account.id, now, since=now - 28 * 86_400, limit=1_000)
    today = sum(figures(post, account, now)["views"] - figures(post, account, now - 86_400)["views"] for post in posts)
    gained = followers_at(account, now) - followers_at(account, now - 86_400)
    values = {"page_media_view": today, "page_follows": followers_at(account, now), "page_daily_follows_unique": gained}
    _refuse_dead(asked, values)
    return {"data": [{**graph.insight(account.id, name, values[name], name), "period": "day"} for name in asked]}


def _refuse_dead(asked: list[str], values: Mapping[str, Any]) -> None:
    """Metrics that Meta removed (page_impressions*, page_fans*, post_impressions*) are errors, not zeros."""
    if any(name not in values for name in asked):
        raise graph.bad_parameter("The value must be a valid insights metric")
