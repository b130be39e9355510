"""How many of the day's posts Instagram has counted: 50 to 100 in 24 hours, by account."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.capabilities import Quota
from postwright.platforms.instagram.limits import FACTS
from postwright.platforms.instagram.publish import API
from postwright.platforms.meta import caller
from postwright.platforms.meta_quota import read_quota


async def quota(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Quota:
    instagram = caller("Instagram", http, credentials)
    return await read_quota(instagram, f"{API}/{account.platform_user_id}/content_publishing_limit", FACTS["posts_per_day"].source)
