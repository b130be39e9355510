"""No secret of a publishing run comes to light: not in the logs, not at the sandbox, not in what people are told of failures.

The whole publisher runs against the sandbox while platforms answer as badly as they do: they repeat tokens, whole requests, signed
addresses; they show pages; they hang up.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
import structlog
from psycopg.types.json import Jsonb

from postwright.connections.credentials import open_credentials
from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Pool, transaction
from postwright.kit import log
from postwright.kit.http import make_client
from postwright.publishing import engine
from postwright.publishing.commit import commit
from tests.cast import Cast
from tests.publishing.real import Studio, open_studio, run_sandbox, running_publisher, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
ACCOUNTS = ("x", "instagram", "telegram", "linkedin", "threads", "bluesky")
COMMENT = "a first comment that nobody may read before its time 7f3a9c"
OVER = {"completed", "failed", "needs_review"}
TOLD = (  # every place in which words about a failure are kept
    "select error::text from publish_attempts", "select error::text from scheduled_posts", "select last_error::text from scheduled_posts",
    "select title || coalesce(body, '') || data::text from notifications", "select error::text from first_comments",
    "select last_error from platform_connections", "select data::text from events", "select metadata::text from published_posts",
)  # fmt: skip


@dataclass
class Rude(httpx2.AsyncBaseTransport):
    """The way to the sandbox, on which some answers are other than its own. `faults`: by a piece of the path or body, in order."""

    faults: dict[str, list[Any]]
    came: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)  # signed ones, of media
    inner: httpx2.AsyncHTTPTransport = field(default_factory=httpx2.AsyncHTTPTransport)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        self.addresses |= {value for _, value in httpx2.QueryParams(body.decode("utf-8", "replace")).multi_items() if "sig=" in value}
        for piece, waiting in self.faults.items():
            if waiting and (piece in request.url.path or piece.encode() in body):
                self.came.append(piece)
                return _answered(waiting.pop(0)(request, body), request)
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


def _answered(answer: httpx2.Response, request: httpx2.Request) -> httpx2.Response:
    answer.request = request
    return answer


def unauthorized(request: httpx2.Request, body: bytes) -> httpx2.Response:
    """401 that repeats the token."""
    said = f"The token {request.headers.get('authorization')} at {request.url} is not valid."
    error = {"message": said, "code": 190, "type": "OAuthException"}
    return httpx2.Response(401, json={"title": "Unauthorized", "detail": said, "message": said, "error": error, "description": said})


def repeats(request: httpx2.Request, body: bytes) -> httpx2.Response:
    """400 that repeats the request, as platforms that check a form do."""
    try:
        sent = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        sent = " ".join(httpx2.QueryParams(body.decode("utf-8", "replace")).values())
    said = f"{sent} {request.headers.get('authorization', '')} {request.url}"[:4000]
    error = {"message": said, "code": 100, "error_user_msg": said}
    return httpx2.Response(
        400, json={"detail": said, "message": said, "error": error, "error_description": said, "description": said, "ok": False}
    )


def page(request: httpx2.Request, body: bytes) -> httpx2.Response:
    return httpx2.Response(502, text=f"<html>{request.headers.get('authorization')} {request.url} {body.decode('utf-8', 'replace')}</html>")


def hangs_up(request: httpx2.Request, body: bytes) -> httpx2.Response:
    raise httpx2.ReadError(f"broken: {request.url} {request.headers.get('authorization')}", request=request)


@pytest.fixture
async def studio(database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[Studio]:
    with run_sandbox(tmp_path) as sandbox:
        async with open_studio(database, api_pool, worker_pool, cast, tmp_path, sandbox, ACCOUNTS) as made:
            yield made


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the publisher logs, by the pipeline that it has."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level, written = root.handlers[:], root.level, io.StringIO()
    log.configure(json=True)
    structlog.configure(cache_logger_on_first_use=False)
    root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


async def test_no_secret_of_a_run_through_faults_is_told(studio: Studio, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    way = Rude({
        "in_reply_to_tweet_id": [repeats],
        "/2/tweets": [unauthorized, hangs_up, repeats], "/media_publish": [repeats], "/sendMessage": [unauthorized],
        "/rest/posts": [page, repeats], "/threads_publish": [repeats], "createRecord": [repeats],
        "graph.instagram.com": [page],
    })  # fmt: skip
    monkeypatch.setattr(engine, "make_client", partial(make_client, transport=way))
    picture = str(await studio.picture())
    items = [
        await _schedule(studio, slug, {"text": f"a post for {slug}", "first_comment": COMMENT} | more)
        for slug, more in [*((slug, {}) for slug in ACCOUNTS if slug != "instagram"), ("instagram", {"media": [picture]})]
    ]
    for slug in ("x", "threads"):  # one that goes out, and whose first comment fails
        items.append(await _schedule(studio, slug, {"text": f"another one for {slug}", "options": {"first_comment": COMMENT}}))
    secrets = await _secrets(studio)
    async with running_publisher(studio.state, studio.dsns.worker):
        await until(lambda: _all_over(studio, items), 90)
    secrets |= {f"an address of media {n}": each.partition("sig=")[2][:40] for n, each in enumerate(way.addresses)}
    secrets["a first comment"] = COMMENT
    assert {
        "in_reply_to_tweet_id",
        "/2/tweets",
        "/media_publish",
        "/sendMessage",
        "/rest/posts",
        "/threads_publish",
        "createRecord",
    } <= set(way.came)
    assert way.addresses, "Instagram was told where to fetch"
    places = {"the log": lines.getvalue(), "the sandbox's log": (studio.home / "sandbox.log").read_text()} | await _told(studio)
    assert "post settled" in places["the log"]
    assert "does not take" in places[TOLD[1]], "what platforms said is told, without what they repeat"
    found = {(place, name) for place, text in places.items() for name, secret in secrets.items() if secret in text}
    assert found == set()


async def _secrets(studio: Studio) -> dict[str, str]:
    """The tokens as they are now, the secret of the sandbox's apps, the key of the sandbox, and what signs media."""
    found = {"an app's secret": "sandbox-secret"}
    async with transaction(studio.state.pool, SERVICE) as db:
        for slug, account in studio.accounts.items():
            _, credentials, _ = await open_credentials(db, studio.cast.workspace, account, studio.state.box)
            found[f"{slug}: access"] = credentials.access_token
            if credentials.refresh_token:
                found[f"{slug}: refresh"] = credentials.refresh_token
    assert all(len(each) > 8 for each in found.values())
    return found


