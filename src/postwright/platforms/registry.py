"""The platforms that Postwright publishes to: an explicit list."""

from __future__ import annotations

from typing import Any

from postwright.errors import InvalidInput
from postwright.platforms import linkedin, x
from postwright.platforms.base import Platform
from postwright.platforms.bluesky import limits as bluesky
from postwright.platforms.facebook import limits as facebook
from postwright.platforms.instagram import limits as instagram
from postwright.platforms.mastodon import limits as mastodon
from postwright.platforms.tiktok import limits as tiktok
from postwright.platforms.youtube import limits as youtube

_PENDING: Any = None

REGISTRY: dict[str, Platform] = {
    "youtube": Platform("youtube", "YouTube", ("www.googleapis.com",), youtube.RULES, _PENDING, youtube.check),
    "tiktok": Platform("tiktok", "TikTok", ("open.tiktokapis.com",), tiktok.RULES, _PENDING, tiktok.check),
    "instagram": Platform("instagram", "Instagram", ("graph.instagram.com",), instagram.RULES, _PENDING, instagram.check),
    "x": x.PLATFORM,
    "linkedin": linkedin.PLATFORM,
    "facebook": Platform("facebook", "Facebook", ("graph.facebook.com", "rupload.facebook.com"), facebook.RULES, _PENDING, facebook.check),
    "bluesky": Platform("bluesky", "Bluesky", (), bluesky.RULES, _PENDING, bluesky.check),
    "mastodon": Platform("mastodon", "Mastodon", (), mastodon.RULES, _PENDING, mastodon.check),
}

ALIASES = {"twitter": "x", "ig": "instagram", "fb": "facebook", "yt": "youtube", "bsky": "bluesky"}


def resolve_alias(name: str) -> str:
    """The slug for a name people use: "twitter" is "x". An unknown name comes back as it is, in lower case."""
    slug = name.strip().lower()
    return ALIASES.get(slug, slug)


def get(slug: str) -> Platform:
    """The platform; raises InvalidInput that names the ones there are."""
    platform = REGISTRY.get(resolve_alias(slug))
    if platform is None:
        raise InvalidInput(f"There is no platform {slug!r}: choose from {', '.join(REGISTRY)}", field="platform", rule="known_platform")
    return platform
