"""Handing out a finished archive, whole or in ranges, so that a broken download goes on where it stopped."""

from __future__ import annotations

import re

from fastapi.responses import Response, StreamingResponse

from postwright.edge.context import LongContext
from postwright.exports.ask import require_ready
from postwright.exports.collect import archives, file_name
from postwright.exports.models import Export
from postwright.exports.names import safe_name

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_HEADERS = {
    "Content-Type": "application/zip",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",
}


async def archive_answer(ctx: LongContext, found: Export) -> Response:
    """The bytes. Raises Conflict and Forbidden as require_ready does, NotFound when the file was lost. 416 for a range outside."""
    path, size = require_ready(found, ctx.caller, ctx.now), found.size_bytes or 0
    await archives(ctx.state).find(found.id)
    name = safe_name(file_name(found.workspace_name, found.created_at, simulated=found.simulated))
    headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{name}"', "ETag": f'"{found.sha256}"'}
    span = _span(ctx.request.headers.get("range"), ctx.request.headers.get("if-range"), headers["ETag"], size)
    if span is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    start, end = span
    headers["Content-Length"] = str(end - start)
    if (start, end) != (0, size):
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if "Content-Range" in headers else 200
    return StreamingResponse(archives(ctx.state).stream(path, start, end), status, headers)


def _span(asked: str | None, only_if: str | None, tag: str, size: int) -> tuple[int, int] | None:
    """The bytes as (start, end before); all without a range that we know, or of another archive; None outside."""
    found = _RANGE.fullmatch(asked.strip()) if asked and only_if in {None, tag} else None
    if not found or not (found[1] or found[2]):
        return 0, size
    if not found[1]:
        return (max(size - int(found[2]), 0), size) if int(found[2]) else None
    start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    return (start, end) if start < end else None
