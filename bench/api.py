"""What the API costs beside a bare FastAPI + psycopg route.

Both live in this process, on one database and one login each with a pool of its own, and are called as ASGI applications
(no socket, which would cost both the same and hide the difference). The bare route looks up the same session, opens one
transaction, sets the same role and claims, asks for the same membership, runs the same SQL and answers the same bytes;
it checks nothing of its input, knows no errors, keys, ETags or logs. The two take turns, round by round; a round is a
number of requests by some callers at once.

  list    50 posts of 500
  get     one account
  create  a closed time

The figure is throughput: ours to the peer's, the median of the rounds. p99 is of all requests.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from _figures import Figure, show
from fastapi import FastAPI, Request, Response
from psycopg.rows import dict_row

from postwright import config
from postwright.api import v1
from postwright.db import embedded
from postwright.db.bootstrap import Dsns, bootstrap_embedded
from postwright.db.migrate import migrate
from postwright.db.queries import load
from postwright.db.session import Pool, open_pool
from postwright.edge import problems
from postwright.edge.asgi import Wrap
from postwright.edge.paging import Cursor, mark
from postwright.edge.state import State
from postwright.kit.log import configure
from postwright.library.storage import Storage

ROOT = Path(__file__).resolve().parent.parent
TARGET = 0.6
_ENTER = b"""select set_config('role', %s, true), set_config('request.jwt.claims', %s, true),
                    set_config('app.workspace_id', %s, true), set_config('statement_timeout', '30s', true),
                    set_config('idle_in_transaction_session_timeout', '30s', true)"""
_EDGE, _POSTS, _ACCOUNTS, _CALENDAR = (load(f"postwright.{name}") for name in ("edge", "publishing", "connections", "calendar"))


@dataclass(frozen=True, slots=True)
class Place:
    """Who asks, and for what."""

    token: str
    workspace: UUID
    account: UUID


@dataclass(slots=True)
class Measured:
    """Requests a second of each round, and the time of each request in ms."""

    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.times, n=100)[98]


def main() -> None:
    """Reads the options, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--rounds", type=int, default=30, help="rounds of each figure and side")
    parser.add_argument("--requests", type=int, default=100, help="requests of a round")
    parser.add_argument("--at-once", type=int, default=4, help="callers at once")
    options = parser.parse_args()
    key = os.urandom(32)
    with embedded.throwaway(options={"shared_buffers": "256MB", "jit": "off"}) as server, tempfile.TemporaryDirectory() as home:
        dsns = bootstrap_embedded(server, key, "bench")
        migrate(dsns.owner, ROOT / "sql" / "schema")
        place = _fill(dsns)
        show(asyncio.run(_measure(dsns, place, Path(home), options)), as_json=options.json)


async def _measure(dsns: Dsns, place: Place, home: Path, options: argparse.Namespace) -> list[Figure]:
    figures = []
    async with _ours(dsns, home) as ours, _bare(dsns) as bare:
        for name, ask in {"list": _list, "get": _get, "create": _create}.items():
            await _must_say_the_same(ours, bare, ask(place, 0))
            mine, theirs = await _turns(ours, bare, lambda n, ask=ask: ask(place, n), options)  # type: ignore[misc]
            peer = "bare FastAPI + psycopg"
            figures.append(Figure(name, mine.rate, "requests/s", peer, theirs.rate, TARGET, at_least=True))
            figures.append(Figure(f"{name}, p99", mine.p99, "ms", peer, theirs.p99))
    return figures


async def _turns(ours: Any, bare: Any, ask: Callable[[int], Asked], options: argparse.Namespace) -> tuple[Measured, Measured]:
    sides = [(ours, Measured()), (bare, Measured())]
    numbers = iter(range(1, 10**9))
    for round_ in range(-2, options.rounds):  # two to warm up
        random.shuffle(sides)
        for app, measured in sides:
            rate, times = await _round(app, ask, numbers, options.requests, options.at_once)
            if round_ >= 0:
                measured.rates.append(rate)
                measured.times += times
    found = {id(app): measured for app, measured in sides}
    return found[id(ours)], found[id(bare)]


