"""Instagram's refusals, and whose address it is."""

from __future__ import annotations

from starlette.requests import Request

from postwright.sandbox import graph
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import Form, Refusal
from postwright.sandbox.world import World

PLATFORM = "instagram"
too_large, malformed, no_such_path = graph.too_large, graph.malformed, graph.no_such_path


async def enter_account(request: Request) -> tuple[Account, Form]:
    """The account of the token; the address must name it."""
    account, form = await graph.enter(request, PLATFORM)
    if not_mine(account, request.path_params["node"]):
        raise graph.not_found(request.path_params["node"])
    return account, form


def fetch_failed(url: str) -> Refusal:
    title = "Media download has failed. The media URI doesn't meet our requirements."
    detail = f"The media could not be fetched from this URI: {url}"
    return graph.problem(400, 9004, "Only photo or video can be accepted as media type.", subcode=2207052, title=title, detail=detail)


def not_mine(account: Account, name: str) -> bool:
    return name not in (account.id, "me")


def own_post(world: World, account: Account, name: str) -> Post:
    post = world.ledger.post(PLATFORM, name, world.clock())
    if post is None or post.account_id != account.id:
        raise graph.not_found(name)
    return post


def bad_option(title: str, detail: str, subcode: int | None = None) -> Refusal:
    return graph.problem(400, 100, "Invalid parameter", subcode=subcode, title=title, detail=detail)
