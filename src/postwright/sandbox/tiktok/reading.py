"""The creator and the videos, as the Display API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.records import Account, Post
from postwright.sandbox.tiktok.answers import PLATFORM, answer, invalid, signed_in
from postwright.sandbox.wire import base_of, read_json, whole
from postwright.sandbox.world import World, world_of


async def user_info(request: Request) -> Response:
    account, world = signed_in(request, "read"), world_of(request)
    posts = world.ledger.posts_of(account.id, world.clock(), limit=10_000)
    values: dict[str, Any] = {
        "open_id": account.id, "union_id": account.id, "display_name": account.display_name, "username": account.handle,
        "avatar_url": avatar_url(base_of(request), account), "bio_description": account.profile.get("about", ""),
        "profile_deep_link": f"https://www.tiktok.com/@{account.handle}", "is_verified": False,
        "follower_count": followers_at(account, world.clock()), "following_count": 60, "video_count": len(posts),
        "likes_count": sum(figures(post, account, world.clock())["likes"] for post in posts),
    }  # fmt: skip
    return answer({"user": {name: values[name] for name in _asked(request, values)}})


async def query_videos(request: Request) -> Response:
    account, world = signed_in(request, "read"), world_of(request)
    body = await read_json(request)
    filters = body.get("filters")
    names = filters.get("video_ids") if isinstance(filters, dict) else None
    if not isinstance(names, list) or len(names) > 20:
        raise invalid("filters.video_ids is required, up to 20")
    posts = [world.ledger.post(PLATFORM, str(name), world.clock()) for name in names]
    shown = [_show(request, world, account, post) for post in posts if post and post.account_id == account.id]
    return answer({"videos": shown})


async def list_videos(request: Request) -> Response:
    account, world = signed_in(request, "read"), world_of(request)
    body = await read_json(request)
    count = min(20, max(1, whole(body.get("max_count"), 10) or 10))
    cursor = whole(body.get("cursor"))
    until = (cursor - 1) / 1000 if cursor else None
    posts = world.ledger.posts_of(account.id, world.clock(), until=until, limit=count + 1)
    more, posts = len(posts) > count, posts[:count]
    last = int(posts[-1].created_at * 1000) if posts else int(world.clock() * 1000)
    return answer({"videos": [_show(request, world, account, post) for post in posts], "cursor": last, "has_more": more})


def _show(request: Request, world: World, account: Account, post: Post) -> dict[str, Any]:
    seen = figures(post, account, world.clock())
    medium = world.media.get(post.media[0]) if post.media else None
    values: dict[str, Any] = {
        "id": post.remote_id, "title": post.title if post.title is not None else post.text, "video_description": post.text,
        "create_time": int(post.created_at), "share_url": f"https://www.tiktok.com/@{account.handle}/video/{post.remote_id}",
        "cover_image_url": "", "embed_link": "", "embed_html": "", "duration": int(medium.duration or 0) if medium else 0,
        "width": medium.width if medium else 0, "height": medium.height if medium else 0, "view_count": seen["views"],
        "like_count": seen["likes"], "comment_count": seen["comments"], "share_count": seen["shares"],
    }  # fmt: skip
    return {name: values[name] for name in _asked(request, values)}


def _asked(request: Request, known: Mapping[str, Any]) -> list[str]:
    names = [name for name in request.query_params.get("fields", "").split(",") if name]
    if not names or any(name not in known for name in names):
        raise invalid(f"fields is required, of: {', '.join(known)}")
    return names
