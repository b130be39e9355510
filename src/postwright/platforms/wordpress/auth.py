"""Connecting a site: its address, a user's name and an application password of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import Grant, KeyField
from postwright.platforms.errors import ReauthRequired, Rejected
from postwright.platforms.sites import Site, reaching, read_site
from postwright.platforms.wordpress.answers import api_of, caller, refuse

_NOT_THERE = (301, 302, 307, 308, 401, 403, 404)
_FIELDS = (
    KeyField("site", "Site", "The address of the site", example="https://blog.example.com"),
    KeyField("username", "User name", "Of a user who may publish posts", example="alice"),
    KeyField(
        "password", "Application password", "Users > Profile > Application Passwords", secret=True, example="abcd EFGH 1234 ijkl MNOP 6789"
    ),
)


@dataclass(frozen=True, slots=True)
class WordPressKeys:
    """A site, a user and an application password."""

    fields: tuple[KeyField, ...] = _FIELDS

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        site = read_site(given.get("site", ""), "site")
        name, password = given.get("username", "").strip(), given.get("password", "").strip()
        if not name or ":" in name:
            raise Rejected("Give the user's name", field="username", rule="required")
        if not password:
            raise Rejected("Give the application password", field="password", rule="required")
        token = f"{name}:{password}"
        about = await _about(http, site)
        me = await _me(http, site, token)
        if not (me.get("capabilities") or {}).get("publish_posts"):
            raise Rejected("This user may not publish posts: ask for the role of an author", field="username", rule="may_publish")
        title = str(about.get("name") or site.host)
        return [Grant(str(me.need("id")), site.host + site.path, title, token, host=site.host, profile={"path": site.path, "user": name})]


async def _about(http: httpx2.AsyncClient, site: Site) -> Answer:
    """The site's description of itself proves that it is WordPress."""
    unsigned = Caller("The WordPress site", http, {}, refuse)
    with reaching("site"):
        told = await unsigned.call("GET", f"{site.address}/wp-json/", accept=_NOT_THERE)
    if "wp/v2" not in (told.get("namespaces") or []):
        message = "There is no WordPress with its REST API at this address"
        if 300 <= told.status < 400:
            message = "This address leads to another: give that one"
        raise Rejected(message, field="site", rule="other_site", detail=told.detail)
    return told


async def _me(http: httpx2.AsyncClient, site: Site, token: str) -> Answer:
    account = Account("", site.host, site.host, {"path": site.path})
    try:
        return await caller(http, Credentials(token)).call("GET", f"{api_of(account)}/users/me", params={"context": "edit"})
    except ReauthRequired as wrong:
        message = "The site does not accept this user and application password"
        raise Rejected(message, field="password", rule="known_key", detail=wrong.detail) from wrong


WORDPRESS_KEYS = WordPressKeys()
