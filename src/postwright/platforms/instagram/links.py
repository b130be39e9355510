"""Addresses of posts at Instagram: the code in them is no id of the API, so the account's list of media is asked.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

from __future__ import annotations

import re

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.instagram.publish import API
from postwright.platforms.meta import caller

_CODE = re.compile(r"/(?:p|reel|reels|tv)/([\w-]{5,40})/?(?:[?#].*)?$")


async def find_link(http: httpx2.AsyncClient, account: Account, credentials: Credentials, link: str) -> str | None:
    """By the code alone: the same post has several addresses."""
    wanted = _CODE.search(link)
    if wanted is None:
        return None
    params = {"fields": "id,permalink", "limit": "100"}
    listed = await caller("Instagram", http, credentials).call("GET", f"{API}/{account.platform_user_id}/media", params=params)
    for shown in listed.need("data"):
        code = _CODE.search(str(shown.get("permalink") or ""))
        if code is not None and code[1] == wanted[1]:
            return str(shown["id"])
    return None
