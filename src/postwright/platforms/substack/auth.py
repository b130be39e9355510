"""Connecting a publication: its address alone. There is no key, because there is nothing to unlock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from postwright.platforms.account import Account
from postwright.platforms.auth import Grant, KeyField
from postwright.platforms.errors import OutcomeUnknown, Rejected
from postwright.platforms.sites import reaching, read_site
from postwright.platforms.substack.feed import read_feed

_FIELDS = (KeyField("site", "Publication", "The address of the publication", example="https://example.substack.com"),)


@dataclass(frozen=True, slots=True)
class SubstackKeys:
    """A publication's address."""

    fields: tuple[KeyField, ...] = _FIELDS

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        site = read_site(given.get("site", ""), "site")
        with reaching("site"):
            try:
                await read_feed(http, Account(site.host, site.host, site.host, {"path": site.path}))
            except OutcomeUnknown as wrong:
                raise Rejected(
                    "There is no publication with a feed at this address", field="site", rule="other_site", detail=wrong.detail
                ) from wrong
        return [Grant(site.host, site.host, site.host, "none", host=site.host, profile={"path": site.path})]


SUBSTACK_KEYS = SubstackKeys()
