"""A receiver of webhooks, hooks.example, that does what Standard Webhooks asks of one: it checks the signature, refuses what is old,
and takes each webhook-id once. What it took it lists as posts; media it pulls from the addresses in the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwright.sandbox.pull import NotOurs, Unreachable, pull
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import Refusal, whole
from postwright.sandbox.world import World, world_of

PLATFORM, HOST = "webhook", "hooks.example"
TOLERANCE = 300  # seconds
FILE_BYTES = 104_857_600


def problem(status: int, message: str) -> Refusal:
    return Refusal(status, {"error": message})


def too_large() -> Refusal:
    return problem(413, "the body is too large")


def malformed(why: str) -> Refusal:
    return problem(400, why)


def no_such_path(_: Request) -> Refusal:
    return problem(404, "there is no such endpoint")


async def receive(request: Request) -> Response:
    world, account = _endpoint(request)
    body = await request.body()
    webhook_id = _check_signature(request, world, account, body)
    event = _event(body)
    match event.get("type"):
        case "ping":
            return JSONResponse({"ok": True})
        case "post.publish":
            return JSONResponse({"id": await _take(world, account, webhook_id, event["data"])})
        case "post.deleted":
            world.ledger.delete_post(PLATFORM, str(event["data"].get("id")), world.clock())
            return JSONResponse({"ok": True})
    raise problem(422, "this type of event is not known")


def _endpoint(request: Request) -> tuple[World, Account]:
    world = world_of(request)
    account = world.ledger.account(request.path_params["endpoint"])
    if account is None or account.platform != PLATFORM:
        raise problem(404, "there is no such endpoint")
    return world, account


def _check_signature(request: Request, world: World, account: Account, body: bytes) -> str:
    """The id of a delivery that is signed by one of the endpoint's keys and not old."""
    token = world.ledger.live_token(account.id, "access", world.clock())
    given = {name: request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")}
    if token is None:
        raise problem(410, "this endpoint takes no more deliveries")
    if abs(world.clock() - (whole(given["timestamp"], 0) or 0)) > TOLERANCE:
        raise problem(400, "the timestamp is too old or too new")
    key = base64.b64decode(token.token.partition(" ")[0].removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.digest(key, f"{given['id']}.{given['timestamp']}.".encode() + body, hashlib.sha256)).decode()
    if not given["id"] or not any(hmac.compare_digest(f"v1,{wanted}", one) for one in given["signature"].split()):
        raise problem(401, "the signature is wrong")
    return given["id"]


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except ValueError as wrong:
        raise problem(400, "the body is not JSON") from wrong
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        raise problem(422, "the body is no event")
    return event


async def _take(world: World, account: Account, webhook_id: str, data: dict[str, Any]) -> str:
    """Once: what came under this id before is answered as it was."""
    async with world.alone_with(webhook_id):
        if world.ledger.post(PLATFORM, webhook_id) is None:
            media = [await _pulled(world, account, each) for each in data.get("media") or []]
            now, kinds = world.clock(), {str(each.get("kind")) for each in data.get("media") or []}
            kind = "video" if "video" in kinds else "image" if kinds else "text"
            extra = {"hashtags": data.get("hashtags"), "options": data.get("options")}
            post = Post(
                PLATFORM, webhook_id, account.id, now, kind, str(data.get("text") or ""), webhook_id, data.get("title"), tuple(media),
                extra=extra,
            )  # fmt: skip
            world.ledger.add_post(post, now)
    return webhook_id


async def _pulled(world: World, account: Account, told: dict[str, Any]) -> str:
    try:
        medium = world.media.adopt(await pull(world, str(told.get("url")), FILE_BYTES), account.id, alt=str(told.get("alt") or ""))
    except (NotOurs, Unreachable) as wrong:
        raise problem(422, f"the medium cannot be fetched: {wrong}") from wrong
    if medium is None:
        raise problem(422, "the medium is of no known kind")
    return medium.id


ROUTES = {HOST: [Route("/{endpoint}/{key}", receive, methods=["POST"])]}
