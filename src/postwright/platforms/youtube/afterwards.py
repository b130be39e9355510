"""What may be done with a video that is out: take it down, comment on it.

https://developers.google.com/youtube/v3/docs/videos/delete, /commentThreads/insert, /commentThreads/list
"""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.comments import commenting, forgetting
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.matching import same_text
from postwright.platforms.youtube.answers import API, caller

_PAGE = 100


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    with forgetting():
        await caller(http, credentials).call("DELETE", f"{API}/videos", params={"id": remote_id})


async def comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
    snippet = {"videoId": remote_id, "topLevelComment": {"snippet": {"textOriginal": text}}}
    with commenting():
        answer = await caller(http, credentials).call(
            "POST", f"{API}/commentThreads", params={"part": "snippet"}, json={"snippet": snippet}, sends=True
        )
    return str(answer.need("id"))


async def find_comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
    params = {"part": "snippet", "videoId": remote_id, "order": "time", "maxResults": str(_PAGE), "textFormat": "plainText"}
    with asking("YouTube"):
        answer = await caller(http, credentials).call("GET", f"{API}/commentThreads", params=params)
    listed = answer.get("items")
    for thread in listed if isinstance(listed, list) else []:
        top = ((thread.get("snippet") or {}).get("topLevelComment") or {}).get("snippet") or {}
        author = (top.get("authorChannelId") or {}).get("value")
        if author == account.platform_user_id and same_text(text, str(top.get("textOriginal") or top.get("textDisplay") or "")):
            return str(thread["id"])
    if not isinstance(listed, list) or len(listed) >= _PAGE:
        raise OutcomeUnknown("YouTube's comments do not tell whether this one is among them")
    return None
