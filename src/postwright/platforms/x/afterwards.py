"""What may be done with a post that is out: take it down, comment on it.

https://docs.x.com/x-api/posts/delete-post, /create-post (reply), /user-posts-timeline-by-user-id
"""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.comments import commenting
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.matching import without_links, without_short_links
from postwright.platforms.x.answers import API, caller


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    """Takes down one post; further parts of a thread stay, as X leaves them."""
    await caller(http, credentials).call("DELETE", f"{API}/tweets/{remote_id}", accept=(404,))


async def comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
    body = {"text": text, "reply": {"in_reply_to_tweet_id": remote_id}}
    with commenting():
        answer = await caller(http, credentials).call("POST", f"{API}/tweets", json=body, sends=True)
    return str(answer.need("data", "id"))


async def find_comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
    """Among what the account posted since; links are left out, because X lists them as its own."""
    url = f"{API}/users/{account.platform_user_id}/tweets"
    params = {"max_results": "100", "since_id": remote_id, "tweet.fields": "referenced_tweets"}
    with asking("X"):
        answer = await caller(http, credentials).call("GET", url, params=params)
        listed = answer.get("data") or ([] if answer.need("meta", "result_count") == 0 else answer.need("data"))
    for shown in listed:
        parents = [str(each.get("id")) for each in shown.get("referenced_tweets") or [] if each.get("type") == "replied_to"]
        if remote_id in parents and without_short_links(str(shown.get("text", ""))) == without_links(text):
            return str(shown["id"])
    if len(listed) >= 100:
        raise OutcomeUnknown("There are more recent posts at X than it lists at once")
    return None
