"""Requests that take effect once: an Idempotency-Key, the answer kept beside the work, and rehearsals.

The answer is written in the transaction that did the work. A program that hears nothing (a crash, a lost
connection) asks again with the same key and gets the same answer; the work is not done again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from postwright.db.queries import Conn, load
from postwright.errors import Conflict, InvalidInput
from postwright.kit.crypto import Box

_sql = load(__package__)

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_LONGEST_KEY = 200
_KEPT_HEADERS = ("content-type", "location", "etag")


@dataclass(frozen=True, slots=True)
class Once:
    """A request that may take effect once: its key, and what tells it from another."""

    workspace: UUID
    key: str
    fingerprint: bytes
    box: Box  # answers may hold secrets that are told once (a key, a link): a stolen database does not tell them

    @property
    def context(self) -> str:
        """What a kept answer is bound to."""
        return f"answer:{self.workspace}:{self.key}"


class Replay(Exception):
    """The work was done before; this is the answer that it got."""

    def __init__(self, answer: Response) -> None:
        super().__init__("answered before")
        self.answer = answer


def unread(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint that takes its body in piece by piece: nothing before it reads a byte of it."""
    endpoint.unread = True  # type: ignore[attr-defined]
    return endpoint


def leaves_body(request: Request) -> bool:
    """Whether the body of this request is its endpoint's own to read."""
    return bool(getattr(request.scope.get("endpoint"), "unread", False))


async def fingerprint(request: Request) -> bytes | None:
    """What the request asks for, when it asks to be done once. Reads the body: call it before a connection is taken."""
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST" or not request.url.path.startswith("/api/"):
        return None
    if not key.strip() or len(key) > _LONGEST_KEY or not key.isprintable():
        raise InvalidInput(f"Idempotency-Key has 1 to {_LONGEST_KEY} printable characters.", field="Idempotency-Key", rule="length")
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    told = f"{request.headers.get('content-length')} bytes".encode() if leaves_body(request) else await request.body()
    return hashlib.sha256(asked + told).digest()


async def claim(db: Conn, once: Once) -> None:
    """Takes the key for this transaction. Raises Replay when it has its answer, Conflict when it stands for another request."""
    if await _sql["claim_answer"].value(db, workspace=once.workspace, key=once.key, fingerprint=once.fingerprint):
        return
    await replay(db, once)
    raise Conflict("A request with this Idempotency-Key is still at work.", field="Idempotency-Key", rule="in_progress")


async def replay(db: Conn, once: Once) -> None:
    """Raises Replay or Conflict when the key is known; otherwise nothing."""
    kept = await _sql["kept_answer"].one(db, _Kept, workspace=once.workspace, key=once.key)
    if kept is None or kept.status is None:
        return
    if kept.fingerprint != once.fingerprint:
        message = "This Idempotency-Key was used for another request. Take a new key for each request."
        raise Conflict(message, field="Idempotency-Key", rule="same_request")
    body = once.box.open(kept.body, once.context) if kept.body else None
    raise Replay(Response(body, kept.status, kept.headers | {"Idempotency-Replayed": "true"}))


async def keep(db: Conn, once: Once, answer: Response) -> None:
    """Keeps the answer, in the transaction that did the work."""
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    body = once.box.seal(bytes(answer.body).decode(), once.context)
    await _sql["keep_answer"].value(
        db, workspace=once.workspace, key=once.key, status=answer.status_code, headers=json.dumps(headers), body=body
    )


def rehearsed(request: Request) -> bool:
    """Whether this request is a rehearsal: everything is done and checked, and then taken back."""
    return bool(getattr(request.state, "dry_run", False))


def _dry_run(
    request: Request,
    dry_run: Annotated[bool, Query(description="Do and check everything, answer as if it were done, and keep nothing.")] = False,
) -> bool:
    request.state.dry_run = dry_run
    return dry_run


# For the routes that offer rehearsals. Must stand before `Signed` among a route's parameters only for its documentation.
DryRun = Annotated[bool, Depends(_dry_run)]


@dataclass(frozen=True, slots=True)
class _Kept:
    fingerprint: bytes
    status: int | None
    headers: dict[str, Any]
    body: str | None
