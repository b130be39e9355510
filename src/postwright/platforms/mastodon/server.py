"""What one server takes: Mastodon's own administrators, and its relatives (Pleroma, GoToSocial, …), set other limits.

https://docs.joinmastodon.org/entities/Instance/#configuration; servers without /api/v2/instance tell the like under /api/v1/instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx2

from postwright.kit.counting import mastodon_counter
from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer
from postwright.platforms.errors import Rejected
from postwright.platforms.mastodon.answers import base_of, caller
from postwright.platforms.mastodon.limits import FACTS, RULES, check_by
from postwright.platforms.post import Post
from postwright.platforms.rules import Finding, Rules, Shape

SERVER = "server"  # in an account's profile
SOURCE = "https://docs.joinmastodon.org/entities/Instance/#configuration"
_OF_STATUSES = {"max_characters": "max_characters", "max_media_attachments": "max_media", "characters_reserved_per_url": "link"}
_OF_MEDIA = {
    "image_size_limit": "image_bytes", "image_matrix_limit": "image_pixels", "video_size_limit": "video_bytes",
    "video_matrix_limit": "video_pixels", "video_frame_rate_limit": "frames", "description_limit": "alt_text",
}  # fmt: skip
_MOST = 2**40  # what is told is believed up to here
_MOST_TYPES = 100


async def read_server(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, Any]:
    """Its limits under our names; what it does not tell is absent."""
    return limits_of(await _ask(http, base_of(account), credentials))


async def _ask(http: httpx2.AsyncClient, base: str, credentials: Credentials) -> Answer:
    mastodon = caller(http, credentials)
    with suppress(Rejected):
        return await mastodon.call("GET", f"{base}/api/v2/instance")
    return await mastodon.call("GET", f"{base}/api/v1/instance")


def limits_of(answer: Answer) -> dict[str, Any]:
    """Whole positive numbers, and types of media, of what a server tells of itself."""
    found: dict[str, Any] = {}
    for group, names in (("statuses", _OF_STATUSES), ("media_attachments", _OF_MEDIA)):
        for theirs, ours in names.items():
            if _is_limit(number := answer.get("configuration", group, theirs)):
                found[ours] = number
    if "max_characters" not in found and _is_limit(number := answer.get("max_toot_chars")):  # Pleroma, by v1
        found["max_characters"] = number
    types = answer.get("configuration", "media_attachments", "supported_mime_types")
    if isinstance(types, list) and types:
        found["mime_types"] = [str(each)[:100] for each in types[:_MOST_TYPES]]
    return found


def rules_for(format: str, told: Mapping[str, Any]) -> Rules:
    """The rules of the account's server: its own limits, and Mastodon's where it told none."""
    server = told.get(SERVER)
    if not isinstance(server, Mapping) or not server:
        return RULES
    types = tuple(each for each in server.get("mime_types", ()) if isinstance(each, str))
    return replace(
        RULES,
        limit=_of(server, "max_characters", RULES.limit),
        count=mastodon_counter(_of(server, "link", FACTS["link"].number)),
        source=SOURCE,
        media_source=SOURCE,
        max_images=_of(server, "max_media", RULES.max_images),
        max_image_bytes=_of(server, "image_bytes", RULES.max_image_bytes),
        max_video_bytes=_of(server, "video_bytes", RULES.max_video_bytes),
        alt_limit=_of(server, "alt_text", RULES.alt_limit or FACTS["alt_text"].number),
        image_mime_types=_some("image/", types) or RULES.image_mime_types,
        video_mime_types=_some("video/", types) or RULES.video_mime_types,
        max_pixels={kind: server[name] for kind, name in _PIXELS if _is_limit(server.get(name))},
        fps=(0.0, float(server["frames"])) if _is_limit(server.get("frames")) else RULES.fps,
        shapes={name: _shape(shape) for name, shape in RULES.shapes.items()},
    )


def check_told(post: Post, told: Mapping[str, Any]) -> list[Finding]:
    """What the account's server would refuse in the post."""
    return check_by(post, rules_for(post.format, told))


_PIXELS = (("image", "image_pixels"), ("video", "video_pixels"))


def _shape(shape: Shape) -> Shape:
    return replace(shape, source=SOURCE)


def _some(kind: str, types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in types if each.startswith(kind))


def _of(server: Mapping[str, Any], name: str, otherwise: int) -> int:
    number = server.get(name)
    return int(number) if number is not None and _is_limit(number) else otherwise


def _is_limit(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number <= _MOST
