"""What may be done with a status that is out: take it down, reply to it.

https://docs.joinmastodon.org/methods/statuses/#delete, #create (in_reply_to_id), #context
"""

from __future__ import annotations

import hashlib

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.comments import commenting
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.mastodon.answers import base_of, caller
from postwright.platforms.mastodon.publish import is_same


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    await caller(http, credentials).call("DELETE", f"{base_of(account)}/api/v1/statuses/{remote_id}", accept=(404,))


async def comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
    """Seen by whom the post is seen. The same comment sent again within an hour is taken once."""
    mastodon, base = caller(http, credentials), base_of(account)
    parent = await mastodon.call("GET", f"{base}/api/v1/statuses/{remote_id}")
    body = {"status": text, "in_reply_to_id": remote_id, "visibility": str(parent.get("visibility") or "unlisted")}
    key = hashlib.sha256(f"{remote_id}\n{text}".encode()).hexdigest()[:36]
    with commenting():
        answer = await mastodon.call("POST", f"{base}/api/v1/statuses", json=body, headers={"Idempotency-Key": key}, sends=True)
    return str(answer.need("id"))


async def find_comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
    with asking("The Mastodon server"):
        answer = await caller(http, credentials).call("GET", f"{base_of(account)}/api/v1/statuses/{remote_id}/context")
    listed = answer.get("descendants")
    if not isinstance(listed, list):
        raise OutcomeUnknown("The Mastodon server answered without a list of replies", detail=answer.detail)
    for shown in listed:
        ours = str((shown.get("account") or {}).get("id")) == account.platform_user_id and str(shown.get("in_reply_to_id")) == remote_id
        if ours and is_same(text, shown):
            return str(shown["id"])
    return None
