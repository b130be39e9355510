"""The platforms that Postwright publishes to: an explicit list."""

from __future__ import annotations

from postwright.errors import InvalidInput
from postwright.platforms import (
    bluesky,
    discord,
    facebook,
    ghost,
    instagram,
    linkedin,
    mastodon,
    substack,
    telegram,
    threads,
    tiktok,
    webhook,
    wordpress,
    x,
    youtube,
)
from postwright.platforms.base import Platform

REGISTRY: dict[str, Platform] = {
    "youtube": youtube.PLATFORM,
    "tiktok": tiktok.PLATFORM,
    "instagram": instagram.PLATFORM,
    "x": x.PLATFORM,
    "linkedin": linkedin.PLATFORM,
    "facebook": facebook.PLATFORM,
    "bluesky": bluesky.PLATFORM,
    "mastodon": mastodon.PLATFORM,
    "threads": threads.PLATFORM,
    "telegram": telegram.PLATFORM,
    "discord": discord.PLATFORM,
    "wordpress": wordpress.PLATFORM,
    "ghost": ghost.PLATFORM,
    "substack": substack.PLATFORM,
    "webhook": webhook.PLATFORM,
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
