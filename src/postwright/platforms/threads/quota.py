"""How many of the day's posts Threads has counted: 250 in 24 hours. Replies, a thread's further parts among them, are counted apart."""

from __future__ import annotations

import httpx2

from postwright.platforms.base import Account, Credentials, Quota
from postwright.platforms.meta_quota import read_quota
from postwright.platforms.threads.answers import API, caller
from postwright.platforms.threads.limits import FACTS


async def quota(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Quota:
    threads = caller(http, credentials)
    return await read_quota(threads, f"{API}/{account.platform_user_id}/threads_publishing_limit", FACTS["posts_per_day"].source)
