"""How many of the day's posts Threads has counted: 250 in 24 hours, and apart from them 1000 replies: a thread's further parts,
first comments.

https://developers.facebook.com/docs/threads/overview (quota_usage, config), and of replies /docs/threads/retrieve-and-manage-replies
(reply_quota_usage, reply_config)
"""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Caller
from postwright.platforms.capabilities import Quota
from postwright.platforms.errors import PlatformError, QuotaExhausted, ReauthRequired
from postwright.platforms.meta_quota import read_quota
from postwright.platforms.threads.answers import API, caller
from postwright.platforms.threads.limits import FACTS

_AGAIN = 3600.0  # seconds: the window moves along, and Threads does not tell when there is room


async def quota(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Quota:
    return await read_quota(caller(http, credentials), _address(account), FACTS["posts_per_day"].source)


async def need_room_for_replies(threads: Caller, account: Account, wanted: int) -> None:
    """Before the first of so many replies. Raises QuotaExhausted where fewer are left: a thread is not begun that cannot be ended.

    Where Threads does not tell, nobody is stopped: its answer to the reply itself will."""
    try:
        left = await read_quota(threads, _address(account), FACTS["replies_per_day"].source, "replies_per_day", "reply_")
    except ReauthRequired:
        raise
    except PlatformError:
        return
    if left.used + wanted > left.limit:
        words = f"Threads takes {left.limit} replies from this account in {left.seconds / 3600:g} hours, and {left.used} are used up"
        raise QuotaExhausted(f"{words}: {wanted} more wait until there is room", wait=_AGAIN)


def _address(account: Account) -> str:
    return f"{API}/{account.platform_user_id}/threads_publishing_limit"
