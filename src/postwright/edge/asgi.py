"""What wraps every request: an id, a log line, security headers."""

from __future__ import annotations

import time
import uuid

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

# Charts and the calendar set style attributes from script; no inline script or style element is ever allowed.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
_HEADERS = {
    b"content-security-policy": CONTENT_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}
_QUIET = frozenset({"/healthz", "/readyz", "/events"})


class Wrap:
    """Pure ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex[:12]
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _merged(message.get("headers", []), request_id, scope)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_headers)
            finally:
                _tell(scope, status, started)


def _merged(headers: list[tuple[bytes, bytes]], request_id: str, scope: Scope) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    extra = [(name, value) for name, value in _HEADERS.items() if name not in present]
    if b"cache-control" not in present:
        extra.append((b"cache-control", _caching(scope)))
    return [*headers, *extra, (b"x-request-id", request_id.encode())]


def _caching(scope: Scope) -> bytes:
    """A file whose address names its content is kept for good; modules that import each other by plain names are asked about each time."""
    if not scope["path"].startswith("/static/"):
        return b"no-store"
    return b"public, max-age=31536000, immutable" if scope["query_string"].startswith(b"v=") else b"no-cache"


def _tell(scope: Scope, status: int, started: float) -> None:
    path = scope["path"]
    if path in _QUIET or path.startswith("/static/"):
        return
    log.info("request", method=scope["method"], path=path, status=status, ms=round((time.perf_counter() - started) * 1000, 1))
