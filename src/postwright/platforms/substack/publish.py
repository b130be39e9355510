"""Substack cannot be posted to: a person carries the draft over. Whether it is out, its RSS tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import Rejected
from postwright.platforms.matching import SKEW, same_text
from postwright.platforms.post import Post
from postwright.platforms.substack.feed import read_feed


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    raise Rejected(
        "Substack has no way for programs to publish: take the draft, publish it there and give us its link",
        field="platform",
        rule="hand_off",
    )


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """The article of that title in the feed, once somebody has published it."""
    for item in await read_feed(http, account):
        if same_text(post.title or "", item.title) and item.published_at >= since - SKEW:
            return Receipt(item.link, item.link)
    return None
