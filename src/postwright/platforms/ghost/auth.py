"""Connecting a site: its address, and the Admin API key of a custom integration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import Grant, KeyField
from postwright.platforms.errors import ReauthRequired, Rejected
from postwright.platforms.ghost.answers import api_of, caller, refuse
from postwright.platforms.sites import reaching, read_site

_KEY = re.compile(r"[0-9a-f]{24}:[0-9a-f]{64}")
_FIELDS = (
    KeyField("site", "Site", "The address under which you reach /ghost", example="https://blog.example.com"),
    KeyField("key", "Admin API key", "Settings > Integrations > Add custom integration", secret=True, example="6489...:1f3e..."),
)


@dataclass(frozen=True, slots=True)
class GhostKeys:
    """A site and an Admin API key."""

    fields: tuple[KeyField, ...] = _FIELDS

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        """The site tells about itself to everybody; listing posts proves the key."""
        site, key = read_site(given.get("site", ""), "site"), given.get("key", "").strip().lower()
        if not _KEY.fullmatch(key):
            raise Rejected("This is no Admin API key: 24 and 64 letters and digits with a colon between", field="key", rule="key_form")
        account = Account(site.host, site.host, site.host, {"path": site.path})
        about = await _about(http, account)
        try:
            await caller(http, Credentials(key)).call("GET", f"{api_of(account)}/posts/", params={"limit": "1", "fields": "id"})
        except ReauthRequired as wrong:
            raise Rejected("The site does not accept this key", field="key", rule="known_key", detail=wrong.detail) from wrong
        title, place = str(about.get("site", "title") or site.host), site.host + site.path
        return [Grant(place, place, title, key, host=site.host, profile={"path": site.path, "version": about.get("site", "version")})]


async def _about(http: httpx2.AsyncClient, account: Account) -> Answer:
    with reaching("site"):
        try:
            told = await Caller("The Ghost site", http, {}, refuse).call("GET", f"{api_of(account)}/site/", accept=(301, 302, 404))
        except Rejected as wrong:
            raise Rejected("There is no Ghost at this address", field="site", rule="other_site", detail=wrong.detail) from wrong
    if told.status >= 300 or told.get("site", "version") is None:
        message = "There is no Ghost at this address: give the one under which you reach /ghost"
        raise Rejected(message, field="site", rule="other_site", detail=told.detail)
    return told


GHOST_KEYS = GhostKeys()
