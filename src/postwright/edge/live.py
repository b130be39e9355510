"""The route of live events."""

from __future__ import annotations

from functools import partial

from fastapi import Request
from fastapi.responses import StreamingResponse

from postwright.edge.context import SignedNoTx, still_here
from postwright.edge.events import EventHub, stream
from postwright.edge.routes import page_router

router = page_router()


@router.get("/events")
async def events(request: Request, ctx: SignedNoTx) -> StreamingResponse:
    """What changes in the caller's workspace, as server-sent events."""
    hub: EventHub = request.app.state.events
    hub.require_room(ctx.caller.user_id)
    return StreamingResponse(
        stream(hub, str(ctx.caller.workspace.id), ctx.caller.user_id, partial(still_here, ctx)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
