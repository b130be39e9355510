"""Files by signed address: for our pages, and for platforms that pull media. No session, no database."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from postwright.edge.routes import page_router
from postwright.edge.state import state_of
from postwright.errors import Forbidden, PostwrightError, Who
from postwright.kit.crypto import verify
from postwright.library.storage import MIME_TYPES, PREVIEW, Stored

router = page_router()

_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")
_FARTHEST = 10**18  # bytes; no file reaches further
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=3600",
}


class LinkExpired(PostwrightError):
    """The signature is ours, its time is over."""

    code: ClassVar[str] = "link_expired"
    status: ClassVar[int] = 410
    who = Who.YOU


@router.api_route("/media/{file_id}/{name}", methods=["GET", "HEAD"])
async def media(request: Request, file_id: UUID, name: str, exp: int = 0, sig: str = "") -> Response:
    """The file, or a document's picture, whole or the range asked for. 403 for a signature not ours, 410 for one whose time is over."""
    state = state_of(request)
    _check(state.key, file_id, exp, sig, state.clock())
    stored = await state.storage.find(file_id, preview=name == PREVIEW)
    headers = _HEADERS | {"Content-Disposition": _disposition(stored)}
    span = _span(request.headers.get("range"), stored.size)
    if span is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{stored.size}"})
    start, end = span
    whole = (start, end) == (0, stored.size)
    headers["Content-Length"] = str(end - start)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    if request.method == "HEAD" or start == end:
        return Response(status_code=200 if whole else 206, headers=headers, media_type=stored.mime_type)
    body = state.storage.stream(stored.path, start, end)
    return StreamingResponse(body, 200 if whole else 206, headers, stored.mime_type)


def _check(key: bytes, file_id: UUID, exp: int, sig: str, now: datetime) -> None:
    if not 0 < exp < 10**11 or not verify(key, f"media:{file_id}", exp, sig, datetime.fromtimestamp(0, UTC)):
        raise Forbidden("This address is not one that Postwright gave out.", field="sig", rule="signature")
    if now.timestamp() > exp:
        raise LinkExpired("This address has expired. Open the post or the draft again for a fresh one.", field="exp", rule="expired")


def _disposition(stored: Stored) -> str:
    """Shown in place only what cannot carry a script."""
    return f'{"inline" if stored.mime_type in MIME_TYPES.values() else "attachment"}; filename="{stored.name}"'


def _span(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes asked for as (start, end before); all of them without a range that we know; None when outside."""
    found = _RANGE.fullmatch(header.strip()) if header else None
    if not found or (not found[1] and not found[2]):
        return 0, size
    if not found[1]:
        return (max(size - _number(found[2]), 0), size) if _number(found[2]) else None
    start = _number(found[1])
    end = min(_number(found[2]) + 1, size) if found[2] else size
    return (start, end) if start < end else None


def _number(digits: str) -> int:
    """Python refuses to read thousands of digits; here they are just beyond every file."""
    return int(digits) if len(digits) <= len(str(_FARTHEST)) else _FARTHEST
