"""The playlists of a channel (https://developers.google.com/youtube/v3/docs/playlists/list)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.youtube.answers import API, caller


async def read_choices(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, Any]:
    """`playlist_id`: (id, title) of the channel's first 50 playlists."""
    params = {"part": "snippet", "mine": "true", "maxResults": "50"}
    listed = (await caller(http, credentials).call("GET", f"{API}/playlists", params=params)).get("items") or []
    return {
        "playlist_id": [(str(each["id"]), str((each.get("snippet") or {}).get("title") or each["id"])) for each in listed if each.get("id")]
    }
