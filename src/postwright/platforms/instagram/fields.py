"""The options of a post as fields of its container.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

from __future__ import annotations

import json

from postwright.platforms.options import is_on, milliseconds_of, texts_of
from postwright.platforms.post import Media, Post

_MIDDLE = 0.5  # of the picture, both ways: where a name stands that nobody placed


def option_fields(post: Post, cover: Media | None) -> dict[str, str]:
    """What the container of a post is told besides caption and media; `post` is without its cover."""
    options, fields = post.options, {}
    if is_on(options.get("is_ai_generated")):
        fields["is_ai_generated"] = "true"
    if post.format == "story":
        return fields | tagged_people(post, post.media[0])
    if names := [name.lstrip("@") for name in texts_of(options.get("collaborators"))]:
        fields["collaborators"] = json.dumps(names)
    if options.get("location_id"):
        fields["location_id"] = str(options["location_id"])
    if len(post.media) == 1:
        fields |= tagged_people(post, post.media[0])
        fields |= _reel_fields(post, cover) if post.media[0].kind == "video" else {}
    return fields


def tagged_people(post: Post, medium: Media) -> dict[str, str]:
    """People on a photo need a place; in a video and a story they have none."""
    names = [name.lstrip("@") for name in texts_of(post.options.get("user_tags"))]
    placed = {"x": _MIDDLE, "y": _MIDDLE} if medium.kind == "image" and post.format != "story" else {}
    return {"user_tags": json.dumps([{"username": name, **placed} for name in names])} if names else {}


def _reel_fields(post: Post, cover: Media | None) -> dict[str, str]:
    fields = {"share_to_feed": "true" if is_on(post.options.get("share_to_feed", True)) else "false"}
    offset = milliseconds_of(post.options.get("cover_at"))
    if cover is not None:
        return fields | {"cover_url": cover.url}
    return fields if offset is None else fields | {"thumb_offset": str(offset)}
