"""What Substack tells outside of its own pages: the comments, in feeds that carry them. Nothing else, ever."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.figures import pick
from postwright.platforms.substack.feed import read_feed


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Of an article that its feed no longer lists: nothing."""
    item = next((each for each in await read_feed(http, account) if each.link == remote_id), None)
    return pick(comments=item.comments if item else None)
