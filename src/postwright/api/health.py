"""Is the process alive, and can it serve?"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from psycopg import Error
from psycopg_pool import PoolTimeout

from postwright.edge.state import state_of

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive: says nothing of what it depends on, so that a slow database does not get the web restarted."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Ready: the database answers within two seconds."""
    try:
        async with state_of(request).pool.connection(timeout=2) as db:
            await db.execute("select 1")
    except (Error, PoolTimeout):
        return JSONResponse({"status": "unavailable", "database": "no answer"}, 503)
    return JSONResponse({"status": "ok", "database": "ok"})
