"""A first comment at Threads is a reply: a text container under the post, published."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.matching import same_text
from postwright.platforms.threads.answers import API, caller
from postwright.platforms.threads.quota import need_room_for_replies

_PAGE = 100


async def comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
    """A container of text alone is ready at once, so there is nothing to wait for."""
    threads, url = caller(http, credentials), f"{API}/{account.platform_user_id}"
    await need_room_for_replies(threads, account, 1)
    fields = {"media_type": "TEXT", "text": text, "reply_to_id": remote_id}
    container = str((await threads.call("POST", f"{url}/threads", data=fields)).need("id"))
    answer = await threads.call("POST", f"{url}/threads_publish", data={"creation_id": container}, sends=True)
    return str(answer.need("id"))


async def find_comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
    """Looks through the newest replies under the post. Whose a reply is Threads tells itself: by name it could not be told of an
    account that was renamed (https://developers.facebook.com/docs/threads/reply-management)."""
    params = {"fields": "id,text,is_reply_owned_by_me", "limit": str(_PAGE), "reverse": "true"}
    with asking("Threads"):
        listed = (await caller(http, credentials).call("GET", f"{API}/{remote_id}/replies", params=params)).need("data")
    alike = [shown for shown in listed if same_text(text, str(shown.get("text") or ""))]
    for shown in alike:
        if shown.get("is_reply_owned_by_me") is True:
            return str(shown["id"])
    if any(shown.get("is_reply_owned_by_me") is not False for shown in alike):
        raise OutcomeUnknown("Threads has a reply with these words, and does not tell whose it is")
    if len(listed) >= _PAGE:
        raise OutcomeUnknown("There are more replies at Threads than it lists at once")
    return None
