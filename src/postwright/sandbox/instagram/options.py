"""What a container is told besides caption and media, held to Instagram's rules."""

from __future__ import annotations

from typing import Any

from postwright.sandbox.instagram.answers import bad_option
from postwright.sandbox.wire import Form

COLLABORATORS, TAGS = 3, 20
REELS_ONLY = ("cover_url", "thumb_offset", "share_to_feed")


def checked_options(form: Form, kind: str) -> dict[str, Any]:
    """The options of a container. Raises a refusal in Instagram's words."""
    told: dict[str, Any] = {}
    if (collaborators := form.json("collaborators")) is not None:
        told["collaborators"] = _collaborators(collaborators, kind)
    if (tags := form.json("user_tags")) is not None:
        told["user_tags"] = [_tag(tag, kind) for tag in _few(tags)]
    if location := form.text("location_id"):
        if not location.isdigit() or kind == "STORIES":
            raise bad_option("Invalid location", "location_id must be the id of a Page with a location.")
        told["location_id"] = location
    return told | _reel_options(form, kind)


def _collaborators(names: Any, kind: str) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise bad_option("Invalid collaborators", "collaborators must be an array of user names.")
    if len(names) > COLLABORATORS or kind == "STORIES":
        raise bad_option("Too many collaborators", f"A post takes up to {COLLABORATORS} collaborators, a story none.")
    return names


def _few(tags: Any) -> list[Any]:
    if not isinstance(tags, list):
        raise bad_option("Invalid user tags", "user_tags must be an array of people.")
    if len(tags) > TAGS:
        raise bad_option("Too many tags", f"Cannot use more than {TAGS} tags per created media.", 2207040)
    return tags


def _tag(tag: Any, kind: str) -> str:
    """A name; on a photo with its place."""
    if not isinstance(tag, dict) or not isinstance(tag.get("username"), str):
        raise bad_option("Invalid user tags", "Each of user_tags needs a username.")
    placed = all(isinstance(tag.get(name), int | float) and 0 <= tag[name] <= 1 for name in ("x", "y"))
    if kind == "IMAGE" and not placed:
        raise bad_option("Invalid user tags", "On a photo each of user_tags needs x and y from 0.0 to 1.0.")
    if kind == "REELS" and ("x" in tag or "y" in tag):
        raise bad_option("Invalid user tags", "In a reel user_tags take no x and y.")
    return str(tag["username"])


def _reel_options(form: Form, kind: str) -> dict[str, Any]:
    given = [name for name in REELS_ONLY if form.text(name) is not None]
    if given and kind != "REELS":
        raise bad_option("Invalid parameter", f"{given[0]} is for reels only.")
    offset = form.text("thumb_offset")
    if offset is not None and not offset.isdigit():
        raise bad_option("Invalid thumb offset", "thumb_offset must be milliseconds.", 2207057)
    return {name: form.flag(name) if name == "share_to_feed" else form.text(name) for name in given}
