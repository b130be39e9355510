"""Taking a post down at Ghost: for good, it has no trash (https://docs.ghost.org/admin-api/posts/deleting-a-post)."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.ghost.answers import api_of, caller, refuse


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    answer = await caller(http, credentials).call("DELETE", f"{api_of(account)}/posts/{remote_id}/", accept=(404,))
    if answer.status == 404 and answer.get("errors", 0, "type") != "NotFoundError":
        raise refuse(answer) or answer.unclear("The Ghost site did not tell whether the post is gone")
