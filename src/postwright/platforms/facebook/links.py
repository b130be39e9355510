"""Addresses of posts of a Page: some carry the post's number, others letters that only Facebook can read ("pfbid…")."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from postwright.platforms.account import Account
from postwright.platforms.facebook.videos import full_id

_POST = re.compile(r"/[^/]+/posts/(?:[^/]+/)?(\d{5,30})/?|/(\d{5,30}_\d{5,30})/?")
_VIDEO = re.compile(r"/(?:reel|[^/]+/videos(?:/[^/]+)?)/(\d{5,30})/?")


def post_at(account: Account, link: str) -> str | None:
    parts = urlsplit(link)
    asked = parse_qs(parts.query)
    if parts.path in ("/permalink.php", "/story.php") and asked.get("story_fbid", [""])[0].isdecimal():
        return full_id(account, asked["story_fbid"][0])
    if found := _POST.fullmatch(parts.path):
        return full_id(account, found[1] or found[2])
    video = _VIDEO.fullmatch(parts.path)
    return video[1] if video else None
