"""The platforms that Postwright publishes to: an explicit list."""

from __future__ import annotations

from collections.abc import Iterable

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
from postwright.platforms.facts import NO_FACE, Face

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


def resolve_alias(name: str) -> str:
    """The slug for a name people use: "twitter" is "x". An unknown name comes back as it is, in lower case."""
    slug = name.strip().lower()
    return next((each.slug for each in REGISTRY.values() if slug in each.face.aliases), slug)


def get(slug: str) -> Platform:
    """The platform; raises InvalidInput that names the ones there are."""
    platform = REGISTRY.get(resolve_alias(slug))
    if platform is None:
        raise InvalidInput(f"There is no platform {slug!r}: choose from {', '.join(REGISTRY)}", field="platform", rule="known_platform")
    return platform


def face_of(slug: str) -> Face:
    """How a platform stands before people. Rows of one that this release does not have stay readable: it has a plain face."""
    platform = REGISTRY.get(slug)
    return NO_FACE if platform is None else platform.face


def name_of(slug: str) -> str:
    """What people call it; one that this release does not have goes by its slug."""
    platform = REGISTRY.get(slug)
    return slug.capitalize() if platform is None else platform.name


def mark_of(slug: str) -> str:
    """Two letters that stand for it where there is no room."""
    return face_of(slug).mark or slug[:2].capitalize()


def in_order(platforms: Iterable[str]) -> list[str]:
    """Platforms as people see them everywhere: each at its place, those without one by name."""
    return sorted(platforms, key=lambda slug: (face_of(slug).place, slug))


def usual() -> list[str]:
    """The platforms that a newcomer is offered unasked."""
    return [slug for slug, each in REGISTRY.items() if each.face.usual]
