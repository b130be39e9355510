"""What may be done with a post that is out: take it down, comment on it (https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments)."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.instagram.publish import API
from postwright.platforms.meta import caller
from postwright.platforms.meta_comments import delete_node, look_for_comment, write_comment


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    await delete_node(caller("Instagram", http, credentials), API, remote_id)


async def comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
    return await write_comment(caller("Instagram", http, credentials), API, remote_id, text)


async def find_comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
    return await look_for_comment(caller("Instagram", http, credentials), API, remote_id, text, "text")
