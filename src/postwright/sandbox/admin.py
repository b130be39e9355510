"""The sandbox's own endpoints under /_sandbox: who has accounts, what was posted, the files, simulated history."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox import accounts, history
from postwright.sandbox.engagement import figures
from postwright.sandbox.keys import find_keys
from postwright.sandbox.media import MediaStore
from postwright.sandbox.records import Account, Medium, Post
from postwright.sandbox.tiktok.creators import creator_of, read_creator
from postwright.sandbox.wire import Refusal, allow_body, base_of, read_json, whole
from postwright.sandbox.world import World, world_of

OPEN = ("/_sandbox/media/", "/_sandbox/avatars/")  # shown in pages; everything else needs the key
_MOST_AHEAD = 366 * 86_400  # seconds, at once
FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


async def health(request: Request) -> Response:
    return JSONResponse({"status": "ok", "posts": world_of(request).ledger.count_posts()})


async def make_accounts(request: Request) -> Response:
    body = await read_json(request)
    platforms = body.get("platforms", list(accounts.PLATFORMS))
    unknown = [name for name in platforms if name not in accounts.PLATFORMS] if isinstance(platforms, list) else [platforms]
    if unknown:
        raise Refusal(422, {"error": f"unknown platforms {unknown}; known: {', '.join(accounts.PLATFORMS)}"})
    return JSONResponse({"accounts": accounts.grant(world_of(request), _workspace(body.get("workspace")), platforms, base_of(request))})


async def rename_account(request: Request) -> Response:
    """As its owner does at the platform: another handle, another name; what is left out stays. The id and the tokens stay, too."""
    world, body = world_of(request), await read_json(request)
    account = world.ledger.account(request.path_params["account_id"])
    if account is None:
        raise Refusal(404, {"error": "no such account"})
    handle, name = body.get("handle", account.handle), body.get("display_name", account.display_name)
    if not all(isinstance(each, str) and 1 <= len(each) <= 200 for each in (handle, name)):
        raise Refusal(422, {"error": "handle and display_name are words of 1 to 200 characters"})
    other = world.ledger.account_named(account.platform, handle)
    if other is not None and other.id != account.id:
        raise Refusal(409, {"error": f"{handle} is taken"})
    world.ledger.rename_account(account.id, handle, name)
    return JSONResponse({"platform": account.platform, "platform_user_id": account.id, "handle": handle, "display_name": name})


async def list_keys(request: Request) -> Response:
    """For Postwright's web, which tells them to the person who looks."""
    query = request.query_params
    found = find_keys(world_of(request), _workspace(query.get("workspace")), query.get("platform", ""))
    return JSONResponse({"accounts": [{"handle": account.handle, "keys": keys} for account, keys in found]})


