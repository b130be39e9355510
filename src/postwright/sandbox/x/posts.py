"""Posts and users of API v2."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.kit.counting import weighted_length
from postwright.kit.entities import extract_urls
from postwright.sandbox import ids
from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.quota import spend
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import base_of, read_json, whole
from postwright.sandbox.world import World, world_of
from postwright.sandbox.x.answers import PLATFORM, POSTS_PER_WINDOW, WINDOW, invalid, problem, signed_in, signed_in_reader, within
from postwright.sandbox.x.uploads import state_of

TEXT_LIMIT = 280
DUPLICATE_WITHIN = 86_400
FLAGS = ("made_with_ai", "paid_partnership")
REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")


async def create_post(request: Request) -> Response:
    world, account = world_of(request), signed_in(request)
    quota = within(spend(world, account, "create_post", POSTS_PER_WINDOW, WINDOW))
    body = await read_json(request)
    post = _checked_post(world, account, body)
    with world.ledger.transaction():
        world.ledger.add_post(post, world.clock())
    data = {"id": post.remote_id, "text": _told_text(post, account)[0], "edit_history_tweet_ids": [post.remote_id]}
    return JSONResponse({"data": data}, 201, quota.headers())


def _checked_post(world: World, account: Account, body: Mapping[str, Any]) -> Post:
    text, media = body.get("text", ""), _attached(world, account, body)
    if not isinstance(text, str):
        raise invalid("$.text: expected a string", text=text)
    if not text.strip() and not media:
        raise invalid("$.text: the request must have text or media", text=text)
    if weighted_length(text) > TEXT_LIMIT:
        more = "For more information on how Twitter determines text length see https://github.com/twitter/twitter-text."
        raise problem(400, "Bad Request", f"Your Tweet text is too long. {more}")
    _check_options(body)
    parent, root = _replied_to(world, body)
    _refuse_duplicate(world, account, text)
    now = world.clock()
    remote_id = ids.x_id(now)
    extra = {name: body[name] for name in (*FLAGS, "reply_settings", "community_id", "quote_tweet_id") if name in body}
    kind = "video" if any(kind == "video" for _, kind in media) else "image" if media else "text"
    return Post(
        PLATFORM, remote_id, account.id, now, kind, text, root or remote_id, None, tuple(medium for medium, _ in media), parent, extra=extra
    )


def _check_options(body: Mapping[str, Any]) -> None:
    for name in FLAGS:
        if not isinstance(body.get(name, False), bool):
            raise invalid(f"$.{name}: expected a boolean", **{name: body[name]})
    if body.get("reply_settings", "following") not in REPLY_SETTINGS:
        raise invalid(f"$.reply_settings: must be one of {', '.join(REPLY_SETTINGS)}", reply_settings=body["reply_settings"])
    community = body.get("community_id")
    if community is not None and not (isinstance(community, str) and community.isdigit()):
        raise invalid("$.community_id: does not match the regex pattern ^[0-9]{1,19}$", community_id=community)


def _attached(world: World, account: Account, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The media of a post as (our id, kind); refuses what is foreign, unready or too many."""
    section = body.get("media") or {}
    names = section.get("media_ids", []) if isinstance(section, dict) else None
    if not isinstance(names, list) or len(names) > 4:
        raise invalid("$.media.media_ids: 1 to 4 ids are required", media_ids=names)
    found: list[tuple[str, str]] = []
    for name in names:
        handle = world.ledger.handle(PLATFORM, str(name))
        medium = world.media.get(str(handle.body.get("medium"))) if handle and state_of(world, handle) == "succeeded" else None
        if handle is None or medium is None or handle.account_id != account.id or (handle.expires_at or 0) < world.clock():
            raise invalid("Your media IDs are invalid.", media_ids=name)
        found.append((medium.id, "image" if medium.mime != "image/gif" and medium.kind == "image" else "video"))
    if len(found) > 1 and any(kind == "video" for _, kind in found):
        raise invalid("A post takes up to 4 photos or 1 animated GIF or 1 video.", media_ids=names)
    return found


