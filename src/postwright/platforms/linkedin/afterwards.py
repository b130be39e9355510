"""What may be done with a post that is out: take it down, comment on it.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api and /comments-api
"""

from __future__ import annotations

from urllib.parse import quote

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.comments import commenting
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.linkedin.answers import API, caller, urn_of
from postwright.platforms.matching import same_text

_PAGE = 100


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    """LinkedIn answers the same for a post that is gone."""
    headers = {"X-RestLi-Method": "DELETE"}
    await caller(http, credentials).call("DELETE", f"{API}/posts/{quote(remote_id, safe='')}", headers=headers, accept=(404,))


async def comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
    """A comment is plain text, not little text. Its id is the comment's urn."""
    body = {"actor": urn_of(account), "object": remote_id, "message": {"text": text}}
    with commenting():
        answer = await caller(http, credentials).call("POST", _address(remote_id), json=body, sends=True)
    return str(answer.get("commentUrn") or f"urn:li:comment:({remote_id},{answer.need('id')})")


async def find_comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
    with asking("LinkedIn"):
        answer = await caller(http, credentials).call("GET", _address(remote_id), params={"count": str(_PAGE)})
    listed = answer.get("elements")
    for shown in listed if isinstance(listed, list) else []:
        if shown.get("actor") == urn_of(account) and same_text(text, str((shown.get("message") or {}).get("text") or "")):
            return str(shown.get("commentUrn") or f"urn:li:comment:({remote_id},{shown['id']})")
    if not isinstance(listed, list) or len(listed) >= _PAGE:
        raise OutcomeUnknown("LinkedIn's comments do not tell whether this one is among them")
    return None


def _address(urn: str) -> str:
    return f"{API}/socialActions/{quote(urn, safe='')}/comments"
