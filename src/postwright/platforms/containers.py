"""What Instagram and Threads share of containers: Meta fills one by pulling the media, then one call publishes it.

https://developers.facebook.com/docs/instagram-platform/content-publishing, https://developers.facebook.com/docs/threads/posts
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from postwright.platforms.answers import poll
from postwright.platforms.errors import Transient

PATIENCE = 240.0  # seconds for the platform to pull and process the media


async def wait_until_filled(platform: str, status: Callable[[], Awaitable[str]]) -> None:
    """Asks until the container is ready. Raises Transient where that takes too long or the media are gone again."""

    async def ask() -> str | None:
        told = await status()
        return None if told == "IN_PROGRESS" else told

    found = await poll(ask, within=PATIENCE)
    if found is None:
        raise Transient(f"{platform} is still processing the media", retry_after=60)
    if found == "EXPIRED":
        raise Transient(f"{platform} threw the media away after 24 hours; they are brought again", retry_after=5)


def made_at(shown: Mapping[str, Any]) -> float:
    """When a listed post was made, in seconds since 1970; 0 where that is not told."""
    try:
        return datetime.strptime(str(shown.get("timestamp")), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC).timestamp()
    except ValueError:
        return 0.0
