"""A viewer writes nothing: every page's route says so before it says anything else."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

from postwright.calendar import pages as calendar_pages
from postwright.connections import pages as connections_pages
from postwright.db.session import Pool
from postwright.publishing import pages as publishing_pages
from postwright.studio import pages as studio_pages
from postwright.web import pages as web_pages
from tests.cast import Cast
from tests.pages.doors import open_door
from tests.studio.conftest import make_state

pytestmark = pytest.mark.anyio

# What concerns nobody but the one who asks, and why.
OWN = {
    "/today/steps/dismiss": "a cookie",
    "/drafts/{id}/variants/{slug}/look": "saves nothing",
    "/settings": "their profile",
    "/settings/theme": "a cookie",
    "/workspaces/live": "a workspace of their own",
    "/notifications/read": "their messages",
}
_MODULES = (publishing_pages, studio_pages, connections_pages, calendar_pages, web_pages)
WRITING = sorted(
    each.path
    for module in _MODULES
    for each in module.router.routes
    if isinstance(each, APIRoute) and (each.methods or set()) - {"GET", "HEAD"} and each.path not in OWN
)


async def test_a_viewer_is_told_the_role_that_it_needs(api_pool: Pool, cast: Cast, tmp_path: Path) -> None:
    fields = {"what": "give_up", "wall": "2027-03-02T09:00", "id": str(uuid4()), "version": "1", "timezone": "UTC"}
    said = {}
    async with open_door(make_state(api_pool, tmp_path), cast, cast.vera) as vera:
        for path in WRITING:
            where = path.replace("{slug}", "x")
            while "{" in where:
                where = where.replace(where[where.index("{") : where.index("}") + 1], str(uuid4()), 1)
            answer = await vera("POST", where, data=fields)
            said[path] = (answer.status_code, answer.json().get("rule"))
    assert len(said) > 15
    assert said == dict.fromkeys(WRITING, (403, "role"))