async def _told(studio: Studio) -> dict[str, str]:
    async with transaction(studio.state.pool, SERVICE) as db:
        return {sql: "\n".join(str(row[0]) for row in await (await db.execute(sql.encode())).fetchall()) for sql in TOLD}


async def _all_over(studio: Studio, items: list[UUID]) -> bool:
    async with transaction(studio.state.pool, SERVICE) as db:
        rows = await (await db.execute("select status from scheduled_posts where schedule_item_id = any (%s)", (items,))).fetchall()
        comments = await (await db.execute("select error from first_comments where platform = 'x'")).fetchall()
    return {status for (status,) in rows} <= OVER and any(error is not None for (error,) in comments)


async def _schedule(studio: Studio, slug: str, content: dict[str, Any]) -> UUID:
    async with transaction(studio.api, studio.bob) as db:
        made = await (
            await db.execute(
                "insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, content)"
                " select %s, c.id, p.id, %s, %s from platforms p, content_calendar c"
                " where p.slug = %s and c.workspace_id = %s and c.is_default returning id",
                (studio.cast.workspace, studio.accounts[slug], Jsonb(content), slug, studio.cast.workspace),
            )
        ).fetchone()
        assert made is not None
        (done,) = await commit(db, studio.bob, [made[0]], now=studio.state.clock(), when="now")
    assert done.scheduled_post_id is not None, done.findings
    item: UUID = made[0]
    return item