async def list_posts(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    remote_id, platform = query.get("remote_id"), query.get("platform")
    if remote_id:
        found = [post for name in ([platform] if platform else accounts.PLATFORMS) if (post := _find(world, name, remote_id))]
    else:
        limit = min(1_000, max(1, whole(query.get("limit"), 200) or 200))
        found = world.ledger.search_posts(
            workspace=query.get("workspace"), platform=platform, account=query.get("account"), now=world.clock(), limit=limit
        )
    return JSONResponse({"posts": [describe(world, post, base_of(request)) for post in found]})


async def one_post(request: Request) -> Response:
    world = world_of(request)
    post = _find(world, request.path_params["platform"], request.path_params["remote_id"])
    if post is None:
        raise Refusal(404, {"error": "no such post"})
    return JSONResponse(describe(world, post, base_of(request)))


async def file_of_medium(request: Request) -> Response:
    """The file; with `account` in the query only when it is of one of these accounts."""
    world = world_of(request)
    medium = _medium_asked(request)
    path = world.media.path(medium.id)
    if not path.is_file():
        raise Refusal(404, {"error": "no such file"})
    told = {"Content-Disposition": 'attachment; filename="document.pdf"'} if medium.kind == "document" else {}
    return FileResponse(path, media_type=medium.mime, headers={**FILE_HEADERS, **told})


async def preview_of_medium(request: Request) -> Response:
    """The picture of a document's first page, for the same."""
    world, medium = world_of(request), _medium_asked(request)
    path = world.media.preview_path(medium.id)
    if not path.is_file():
        raise Refusal(404, {"error": "no such file"})
    return FileResponse(path, media_type="image/jpeg", headers=FILE_HEADERS)


def _medium_asked(request: Request) -> Medium:
    world = world_of(request)
    medium = world.media.get(request.path_params["medium_id"])
    owners = request.query_params.getlist("account")
    if medium is None or (owners and medium.account_id not in owners):
        raise Refusal(404, {"error": "no such file"})
    return medium


async def avatar(request: Request) -> Response:
    account = world_of(request).ledger.account(request.path_params["account_id"])
    if account is None:
        raise Refusal(404, {"error": "no such account"})
    return Response(accounts.avatar_svg(account), media_type="image/svg+xml", headers=FILE_HEADERS)


async def make_history(request: Request) -> Response:
    allow_body(request, 10_000)
    body = await read_json(request)
    weeks = whole(body.get("weeks"), 8)
    if weeks is None or not 1 <= weeks <= 52:
        raise Refusal(422, {"error": "weeks must be from 1 to 52"})
    world = world_of(request)
    made = history.write(world, _workspace(body.get("workspace")), weeks)
    answer = []
    for account, post in made:
        answer.append({**describe(world, post, base_of(request), account), "daily": history.daily(post, account, world.clock())})
    return JSONResponse({"posts": answer})


async def forget_history(request: Request) -> Response:
    removed = world_of(request).ledger.forget_history(_workspace(request.query_params.get("workspace")))
    return JSONResponse({"removed": removed})


async def advance_clock(request: Request) -> Response:
    """Puts the clock of all platforms forward by `seconds`: what lives for hours there dies."""
    seconds = whole((await read_json(request)).get("seconds"))
    if seconds is None or not 0 < seconds <= _MOST_AHEAD:
        raise Refusal(422, {"error": f"seconds: a whole number from 1 to {_MOST_AHEAD}"})
    clock = world_of(request).clock
    clock.seconds += seconds
    return JSONResponse({"ahead": clock.seconds})


async def faults(request: Request) -> Response:
    """GET lists them with how often each struck, POST adds one, DELETE takes all away. With a workspace (in the body, in the
    query): those that strike only its requests."""
    held = world_of(request).faults
    if request.method == "POST":
        asked = await read_json(request)
        return JSONResponse(held.add(asked, accounts.PLATFORMS, _or_all(asked.get("workspace"))).as_json(), 201)
    workspace = _or_all(request.query_params.get("workspace"))
    if request.method == "DELETE":
        return JSONResponse({"removed": held.clear(workspace)})
    return JSONResponse({"faults": [each.as_json() for each in held.of(workspace)]})


async def creator(request: Request) -> Response:
    """What TikTok holds a creator to: GET tells it, PUT sets it."""
    world = world_of(request)
    account = world.ledger.account(request.path_params["account_id"])
    if account is None or account.platform != "tiktok":
        raise Refusal(404, {"error": "no such creator"})
    if request.method == "PUT":
        told = read_creator(await read_json(request))
        world.ledger.amend_account(account, creator=told)
        return JSONResponse(told)
    return JSONResponse(asdict(creator_of(account)))


def describe(world: World, post: Post, base: str, account: Account | None = None) -> dict[str, Any]:
    """A post as the pages show it, with its parts and its simulated figures of this moment."""
    account = account or world.ledger.account(post.account_id)
    if account is None:
        raise Refusal(404, {"error": "no such account"})
    parts = [part for part in world.ledger.thread(post.platform, post.root) if part.account_id == account.id]
    return {
        "platform": post.platform,
        "remote_id": post.remote_id,
        "account": {
            "platform_user_id": account.id, "handle": account.handle, "display_name": account.display_name,
            "host": account.host, "avatar_url": accounts.avatar_url(base, account),
        },
        "kind": post.kind,
        "text": post.text,
        "title": post.title,
        "media": [_show(medium, base, world.media) for name in post.media if (medium := world.media.get(name))],
        "parts": [_part(world, part, base) for part in parts] if len(parts) > 1 else [],
        "created_at": datetime.fromtimestamp(post.created_at, UTC).isoformat(),
        "origin": post.origin,
        "simulated": True,
        "extra": dict(post.extra),
        "metrics": figures(post, account, world.clock()),
    }  # fmt: skip


def _part(world: World, part: Post, base: str) -> dict[str, Any]:
    media = [_show(medium, base, world.media) for name in part.media if (medium := world.media.get(name))]
    return {"remote_id": part.remote_id, "text": part.text, "kind": part.kind, "media": media}


def _show(medium: Medium, base: str, previews: MediaStore) -> dict[str, Any]:
    return {
        "id": medium.id, "kind": medium.kind, "url": f"{base}/_sandbox/media/{medium.id}", "mime": medium.mime,
        "width": medium.width, "height": medium.height, "duration": medium.duration, "alt": medium.alt,
        "size": medium.size, "sha256": medium.sha256, "preview": medium.kind == "document" and previews.preview_path(medium.id).is_file(),
    }  # fmt: skip


def _find(world: World, platform: str, remote_id: str) -> Post | None:
    """By the id; a Bluesky post also by the last part of its at:// address."""
    return world.ledger.post(platform, remote_id, world.clock()) or (
        world.ledger.post_ending(platform, f"/{remote_id}", world.clock()) if platform == "bluesky" else None
    )


def _or_all(value: Any) -> str | None:
    return None if value is None else _workspace(value)


def _workspace(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise Refusal(422, {"error": "workspace must be given"})
    return value


ROUTES = [
    Route("/health", health),
    Route("/accounts", make_accounts, methods=["POST"]),
    Route("/accounts/{account_id:path}", rename_account, methods=["PATCH"]),
    Route("/keys", list_keys),
    Route("/posts", list_posts),
    Route("/posts/{platform}/{remote_id:path}", one_post),
    Route("/media/{medium_id}", file_of_medium),
    Route("/media/{medium_id}/preview", preview_of_medium),
    Route("/avatars/{account_id}.svg", avatar),
    Route("/clock", advance_clock, methods=["POST"]),
    Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/creators/{account_id}", creator, methods=["GET", "PUT"]),
    Route("/history", make_history, methods=["POST"]),
    Route("/history", forget_history, methods=["DELETE"]),
]
