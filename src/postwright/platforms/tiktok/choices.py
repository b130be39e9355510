"""What a creator may choose just now, and what TikTok wants them to see of it.

https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.tiktok.answers import API, caller
from postwright.platforms.tiktok.limits import LONGEST
from postwright.platforms.tiktok.options import AUDIENCES


async def read_choices(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, Any]:
    """`privacy_level`: (value, words) of each audience on offer. `shown`: to be shown beside the options, the nickname first.
    `forced`: flags that the creator's own settings keep off."""
    tiktok = caller(http, credentials)
    creator = await tiktok.call("POST", f"{API}/post/publish/creator_info/query/", json={})
    if (refused := tiktok.refuse(creator)) is not None:
        raise refused
    words, longest = dict(AUDIENCES), creator.get("data", "max_video_post_duration_sec")
    shown = {
        "Posts as": creator.get("data", "creator_nickname"),
        "Longest video, in seconds": longest,
    }
    return {
        LONGEST: longest if isinstance(longest, int) else None,
        "privacy_level": [(level, words.get(level, level)) for level in creator.need("data", "privacy_level_options")],
        "shown": {name: value for name, value in shown.items() if value is not None},
        "forced": [f"allow_{name}" for name in ("comment", "duet", "stitch") if creator.get("data", f"{name}_disabled") is True],
        "picture": creator.get("data", "creator_avatar_url"),
    }
