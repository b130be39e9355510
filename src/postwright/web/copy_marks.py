"""What readers of a platform see of a post besides its text and media, as the platform's own folder tells it."""

from __future__ import annotations

from postwright.platforms.readers import SENSITIVE, Extra
from postwright.platforms.registry import face_of


def marks_of(platform: str, extra: Extra) -> tuple[str, ...]:
    """In words, in the order in which a reader meets them."""
    return tuple(face_of(platform).readers.marks(extra))


def warning_of(platform: str, extra: Extra) -> str | None:
    """The words behind which the post, or its media, are hidden until a reader opens them."""
    return face_of(platform).readers.warning(extra)


def hides_words(platform: str, warning: str | None) -> bool:
    """Whether the warning stands before the words too; most hide the media only, and one without words of its own always does."""
    return warning not in (None, SENSITIVE) and face_of(platform).readers.hides_words


def link_of(extra: Extra) -> str | None:
    """Where a link card leads."""
    link = extra.get("link")
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else None
