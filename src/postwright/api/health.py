"""Is the process alive, and can it serve?"""

from __future__ import annotations

import asyncio

from fastapi import Request
from fastapi.responses import JSONResponse
from psycopg import Error

from postwright.db.session import Pool
from postwright.edge.routes import page_router
from postwright.edge.state import state_of

router = page_router()

_PATIENCE = 2.0  # seconds


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive: says nothing of what it depends on, so that a slow database does not get the web restarted."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Ready: the database answers within two seconds."""
    asking = asyncio.create_task(_answers(state_of(request).pool))
    # Not cancelled: psycopg would then wait for the very server that does not answer.
    await asyncio.wait({asking}, timeout=_PATIENCE)
    if asking.done() and asking.result():
        return JSONResponse({"status": "ok", "database": "ok"})
    return JSONResponse({"status": "unavailable", "database": "no answer"}, 503)


async def _answers(pool: Pool) -> bool:
    try:
        async with pool.connection(timeout=_PATIENCE) as db:
            await db.execute("select 1")
    except (Error, OSError):
        return False
    return True
