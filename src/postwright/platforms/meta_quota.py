"""What Instagram and Threads tell of an account's posts in the last 24 hours.

Both answer alike, in `data[0]`: quota_usage, and config with quota_total and quota_duration. Read in November 2026:
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/content_publishing_limit and
https://developers.facebook.com/docs/threads/overview
"""

from __future__ import annotations

from postwright.platforms.answers import Caller
from postwright.platforms.capabilities import Quota


async def read_quota(platform: Caller, address: str, source: str, budget: str = "posts_per_day", prefix: str = "") -> Quota:
    """Of posts; with the `prefix` "reply_" those of Threads that are counted apart. Raises Transient for an answer that tells
    no numbers."""
    usage, config = f"{prefix}quota_usage", f"{prefix}config"
    answer = await platform.call("GET", address, params={"fields": f"{usage},{config}"})
    used, limit = answer.get("data", 0, usage), answer.get("data", 0, config, "quota_total")
    seconds = answer.get("data", 0, config, "quota_duration")
    if not (_counts(used, 0) and _counts(limit, 1) and _counts(seconds, 1)):
        raise answer.unclear(f"{platform.platform} did not tell how many posts it has counted")
    return Quota(used, limit, seconds, source, budget)


def _counts(number: object, least: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and least <= number < 2**31