def _replied_to(world: World, body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    reply = body.get("reply") or {}
    parent_id = reply.get("in_reply_to_tweet_id") if isinstance(reply, dict) else None
    if parent_id is None:
        return None, None
    parent = world.ledger.post(PLATFORM, str(parent_id), world.clock())
    if parent is None:
        raise problem(403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you.")
    return parent.remote_id, parent.root


def _refuse_duplicate(world: World, account: Account, text: str) -> None:
    now = world.clock()
    if text and not world.behaviour.takes_twice and world.ledger.said(account.id, text, since=now - DUPLICATE_WITHIN):
        raise problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")


async def read_post(request: Request) -> Response:
    account, world = signed_in_reader(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["post_id"], world.clock())
    if post is None:
        return JSONResponse({"errors": [_missing(request.path_params["post_id"])]})
    return JSONResponse({"data": _show(world, post, account, _fields(request))})


async def read_posts(request: Request) -> Response:
    account, world = signed_in_reader(request), world_of(request)
    names = [name for name in request.query_params.get("ids", "").split(",") if name]
    if not 1 <= len(names) <= 100:
        raise invalid("The number of values in the `ids` query parameter list must be from 1 to 100", ids=names)
    posts = {name: world.ledger.post(PLATFORM, name, world.clock()) for name in names}
    body: dict[str, Any] = {"data": [_show(world, post, account, _fields(request)) for post in posts.values() if post]}
    if missing := [_missing(name) for name, post in posts.items() if post is None]:
        body["errors"] = missing
    return JSONResponse(body)


async def posts_of_user(request: Request) -> Response:
    account, world = signed_in_reader(request), world_of(request)
    owner = world.ledger.account(request.path_params["user_id"])
    if owner is None or owner.platform != PLATFORM:
        return JSONResponse({"errors": [_missing(request.path_params["user_id"], "user")]})
    limit = whole(request.query_params.get("max_results"), 10) or 10
    if not 5 <= limit <= 100:
        raise invalid("The `max_results` query parameter value must be from 5 to 100", max_results=limit)
    since, until = (_moment(request, name) for name in ("start_time", "end_time"))
    posts = world.ledger.posts_of(owner.id, world.clock(), since=since or 0, until=until, limit=limit)
    if (newer := request.query_params.get("since_id", "")).isdigit():
        posts = [post for post in posts if int(post.remote_id) > int(newer)]
    meta: dict[str, Any] = {"result_count": len(posts)}
    if not posts:
        return JSONResponse({"meta": meta})
    meta |= {"newest_id": posts[0].remote_id, "oldest_id": posts[-1].remote_id}
    return JSONResponse({"data": [_show(world, post, account, _fields(request)) for post in posts], "meta": meta})


async def delete_post(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["post_id"])
    if post and post.account_id != account.id:
        raise problem(403, "Forbidden", "You are not authorized to delete this Tweet.")
    if post:
        world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return JSONResponse({"data": {"deleted": True}})


def _missing(name: str, kind: str = "tweet") -> dict[str, str]:
    return {
        "value": name, "detail": f"Could not find {kind} with ids: [{name}].", "title": "Not Found Error", "resource_type": kind,
        "parameter": "ids", "resource_id": name, "type": "https://api.x.com/2/problems/resource-not-found",
    }  # fmt: skip


def _fields(request: Request) -> set[str]:
    return {name for name in request.query_params.get("tweet.fields", "").split(",") if name}


def _show(world: World, post: Post, reader: Account, fields: set[str]) -> dict[str, Any]:
    owner = world.ledger.account(post.account_id) or reader
    text, links = _told_text(post, owner)
    shown: dict[str, Any] = {"id": post.remote_id, "text": text, "edit_history_tweet_ids": [post.remote_id]}
    optional = {
        **({"entities": {"urls": links}} if links else {}),
        "created_at": datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "author_id": post.account_id,
        "conversation_id": post.root,
        **({"in_reply_to_user_id": post.account_id} if post.parent else {}),
        **({"referenced_tweets": [{"type": "replied_to", "id": post.parent}]} if post.parent else {}),
        **({"attachments": {"media_keys": [f"3_{name}" for name in post.media]}} if post.media else {}),
        **_metrics(world, post, reader, owner),
    }
    return shown | {name: value for name, value in optional.items() if name in fields}


def _told_text(post: Post, owner: Account) -> tuple[str, list[dict[str, Any]]]:
    """The text as X tells it, HTML escaped, every link as t.co and one more for the media; and where these lead."""
    text, at, links = "", 0, []
    for url in extract_urls(post.text):
        text += html.escape(post.text[at : url.start], quote=False)
        links.append(_link(post, len(text), url.value))
        text, at = text + links[-1]["url"], url.end
    text += html.escape(post.text[at:], quote=False)
    if post.media:
        text += " " if text else ""
        address = f"https://x.com/{owner.handle}/status/{post.remote_id}/{'video' if post.kind == 'video' else 'photo'}/1"
        links.append(_link(post, len(text), address) | {"display_url": "pic.x.com/sandbox", "media_key": f"3_{post.media[0]}"})
        text += links[-1]["url"]
    return text, links


def _link(post: Post, start: int, address: str) -> dict[str, Any]:
    url = f"https://t.co/{hashlib.sha256(f'{post.remote_id}/{start}'.encode()).hexdigest()[:10]}"
    full = address if "://" in address else f"http://{address}"
    return {"start": start, "end": start + len(url), "url": url, "expanded_url": full, "display_url": full.partition("://")[2]}


def _metrics(world: World, post: Post, reader: Account, owner: Account) -> dict[str, Any]:
    seen = figures(post, owner, world.clock())
    public = {
        "retweet_count": seen["shares"], "reply_count": seen["comments"], "like_count": seen["likes"],
        "quote_count": seen["quotes"], "bookmark_count": seen["saves"], "impression_count": seen["views"],
    }  # fmt: skip
    private = {"impression_count": seen["views"], "url_link_clicks": seen["clicks"], "user_profile_clicks": seen["clicks"] // 3}
    fresh = world.clock() - post.created_at <= 30 * 86_400  # private figures are told for 30 days
    own = reader.id == owner.id and fresh
    return {"public_metrics": public, **({"non_public_metrics": private, "organic_metrics": {**public, **private}} if own else {})}


def _moment(request: Request, name: str) -> float | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as wrong:
        raise invalid(f"Invalid '{name}': '{text}'. It must be a valid RFC 3339 time", **{name: text}) from wrong


async def me(request: Request) -> Response:
    account, world = signed_in_reader(request), world_of(request)
    fields = request.query_params.get("user.fields", "").split(",")
    base = base_of(request)
    optional = {
        "created_at": datetime.fromtimestamp(account.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "description": account.profile.get("about", ""),
        "profile_image_url": avatar_url(base, account),
        "verified": False,
        "public_metrics": {
            "followers_count": followers_at(account, world.clock()), "following_count": 120, "listed_count": 3,
            "tweet_count": world.ledger.count_of(account.id, world.clock())[0],
        },
    }  # fmt: skip
    chosen = {name: value for name, value in optional.items() if name in fields}
    return JSONResponse({"data": {"id": account.id, "name": account.display_name, "username": account.handle, **chosen}})
