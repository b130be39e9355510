"""Channels, their uploads, search and Analytics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at, watch_share
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import base_of, whole
from postwright.sandbox.world import World, world_of
from postwright.sandbox.youtube.answers import SEARCH_UNITS, problem, rfc3339, signed_in
from postwright.sandbox.youtube.videos import listing, parts_asked, snippet_of

ANALYTICS: Mapping[str, str] = {"views": "views", "likes": "likes", "comments": "comments", "shares": "shares"}


async def list_channels(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    if request.query_params.get("mine") != "true" and request.query_params.get("id") != account.id:
        return listing("youtube#channelListResponse", [])
    now = world.clock()
    posts = world.ledger.posts_of(account.id, now, limit=10_000)
    views = sum(figures(post, account, now)["views"] for post in posts)
    picture = {"url": avatar_url(base_of(request), account), "width": 88, "height": 88}
    sections = {
        "snippet": {
            "title": account.display_name, "description": account.profile.get("about", ""), "customUrl": account.handle,
            "publishedAt": rfc3339(account.created_at), "thumbnails": {"default": picture},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": _uploads(account)}},
        "statistics": {
            "viewCount": str(views), "subscriberCount": str(followers_at(account, now)), "hiddenSubscriberCount": False,
            "videoCount": str(len(posts)),
        },
        "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed"},
    }  # fmt: skip
    chosen = {name: value for name, value in sections.items() if name in parts_asked(request)}
    return listing("youtube#channelListResponse", [{"kind": "youtube#channel", "etag": ids.letters(27), "id": account.id, **chosen}])


async def list_uploads(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    if request.query_params.get("playlistId") != _uploads(account):
        raise problem(404, "playlistNotFound", "The playlist cannot be found.", domain="youtube.playlistItem", location="playlistId")
    limit = min(50, max(1, whole(request.query_params.get("maxResults"), 5) or 5))
    posts = world.ledger.posts_of(account.id, world.clock(), limit=limit)
    items = [
        {
            "kind": "youtube#playlistItem", "etag": ids.letters(27), "id": f"PL{post.remote_id}",
            "snippet": {**snippet_of(request, account, post), "resourceId": {"kind": "youtube#video", "videoId": post.remote_id}},
            "contentDetails": {"videoId": post.remote_id, "videoPublishedAt": rfc3339(post.created_at)},
        }
        for post in posts
    ]  # fmt: skip
    return listing("youtube#playlistItemListResponse", items)


async def search(request: Request) -> Response:
    account, world = signed_in(request, SEARCH_UNITS), world_of(request)
    if request.query_params.get("forMine") != "true":
        raise problem(400, "invalidSearchFilter", "Only forMine=true is answered here", domain="youtube.search")
    since = request.query_params.get("publishedAfter")
    try:
        earliest = datetime.fromisoformat(since).timestamp() if since else 0.0
    except ValueError as wrong:
        raise problem(400, "invalidParameter", "publishedAfter must be an RFC 3339 time", domain="youtube.parameter") from wrong
    posts = world.ledger.posts_of(account.id, world.clock(), since=earliest, limit=50)
    items = [
        {
            "kind": "youtube#searchResult", "etag": ids.letters(27), "id": {"kind": "youtube#video", "videoId": post.remote_id},
            "snippet": snippet_of(request, account, post),
        }
        for post in posts
    ]  # fmt: skip
    return listing("youtube#searchListResponse", items)


async def reports(request: Request) -> Response:
    """Analytics of one video (filters=video==ID) or of the channel."""
    account, world = signed_in(request), world_of(request)
    query, now = request.query_params, world.clock()
    if query.get("ids") not in ("channel==MINE", f"channel=={account.id}"):
        raise problem(403, "forbidden", "Forbidden", domain="global")
    named = re.search(r"video==([\w-]+)", query.get("filters", ""))
    posts = world.ledger.posts_of(account.id, now, limit=10_000)
    posts = [post for post in posts if named is None or post.remote_id == named[1]]
    values = _analytics(world, account, posts, now)
    names = [name for name in query.get("metrics", "").split(",") if name]
    if not names or any(name not in values for name in names):
        raise problem(
            400, "badRequest", f"Unknown identifier given in field parameters.metrics; known: {', '.join(values)}", domain="global"
        )
    headers = [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in names]
    row = [[values[name] for name in names]] if posts and values["views"] else []
    return JSONResponse({"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers, "rows": row})


def _analytics(world: World, account: Account, posts: list[Post], now: float) -> dict[str, int]:
    seen = [(post, figures(post, account, now)) for post in posts]
    values = {name: sum(figure[ours] for _, figure in seen) for name, ours in ANALYTICS.items()}
    lengths = {post.remote_id: _duration(world, post) for post in posts}
    seconds = sum(figure["views"] * watch_share(post) * lengths[post.remote_id] for post, figure in seen)
    values["estimatedMinutesWatched"] = int(seconds / 60)
    values["averageViewDuration"] = int(seconds / values["views"]) if values["views"] else 0
    values["subscribersGained"] = sum(figure["likes"] // 9 for _, figure in seen)
    return values


def _duration(world: World, post: Post) -> float:
    medium = world.media.get(post.media[0]) if post.media else None
    return (medium.duration if medium else None) or 60.0


def _uploads(account: Account) -> str:
    return f"UU{account.id[2:]}"
