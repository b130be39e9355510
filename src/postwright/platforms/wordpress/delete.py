"""Taking a post down: into the site's trash, where its owner can bring it back."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.wordpress.answers import api_of, caller

_GONE = {"rest_post_invalid_id", "rest_already_trashed"}


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    site = caller(http, credentials)
    answer = await site.call("DELETE", f"{api_of(account)}/posts/{remote_id}", accept=(404, 410))
    if answer.status >= 400 and answer.get("code") not in _GONE:
        raise site.refuse(answer) or answer.unclear("The WordPress site did not tell whether the post is gone")
