"""Taking a post down at Threads (https://developers.facebook.com/docs/threads/posts/delete-posts)."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer
from postwright.platforms.threads.answers import API, caller

GONE = 33  # error_subcode: there is no such object


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    threads = caller(http, credentials)
    answer = await threads.call("DELETE", f"{API}/{remote_id}", accept=(400, 404))
    if answer.status >= 400 and not _is_gone(answer):
        raise threads.refuse(answer) or answer.unclear("Threads did not tell whether the post is gone")


def _is_gone(answer: Answer) -> bool:
    return bool(answer.get("error", "code") == 100) and bool(answer.get("error", "error_subcode") == GONE)
