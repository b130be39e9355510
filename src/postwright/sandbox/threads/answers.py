"""Who may call, under which version, and how Threads refuses."""

from __future__ import annotations

from starlette.requests import Request

from postwright.sandbox import graph
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import Form, Refusal, read_form
from postwright.sandbox.world import World, world_of

PLATFORM = "threads"
VERSION = "v1.0"


async def enter(request: Request) -> tuple[World, Account, Form]:
    """Checks version and token; the account and the fields of the request."""
    version = str(request.path_params.get("version", ""))
    if version != VERSION:
        raise graph.problem(400, 2500, f"Unknown path components: /{version}")
    form = await read_form(request)
    return world_of(request), graph.signed_in(request, form, PLATFORM), form


def own_node(request: Request, account: Account) -> None:
    """The node in the address must be the account itself."""
    if (name := request.path_params["node"]) not in (account.id, "me"):
        raise graph.not_found(name)


def own_post(world: World, account: Account, name: str) -> Post:
    post = world.ledger.post(PLATFORM, name, world.clock())
    if post is None or post.account_id != account.id:
        raise graph.not_found(name)
    return post


def invalid(message: str, subcode: int | None = None) -> Refusal:
    return graph.problem(400, 100, "Invalid parameter", subcode=subcode, title=message, detail=message)
