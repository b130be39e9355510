"""A viewer writes nothing: every page's route says so before it says anything else."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from postwright.db.session import Pool
from tests.cast import Cast
from tests.pages.doors import open_door
from tests.studio.conftest import make_state
from tests.web.places import all_routes

pytestmark = pytest.mark.anyio

# What concerns nobody but the one who asks, and why. Answers to such requests are stated in tests/mallory.
OWN = {
    "/comments/{id}/delete": "members of every role comment, and take back their own",
    "/comments/{id}/edit": "their own words",
    "/comments/{id}/reopen": "members of every role comment",
    "/comments/{id}/resolve": "members of every role comment",
    "/drafts/{draft_id}/comments": "members of every role comment",
    "/drafts/{id}/variants/{slug}/look": "saves nothing",
    "/forgot": "before signing in",
    "/invitations/{token}/accept": "their membership",
    "/invitations/{token}/decline": "their membership",
    "/invitations/{token}/sign-out": "their session",
    "/notifications/read": "their messages",
    "/notifications/{id}/open": "their message",
    "/notifications/{id}/read": "their message",
    "/posts/{post_id}/comments": "members of every role comment",
    "/reset": "before signing in",
    "/settings": "their profile",
    "/settings/address": "their address",
    "/settings/address/letter": "their address",
    "/settings/data/delete": "their account",
    "/settings/data/exports": "their data, and what they can read",
    "/settings/data/exports/{id}/delete": "their archive",
    "/settings/notices": "which notices come to them by e-mail",
    "/settings/password": "their password",
    "/settings/picture": "their picture",
    "/settings/picture/remove": "their picture",
    "/settings/sessions/end": "their sessions",
    "/settings/sessions/{session}/end": "their session",
    "/settings/theme": "a cookie",
    "/settings/workspace/leave": "their membership",
    "/sign-in": "before signing in",
    "/sign-out": "their session",
    "/sign-up": "before signing in",
    "/today/steps/dismiss": "a cookie",
    "/verify": "their address, by a letter's link",
    "/welcome": "before signing in",
    "/workspaces": "a workspace of their own",
    "/workspaces/invitations/{invitation}/accept": "their membership",
    "/workspaces/invitations/{invitation}/decline": "their membership",
    "/workspaces/live": "a workspace of their own",
    "/workspaces/{workspace}/open": "where their session stands",
    "/workspaces/{workspace}/restore": "a workspace that they own",
}
OPERATORS = ("/settings/people/", "/settings/publishing/server/", "/accounts/apps/")
WRITING = sorted(each.path for each in all_routes() if (each.methods or set()) - {"GET", "HEAD"} and each.path not in OWN)


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
    assert len(said) > 30
    assert said == {path: (403, "operator" if path.startswith(OPERATORS) else "role") for path in WRITING}


def test_every_exception_is_a_route() -> None:
    assert OWN.keys() <= {each.path for each in all_routes()}
