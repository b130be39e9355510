"""What a WordPress site tells: of a post its comments, of an account its posts.

Views and followers are counted by plug-ins, each in its own way; WordPress itself knows neither.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.figures import pick
from postwright.platforms.wordpress.answers import api_of, caller


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """The number of approved comments stands in a header of their list."""
    params = {"post": remote_id, "per_page": "1"}
    answer = await caller(http, credentials).call("GET", f"{api_of(account)}/comments", params=params)
    return pick(comments=answer.headers.get("x-wp-total"))


async def audience(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
    """The number of articles that the author has out (https://developer.wordpress.org/rest-api/reference/posts/#list-posts)."""
    params = {"author": account.platform_user_id, "status": "publish", "per_page": "1", "_fields": "id"}
    answer = await caller(http, credentials).call("GET", f"{api_of(account)}/posts", params=params)
    return pick(posts=answer.headers.get("x-wp-total"))
