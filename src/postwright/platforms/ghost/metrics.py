"""What a Ghost site tells of a post: clicks on its links, and readers' thumbs up. Views are counted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.figures import pick
from postwright.platforms.ghost.answers import api_of, caller

_ASKED = "count.clicks,count.positive_feedback"


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    answer = await caller(http, credentials).call("GET", f"{api_of(account)}/posts/{remote_id}/", params={"include": _ASKED})
    return pick(clicks=answer.get("posts", 0, "count", "clicks"), likes=answer.get("posts", 0, "count", "positive_feedback"))


async def audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """The members of the site, free and paying."""
    answer = await caller(http, credentials).call("GET", f"{api_of(account)}/members/", params={"limit": "1", "fields": "id"})
    return pick(followers=answer.get("meta", "pagination", "total"))