async def _round(app: Any, ask: Callable[[int], Asked], numbers: Iterator[int], requests: int, at_once: int) -> tuple[float, list[float]]:
    times: list[float] = []

    async def caller() -> None:
        for _ in range(requests // at_once):
            asked = ask(next(numbers))
            began = time.perf_counter()
            status, _ = await _call(app, asked)
            times.append((time.perf_counter() - began) * 1000)
            assert status < 300, status

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return len(times) / (time.perf_counter() - began), times


# What is asked


@dataclass(frozen=True, slots=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: bytes
    body: bytes
    headers: list[tuple[bytes, bytes]]


def _asked(place: Place, method: str, path: str, query: str = "", body: Mapping[str, Any] | None = None) -> Asked:
    headers = [
        (b"authorization", f"Bearer {place.token}".encode()),
        (b"x-workspace", str(place.workspace).encode()),
        (b"content-type", b"application/json"),
    ]
    return Asked(method, f"/api/v1{path}", query.encode(), json.dumps(body).encode() if body else b"", headers)


def _list(place: Place, number: int) -> Asked:
    return _asked(place, "GET", "/posts", "limit=50&sort=scheduled_at")


def _get(place: Place, number: int) -> Asked:
    return _asked(place, "GET", f"/accounts/{place.account}")


def _create(place: Place, number: int) -> Asked:
    start = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    span = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(), "reason": "Holidays"}
    return _asked(place, "POST", "/closed-times", body=span)


async def _call(app: Any, asked: Asked) -> tuple[int, bytes]:
    """The request, as a server hands it over."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method, "scheme": "http", "path": asked.path,
        "raw_path": asked.path.encode(), "query_string": asked.query, "root_path": "", "headers": asked.headers, "state": {},
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def _must_say_the_same(ours: Any, bare: Any, asked: Asked) -> None:
    """Byte for byte, but for the id of what was made."""
    mine, theirs = await _call(ours, asked), await _call(bare, asked)
    if asked.method == "POST":
        assert (mine[0], len(mine[1]), mine[1][:7]) == (theirs[0], len(theirs[1]), theirs[1][:7]), (mine, theirs)
    else:
        assert mine == theirs, f"the two sides do not say the same:\n{mine}\n{theirs}"


# The two sides


@asynccontextmanager
async def _ours(dsns: Dsns, home: Path) -> AsyncIterator[Any]:
    """As web/app.py has it, without pages."""
    with contextlib.redirect_stderr(Path(os.devnull).open("w")):  # noqa: ASYNC230 - before anything is timed
        configure(json=True)  # each request is logged, as in production, but to nowhere
    async with open_pool(dsns.api, size=8) as pool:
        app = FastAPI()
        settings = config.load({"POSTWRIGHT_HOME": str(home)})
        app.state.postwright = State(settings, pool, Storage(home / "media"), lambda: datetime.now(UTC), None, "", b"k" * 32, "bench")
        problems.install(app)
        app.add_middleware(Wrap)
        app.include_router(v1.router)
        yield app


@asynccontextmanager
async def _bare(dsns: Dsns) -> AsyncIterator[Any]:
    async with open_pool(dsns.api, size=8) as pool:
        app = FastAPI()
        app.get("/api/v1/posts")(_bare_list(pool))
        app.get("/api/v1/accounts/{account}")(_bare_get(pool))
        app.post("/api/v1/closed-times")(_bare_create(pool))
        yield app


@asynccontextmanager
async def _transaction(pool: Pool, request: Request) -> AsyncIterator[tuple[Any, Any]]:
    """One transaction as the session's user; the session and the membership are looked up in it."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    workspace = request.headers["x-workspace"]
    async with pool.connection() as db, db.transaction(), db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ENTER, ("app_auth", '{"role": "app_auth"}', ""))
        await cursor.execute(_EDGE["session"].text.encode(), {"hash": hashlib.sha256(token.encode()).digest()})
        session = await cursor.fetchone()
        assert session is not None
        claims = json.dumps({"role": "authenticated", "sub": str(session["user_id"])})
        await cursor.execute(_ENTER, ("authenticated", claims, workspace))
        await cursor.execute(_EDGE["membership"].text.encode(), {"workspace": workspace, "user": session["user_id"]})
        assert await cursor.fetchone() is not None
        await cursor.execute(_ENTER, ("authenticated", claims, workspace))
        yield cursor, workspace


def _bare_list(pool: Pool) -> Callable[..., Any]:
    # Without a filter; what the product passes as null.
    names = ("ids", "item_statuses", "states", "platform", "connection", "author", "label", "draft", "text", "since", "until", "from")
    empty = dict.fromkeys((*names, "after", "after_id"))
    query = _POSTS["posts"].text.encode()

    async def posts(request: Request) -> Response:
        limit = int(request.query_params["limit"])
        async with _transaction(pool, request) as (cursor, workspace):
            values = empty | {
                "workspace": workspace, "now": datetime.now(UTC), "or_waiting": False, "dated": True, "limit": limit + 1,
                "sort": request.query_params["sort"],
            }  # fmt: skip
            rows = await (await cursor.execute(query, values)).fetchall()
        return _json({"items": [_bare_post(row) for row in rows[:limit]], "next": _bare_cursor(rows[limit - 1], workspace)})

    return posts


