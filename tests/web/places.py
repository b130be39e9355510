"""Every page of the application, found by asking the application: a new route is tested from its first day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi.routing import APIRoute
from playwright.sync_api import APIRequestContext
from starlette.routing import BaseRoute

from postwright.web.app import _PAGES

# GET routes that answer with something else than a whole page, and why.
NOT_PAGES = {
    "/": "redirects to Today",
    "/events": "a stream",
    "/palette.json": "JSON",
    "/settings/audit/export": "a file",
    "/workspaces/menu": "a fragment",
    "/history": "a fragment",
    "/drafts/{draft_id}/schedule": "redirects to the draft",
    "/posts/{post_id}/row": "a fragment",
    "/posts/{post_id}/line": "a fragment",
    "/drafts/{id}/compare/{slug}": "a fragment",
    "/posts/{post_id}/draft.zip": "a file",
    "/sandbox/media/{file_id}": "a file",
    "/sandbox/media/{file_id}/preview": "a picture",
    "/sandbox/avatars/{account_id}.svg": "a picture",
    "/media/{file_id}/{name}": "a file",
    "/people/{person}/pictures/{picture}": "a picture",
    "/settings/data/exports/{id}/archive": "a file",
    "/accounts/callback/{platform}/{server}": "the same, of one server of many",
    "/accounts/callback/{platform}": "redirects, or says what went wrong: tests/connections/test_walk.py",
}
# Pages that the workspace of the demonstration has not, and the test that looks at them.
ELSEWHERE = {
    "/settings/workspace/delete": "a personal workspace goes with its account: test_a_workspace_of_several",
    "/posts/{post_id}/by-hand": "of a post by hand only: test_a_post_by_hand",
    "/accounts/choose/{walk_id}": "there is something to choose only on the way: tests/connections/test_walk.py",
}
# No workspace yet, so nothing to mark.
VISITORS = frozenset({"/sign-in", "/sign-up", "/welcome", "/forgot", "/reset", "/verify", "/invitations/{token}"})


@dataclass(frozen=True, slots=True)
class Known:
    """What stands for the parameters of an address."""

    post: str
    draft: str
    copy: str  # /sandbox/<platform>/<id>
    planned: str  # a post that can still be changed
    account: str
    consent: str  # /sandbox/connect/..., as a walk begins


def page_routes() -> list[str]:
    """The paths of all GET routes that make a page for somebody signed in."""
    paths = {each.path for each in all_routes() if "GET" in each.methods and not _is_fragment(each.path)}
    return sorted(paths - NOT_PAGES.keys() - ELSEWHERE.keys() - VISITORS)


def all_routes() -> list[APIRoute]:
    """Every route of the pages' modules, those of the routers that a module includes too."""
    return [each for module in _PAGES for each in _walk(module.router.routes)]


def _walk(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    for each in routes:
        if isinstance(each, APIRoute):
            yield each
        elif hasattr(each, "original_router"):
            yield from _walk(each.original_router.routes)


def _is_fragment(path: str) -> bool:
    """Pieces for htmx are named so in their address."""
    return "/_" in path


def find_known(api: APIRequestContext) -> Known:
    """A published post, its draft and its copy there; a planned post made after it."""
    post = api.get("/api/v1/posts?tab=published&limit=1").json()["items"][0]
    draft = api.get("/api/v1/drafts?limit=1").json()["items"][0]
    account = api.get("/api/v1/accounts").json()["items"][0]
    begun = api.post("/api/v1/accounts/connect", data={"platform": "x"}, headers=_csrf(api)).json()
    planned = api.post(f"/api/v1/posts/{post['id']}/duplicate", headers=_csrf(api)).json()["ids"][0]
    consent = urlsplit(begun["address"])._replace(scheme="", netloc="").geturl()
    return Known(post["id"], draft["id"], post["url"], planned, account["id"], consent)


def _csrf(api: APIRequestContext) -> dict[str, str]:
    """As the pages send it along."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', api.get("/accounts").text())
    assert found is not None
    return {"X-CSRF-Token": found[1]}


def address(route: str, known: Known) -> str:
    """A working address of a route. Fails on a parameter that nobody taught it."""
    if route.startswith("/sandbox/{platform}"):
        return known.copy
    if route.startswith("/sandbox/connect/"):
        return known.consent
    filled = (
        route.replace("{post_id}", known.planned if route.endswith("/edit") else known.post)
        .replace("{account_id}", known.account)
        .replace("/connect/{platform}", "/connect/x")
    )
    filled = re.sub(r"/drafts/\{(draft_)?id\}", f"/drafts/{known.draft}", filled)
    assert not re.search(r"[{}]", filled), f"teach tests/web/places.py an example for {route}"
    return filled
