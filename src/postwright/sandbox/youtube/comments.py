"""Comment threads under a channel's own videos."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import read_json, whole
from postwright.sandbox.world import World, world_of
from postwright.sandbox.youtube.answers import PLATFORM, WRITE_UNITS, problem, rfc3339, signed_in
from postwright.sandbox.youtube.videos import listing

TEXT_LIMIT = 10_000


async def insert_comment(request: Request) -> Response:
    account, world = signed_in(request, WRITE_UNITS), world_of(request)
    body = await read_json(request)
    match body.get("snippet"):
        case {"videoId": str() as name, "topLevelComment": {"snippet": {"textOriginal": str() as text}}} if text.strip():
            video = _video(world, name)
        case _:
            raise problem(400, "commentTextRequired", "The comment thread resource must specify text for the top level comment.")
    if len(text) > TEXT_LIMIT:
        raise problem(400, "commentTextTooLong", "The comment text is too long.", domain="youtube.commentThread")
    if video.extra.get("status", {}).get("selfDeclaredMadeForKids"):
        raise problem(403, "commentsDisabled", "The video has disabled comments.", domain="youtube.commentThread", location="videoId")
    now = world.clock()
    remote_id = f"Ug{ids.letters(24)}"
    post = Post(PLATFORM, remote_id, account.id, now, "comment", text, video.root, parent=video.remote_id)
    world.ledger.add_post(post, now)
    return JSONResponse(_show(account, post))


async def list_comments(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    video = _video(world, request.query_params.get("videoId", ""))
    limit = min(100, max(1, whole(request.query_params.get("maxResults"), 20) or 20))
    replies = [post for post in world.ledger.thread(PLATFORM, video.root) if post.parent == video.remote_id]
    return listing("youtube#commentThreadListResponse", [_show(account, post) for post in reversed(replies)][:limit])


def _video(world: World, name: str) -> Post:
    video = world.ledger.post(PLATFORM, name, world.clock())
    if video is None:
        raise problem(404, "videoNotFound", "The video identified by the videoId parameter could not be found.", location="videoId")
    return video


def _show(account: Account, post: Post) -> dict[str, Any]:
    snippet = {
        "channelId": account.id, "videoId": post.parent, "textDisplay": post.text, "textOriginal": post.text,
        "authorDisplayName": account.handle, "authorChannelId": {"value": post.account_id}, "canRate": True, "likeCount": 0,
        "publishedAt": rfc3339(post.created_at), "updatedAt": rfc3339(post.created_at),
    }  # fmt: skip
    top = {"kind": "youtube#comment", "etag": ids.letters(27), "id": post.remote_id, "snippet": snippet}
    thread = {
        "channelId": account.id,
        "videoId": post.parent,
        "topLevelComment": top,
        "canReply": True,
        "totalReplyCount": 0,
        "isPublic": True,
    }
    return {"kind": "youtube#commentThread", "etag": ids.letters(27), "id": post.remote_id, "snippet": thread}
