"""What a WordPress site tells of a post: its comments. Views are counted by plug-ins, each in its own way."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.base import Account, Credentials
from postwright.platforms.figures import pick
from postwright.platforms.wordpress.answers import api_of, caller


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """The number of approved comments stands in a header of their list."""
    params = {"post": remote_id, "per_page": "1"}
    answer = await caller(http, credentials).call("GET", f"{api_of(account)}/comments", params=params)
    return pick(comments=answer.headers.get("x-wp-total"))
