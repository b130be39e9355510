"""Addresses of posts at Threads: the code in them is no id of the API, so the account's list of posts is asked.

https://developers.facebook.com/docs/threads/retrieve-and-discover-posts/retrieve-posts
"""

from __future__ import annotations

import re

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.threads.answers import API, caller

_CODE = re.compile(r"/post/([\w-]{5,40})/?(?:[?#].*)?$")


async def find_link(http: httpx2.AsyncClient, account: Account, credentials: Credentials, link: str) -> str | None:
    wanted = _CODE.search(link)
    if wanted is None:
        return None
    params = {"fields": "id,permalink", "limit": "100"}
    listed = await caller(http, credentials).call("GET", f"{API}/{account.platform_user_id}/threads", params=params)
    for shown in listed.need("data"):
        code = _CODE.search(str(shown.get("permalink") or ""))
        if code is not None and code[1] == wanted[1]:
            return str(shown["id"])
    return None
