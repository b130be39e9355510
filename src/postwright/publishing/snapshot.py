"""A post frozen when it was scheduled: what goes out is what the person saw, whatever happens to the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from postwright.platforms.post import Post


def freeze(post: Post) -> dict[str, Any]:
    """The snapshot: {text, title, thread, hashtags, media [file ids], alt_texts, options, format}."""
    return {
        "text": post.text, "title": post.title, "thread": list(post.parts), "hashtags": list(post.hashtags),
        "media": [each.id for each in post.media], "alt_texts": [each.alt for each in post.media],
        "options": dict(post.options), "format": post.format,
    }  # fmt: skip


def post_of(snapshot: Mapping[str, Any], content: str, default_format: str) -> Post:
    """The post that a snapshot stands for, without its media. A row written by hand has only `content`."""
    return Post(
        text=str(snapshot.get("text") or snapshot.get("body") or content),
        format=str(snapshot.get("format") or default_format),
        title=snapshot.get("title") or None,
        parts=tuple(str(each) for each in snapshot.get("thread") or ()),
        hashtags=tuple(str(each).lstrip("#") for each in snapshot.get("hashtags") or ()),
        options=dict(snapshot.get("options") or {}),
    )


def media_of(snapshot: Mapping[str, Any]) -> list[tuple[UUID, str]]:
    """The files of a snapshot in order, each with its alternative text."""
    alts = list(snapshot.get("alt_texts") or ())
    ids = [UUID(str(each)) for each in snapshot.get("media") or ()]
    return [(each, str(alts[i] or "") if i < len(alts) else "") for i, each in enumerate(ids)]
