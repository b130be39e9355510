"""What Instagram tells of a post (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.base import Account, Credentials
from postwright.platforms.figures import pick
from postwright.platforms.instagram.publish import API
from postwright.platforms.meta import caller

_NAMES = {"views": "views", "likes": "likes", "comments": "comments", "shares": "shares", "saved": "saves"}


async def measure(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
    """Instagram leaves out what it has no data for: that is absent here too, not 0."""
    instagram = caller("Instagram", http, credentials)
    answer = await instagram.call("GET", f"{API}/{remote_id}/insights", params={"metric": ",".join(_NAMES)})
    listed = answer.get("data") or []
    told = {entry["name"]: (entry.get("values") or [{}])[0].get("value") for entry in listed if entry.get("name") in _NAMES}
    return pick(**{_NAMES[name]: value for name, value in told.items()})
