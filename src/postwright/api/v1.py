"""API v1: the modules' JSON routes under one roof."""

from __future__ import annotations

from fastapi import APIRouter

from postwright.calendar.api import router as calendar
from postwright.connections.api import router as connections
from postwright.identity.api import router as identity
from postwright.insight.api import router as insight
from postwright.publishing.api import router as publishing
from postwright.studio.api import router as studio

router = APIRouter(prefix="/api/v1")
for each in (identity, connections, studio, calendar, publishing, insight):
    router.include_router(each)
