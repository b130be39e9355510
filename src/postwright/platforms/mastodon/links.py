"""Addresses of posts at a Mastodon server: /@name/id, and /users/name/statuses/id where programs look."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from postwright.platforms.account import Account
from postwright.platforms.mastodon.answers import base_of

_POST = re.compile(r"/(?:web/)?(?:@[\w.]+|(?:users/[\w.]+/)?statuses)/(\d{1,30})/?")


def post_at(account: Account, link: str) -> str | None:
    """At the account's own server: another one knows the post by another id."""
    parts = urlsplit(link)
    found = _POST.fullmatch(parts.path)
    return found[1] if found and parts.netloc.lower() == urlsplit(base_of(account)).netloc.lower() else None
