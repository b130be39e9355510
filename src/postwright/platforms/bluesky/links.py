"""Addresses of posts at Bluesky: they carry the record's key (https://atproto.com/specs/at-uri-scheme)."""

from __future__ import annotations

import re

from postwright.platforms.account import Account
from postwright.platforms.bluesky.records import COLLECTION

_POST = re.compile(r"https?://(?:www\.)?bsky\.app/profile/([^/?#]+)/post/([A-Za-z0-9._~:-]{1,64})/?(?:[?#].*)?")


def post_at(account: Account, link: str) -> str | None:
    """Of the account's own posts only: by its DID, or by a name, of which accounts have more than one in their time."""
    found = _POST.fullmatch(link)
    if found is None or (found[1].startswith("did:") and found[1] != account.platform_user_id):
        return None
    return f"at://{account.platform_user_id}/{COLLECTION}/{found[2]}"
