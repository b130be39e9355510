"""Substack as programs see it: the RSS of a publication, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from postwright.sandbox.records import Post
from postwright.sandbox.wire import Refusal
from postwright.sandbox.world import world_of

PLATFORM, HOST = "substack", "substack.example"


def _page(status: int, words: str) -> Refusal:
    return Refusal(status, {"error": words})


def too_large() -> Refusal:
    return _page(413, "Payload too large")


def malformed(why: str) -> Refusal:
    return _page(400, why)


def no_such_path(_: Request) -> Refusal:
    return _page(404, "Not found")


async def feed(request: Request) -> Response:
    """The newest articles of all publications of the sandbox."""
    world = world_of(request)
    posts = world.ledger.search_posts(workspace=None, platform=PLATFORM, account=None, now=world.clock(), limit=20)
    items = "".join(_item(post) for post in posts)
    channel = f"<channel><title>Sandbox Substack</title><link>https://{HOST}</link>{items}</channel>"
    return PlainTextResponse(f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0">{channel}</rss>', media_type="application/xml")


def _item(post: Post) -> str:
    link, at = f"https://{HOST}/p/{post.remote_id}", format_datetime(datetime.fromtimestamp(post.created_at, UTC))
    return f"<item><title>{escape(post.title or '')}</title><link>{link}</link><guid>{link}</guid><pubDate>{at}</pubDate></item>"


ROUTES = {HOST: [Route("/feed", feed)]}