def _bare_get(pool: Pool) -> Callable[..., Any]:
    shown = (
        "id", "platform", "handle", "display_name", "avatar_url", "timezone", "environment", "health", "last_error", "paused_at",
        "is_active", "host", "followers", "created_at",
    )  # fmt: skip
    query = _ACCOUNTS["list_accounts"].text.encode()

    async def account(request: Request, account: UUID) -> Response:
        async with _transaction(pool, request) as (cursor, workspace):
            row = await (await cursor.execute(query, {"workspace": workspace, "ids": [account]})).fetchone()
        return _json({name: row[name] for name in shown} | {"simulated": row["environment"] == "sandbox"})

    return account


def _bare_create(pool: Pool) -> Callable[..., Any]:
    query = _CALENDAR["add_exception"].text.encode()

    async def close(request: Request) -> Response:
        wish = json.loads(await request.body())
        async with _transaction(pool, request) as (cursor, workspace):
            values = {"workspace": workspace, "connection": None, "origin": "api"} | {
                name: wish[name] for name in ("start", "end", "reason")
            }
            row = await (await cursor.execute(query, values)).fetchone()
        return _json({"id": row["id"]}, 201)

    return close


def _bare_post(row: Mapping[str, Any]) -> dict[str, Any]:
    """A planned post as the API shows it."""
    variant = row["variant"]
    return {
        "id": row["id"], "state": row["state"], "simulated": bool(row["simulated"]), "origin": row["origin"], "platform": row["platform"],
        "connection_id": row["connection_id"], "account_name": row["account_name"], "handle": row["handle"],
        "avatar_url": row["avatar_url"], "content_format": row["content_format"], "text": variant["text"], "title": variant.get("title"),
        "media": variant.get("media", []), "scheduled_at": row["scheduled_at"], "slot_at": row["slot_at"], "wall_time": row["wall_time"],
        "timezone": row["timezone"], "slot_reason": row["slot_reason"], "slot_value": row["slot_value"], "locked": row["locked"],
        "overdue": row["overdue"], "published_at": row["published_at"], "url": row["platform_url"], "remote_id": row["remote_id"],
        "error": None, "metrics": row["metrics"], "author_id": row["author_id"], "draft_id": row["adaptation_id"],
        "draft_title": row["draft_title"], "labels": row["labels"], "next_try_at": row["next_try_at"],
        "verbs": ["schedule", "publish", "move", "cancel"], "created_at": row["created_at"], "updated_at": row["updated_at"],
    }  # fmt: skip


def _bare_cursor(row: Mapping[str, Any], workspace: str) -> str:
    return Cursor(row["scheduled_at"], row["id"], mark("posts", workspace, "scheduled_at")).encode()


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=_told)
    return Response(text.encode(), status, media_type="application/json")


def _told(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


# What is asked for


def _fill(dsns: Dsns) -> Place:
    """A workspace with an account, a draft and 500 planned posts; and a session of its owner."""
    token = secrets.token_urlsafe(32)
    with psycopg.connect(dsns.owner, autocommit=True) as db:
        with db.transaction():
            db.execute("set local role app_auth")
            user = _one(db, "select app_auth.register('bench@example.com', 'none', 'Bench', 'Europe/Berlin')")
            db.execute(
                "select app_auth.open_session(%s, %s, now() + interval '1 day', 'bench', null)",
                (user, hashlib.sha256(token.encode()).digest()),
            )
        claims = json.dumps({"role": "authenticated", "sub": str(user)})
        with db.transaction():
            db.execute("select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)", (claims,))
            workspace = _one(db, "select app.create_workspace('Bench')")
            db.execute("select set_config('app.workspace_id', %s, true)", (str(workspace),))
            account = _one(
                db,
                "insert into platform_connections (platform, platform_user_id, environment, handle, display_name, timezone, access_token)"
                " values ('x', '1', 'sandbox', 'acme.example', 'Acme', 'Europe/Berlin', 'sealed') returning id",
            )
            draft = _one(
                db,
                "insert into content_adaptations (title, original_idea, adaptations) values ('Launch', 'We moved it.', %s) returning id",
                json.dumps({"x": {"text": "We moved our launch from Friday to Tuesday. Support answered twice as fast.", "thread": []}}),
            )
            db.execute(
                "insert into content_schedule_items (platform_id, platform_connection_id, adaptation_id, scheduled_at, wall_time, timezone)"
                " select p.id, %s, %s, at at time zone 'UTC', at, 'UTC' from platforms p,"
                " generate_series('2030-01-01'::timestamp, '2030-01-21 19:00', '1 hour') at where p.slug = 'x'",
                (account, draft),
            )
        db.execute("analyze")
    return Place(token, workspace, account)


def _one(db: psycopg.Connection[Any], text: str, *values: object) -> UUID:
    row = db.execute(text.encode(), values).fetchone()
    assert row is not None
    found = row[0]
    assert isinstance(found, UUID)
    return found


if __name__ == "__main__":
    main()
