"""What the network's view shows of posts and people."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.bluesky.answers import PLATFORM, invalid, iso, signed_in
from postwright.sandbox.bluesky.repository import cid_of, owner_of, value_of
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import base_of, whole
from postwright.sandbox.world import World, world_of


async def get_posts(request: Request) -> Response:
    world = world_of(request)
    signed_in(request)
    names = request.query_params.getlist("uris")
    if not 1 <= len(names) <= 25:
        raise invalid("uris must have 1 to 25 elements")
    posts = [post for name in names if (post := world.ledger.post(PLATFORM, name, world.clock()))]
    return JSONResponse({"posts": [_view(request, world, post) for post in posts]})


async def get_author_feed(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    signed_in(request)
    owner = owner_of(world, query.get("actor", ""))
    posts = world.ledger.posts_of(owner.id, world.clock(), limit=min(100, max(1, whole(query.get("limit"), 50) or 50)))
    return JSONResponse({"feed": [{"post": _view(request, world, post)} for post in posts]})


async def get_profile(request: Request) -> Response:
    world = world_of(request)
    signed_in(request)
    owner = owner_of(world, request.query_params.get("actor", ""))
    posts = world.ledger.posts_of(owner.id, world.clock(), limit=10_000)
    counts = {"followersCount": followers_at(owner, world.clock()), "followsCount": 96, "postsCount": len(posts)}
    times = {"createdAt": iso(owner.created_at), "indexedAt": iso(owner.created_at)}
    return JSONResponse({**_author(request, owner), "description": owner.profile.get("about", ""), **counts, **times, "labels": []})


def _author(request: Request, owner: Account) -> dict[str, Any]:
    picture = avatar_url(base_of(request), owner)
    return {"did": owner.id, "handle": owner.handle, "displayName": owner.display_name, "avatar": picture}


def _view(request: Request, world: World, post: Post) -> dict[str, Any]:
    owner = world.ledger.account(post.account_id)
    if owner is None:
        raise invalid("Could not find repo")
    seen = figures(post, owner, world.clock())
    counts = {
        "replyCount": seen["comments"], "repostCount": seen["shares"], "likeCount": seen["likes"], "quoteCount": seen["quotes"],
        "bookmarkCount": seen["saves"],
    }  # fmt: skip
    author = _author(request, owner)
    return {
        "uri": post.remote_id,
        "cid": cid_of(post),
        "author": author,
        "record": value_of(post),
        **counts,
        "indexedAt": iso(post.created_at),
        "labels": [],
    }
