"""The server: every pretend platform under /{its real host}/..., and /_sandbox/ for ourselves."""

from __future__ import annotations

import asyncio
import hmac
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postwright.sandbox import (
    admin,
    bluesky,
    consent,
    discord,
    facebook,
    ghost,
    hooks,
    instagram,
    linkedin,
    mastodon,
    substack,
    telegram,
    threads,
    tiktok,
    wordpress,
    x,
    youtube,
)
from postwright.sandbox.faults import Fault, Faults, strike
from postwright.sandbox.ledger import Ledger, LedgerUnusable
from postwright.sandbox.media import MediaStore
from postwright.sandbox.owner import workspace_of
from postwright.sandbox.scopes import ScopeGate
from postwright.sandbox.wire import FORM, METER, BodyMeter, Malformed, Refusal, TooLarge
from postwright.sandbox.world import Ahead, Behaviour, World

PLATFORMS: tuple[ModuleType, ...] = (
    x, linkedin, instagram, facebook, tiktok, youtube, bluesky, mastodon,
    threads, telegram, discord, wordpress, ghost, substack, hooks,
)  # fmt: skip


def _routes(module: ModuleType) -> dict[str, list[BaseRoute]]:
    """A platform's API and where people allow apps, by host."""
    own, asked = module.ROUTES, consent.ROUTES.get(module.__name__.rpartition(".")[2], {})
    return {host: [*asked.get(host, ()), *own.get(host, ())] for host in {**own, **asked}}


BY_HOST = {host: module for module in PLATFORMS for host in _routes(module)}
IDLE = 75  # seconds a kept-alive connection may rest


class Gate:
    """Around every request: the mark, the key of /_sandbox, the measured body, the faults that were asked for."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        meter = scope[METER] = BodyMeter()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"x-postwright-sandbox", b"1")]
            await send(message)

        async def measured() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                meter.take(len(message.get("body", b"")))
            return message

        if self._lacks_key(scope):
            await JSONResponse({"error": "X-Sandbox-Key is missing or wrong"}, 401)(scope, receive, marked)
            return
        try:
            fault = _fault(scope)
            if fault is None:
                await self._app(scope, measured, marked)
            else:
                await strike(fault, self._app, scope, measured, marked, hang_up=receive)
        finally:
            if form := scope.get(FORM):
                await form.close()

    def _lacks_key(self, scope: Scope) -> bool:
        path = scope["path"]
        if not path.startswith("/_sandbox") or path.startswith(admin.OPEN):
            return False
        given = dict(scope["headers"]).get(b"x-sandbox-key", b"")
        return not hmac.compare_digest(given, self._key)


def make_app(ledger_path: Path, key: str, *, behaviour: Behaviour | None = None, clock: Callable[[], float] = time.time) -> Starlette:
    """The application over one ledger. `clock` gives seconds since 1970. Raises LedgerUnusable."""
    if not key:
        raise ValueError("the sandbox needs a key for /_sandbox")
    ledger, ahead = Ledger(ledger_path), Ahead(clock)
    media = MediaStore(ledger_path.with_name(f"{ledger_path.name}.media"), ledger, ahead)
    world = World(ledger, media, key, ahead, behaviour or Behaviour())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        ledger.close()

    mounts = [Mount(f"/{host}", routes=_routes(module)[host]) for host, module in BY_HOST.items()]
    app = Starlette(
        routes=[Mount("/_sandbox", routes=admin.ROUTES), *mounts],
        exception_handlers={
            Refusal: _refuse,
            TooLarge: _too_large,
            Malformed: _malformed,
            HTTPException: _no_such_path,
            ClientDisconnect: _gone,
        },
        lifespan=lifespan,
    )
    app.add_middleware(ScopeGate, platform_at=_platform_at)
    app.add_middleware(Gate, key=key)
    app.state.world = world
    return app


def run(port: int, ledger_path: Path, key: str, *, behaviour: Behaviour | None = None) -> None:
    """Serves on 127.0.0.1 until a signal comes.

    Without `behaviour`, media may be pulled from the web that the environment names. Exits with 1
    and a sentence when the ledger cannot be used.
    """
    try:
        app = make_app(ledger_path, key, behaviour=behaviour or Behaviour(web=web_origin(os.environ)))
    except LedgerUnusable as problem:
        sys.exit(str(problem))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False, timeout_keep_alive=IDLE
    )
    asyncio.run(uvicorn.Server(config).serve())


def web_origin(environ: Mapping[str, str]) -> str | None:
    """Where our own web is reached when that is not loopback: platforms pull media from there."""
    if url := environ.get("POSTWRIGHT_URL"):
        return url
    host, port = environ.get("POSTWRIGHT_HOST"), environ.get("POSTWRIGHT_PORT") or "8484"
    return f"http://{host}:{port}" if host and host != "0.0.0.0" else None  # noqa: S104


def _fault(scope: Scope) -> Fault | None:
    """The one that strikes this request to a platform."""
    faults: Faults = scope["app"].state.world.faults
    module = BY_HOST.get(scope["path"].split("/", 2)[1]) if faults.held else None
    if module is None:
        return None
    slug, query = slug_of(module), scope["query_string"].decode("latin-1")
    return faults.pick(slug, f"{scope['method']} {scope['path']}", query, workspace_of(Request(scope), slug))


def _platform_at(path: str) -> str | None:
    module = BY_HOST.get(path.split("/", 2)[1])
    return slug_of(module) if module else None


def slug_of(module: ModuleType) -> str:
    """The platform's name is that of its file or folder, unless it says another."""
    return str(getattr(module, "PLATFORM", module.__name__.rpartition(".")[2]))


def _platform(request: Request) -> ModuleType | None:
    return BY_HOST.get(request.scope["path"].split("/", 2)[1])


async def _refuse(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refusal.response()


async def _too_large(request: Request, _: Exception) -> Response:
    module = _platform(request)
    refusal: Refusal = module.too_large() if module else Refusal(413, {"error": "the body is too large"})
    return refusal.response()


async def _malformed(request: Request, problem: Exception) -> Response:
    module = _platform(request)
    refusal: Refusal = module.malformed(str(problem)) if module else Refusal(400, {"error": str(problem)})
    return refusal.response()


async def _gone(_: Request, __: Exception) -> Response:
    """The client hung up while it sent; nobody reads this answer."""
    return Response(status_code=499)


async def _no_such_path(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    module = _platform(request)
    if module is None or problem.status_code not in (404, 405):
        return JSONResponse({"error": problem.detail}, problem.status_code)
    refusal: Refusal = module.no_such_path(request)
    return refusal.response()
