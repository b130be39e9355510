"""Links, mentions and hashtags of a Bluesky post: facets by UTF-8 byte offset (https://docs.bsky.app/docs/advanced-guides/post-richtext)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from postwright.kit.text import Entity, extract_hashtags, extract_urls

Resolve = Callable[[str], Awaitable[str | None]]
_MENTION = re.compile(r"(?<![\w@./])@(?P<handle>(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]{0,61})(?![\w@])")
_MAX_TAG = 64  # graphemes; bytes 640


async def facets_of(text: str, resolve: Resolve) -> list[dict[str, Any]]:
    """Facets in order. A mention of a handle that does not exist stays plain text."""
    found = [
        _facet(text, url.start, url.end, {"$type": "app.bsky.richtext.facet#link", "uri": _address(url)}) for url in extract_urls(text)
    ]
    found += [
        _facet(text, tag.start, tag.end, {"$type": "app.bsky.richtext.facet#tag", "tag": tag.value})
        for tag in extract_hashtags(text)
        if len(tag.value) <= _MAX_TAG
    ]
    for mention in _MENTION.finditer(text):
        if did := await resolve(mention["handle"].lower()):
            found.append(_facet(text, mention.start(), mention.end(), {"$type": "app.bsky.richtext.facet#mention", "did": did}))
    return _apart(sorted(found, key=lambda facet: facet["index"]["byteStart"]))


def _facet(text: str, start: int, end: int, feature: dict[str, Any]) -> dict[str, Any]:
    before = len(text[:start].encode())
    return {"index": {"byteStart": before, "byteEnd": before + len(text[start:end].encode())}, "features": [feature]}


def _address(url: Entity) -> str:
    return url.value if "://" in url.value[:8] else f"https://{url.value}"


def _apart(facets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those that overlap an earlier one: a handle is a domain name too."""
    kept: list[dict[str, Any]] = []
    for facet in facets:
        if not kept or facet["index"]["byteStart"] >= kept[-1]["index"]["byteEnd"]:
            kept.append(facet)
    return kept
