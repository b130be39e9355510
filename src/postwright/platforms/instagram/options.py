"""What Instagram is told besides caption and media."""

from __future__ import annotations

from postwright.platforms.base import Option

_MEDIA = "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media"  # checked 2026-11-21
_NOT_STORIES = ("feed", "carousel", "reel")

OPTIONS = (
    Option(
        "collaborators",
        "Collaborators",
        "list",
        "Names of accounts that are invited to share the post.",
        formats=_NOT_STORIES,
        limit=3,
        source=_MEDIA,
    ),
    Option("user_tags", "Tagged people", "list", "Names of public accounts; on a photo they stand in its middle.", limit=20, source=_MEDIA),
    Option("location_id", "Location", "text", "The id of a Page that has a place.", formats=_NOT_STORIES, limit=32, source=_MEDIA),
    Option("cover", "Cover picture", "file", "An image of the post that is the Reel's cover.", formats=("reel",), source=_MEDIA),
    Option("cover_at", "Cover frame", "number", "A moment of the video in seconds.", formats=("reel",), source=_MEDIA),
    Option("share_to_feed", "Show the Reel in the feed too", "flag", formats=("reel",), default=True, source=_MEDIA),
    Option("is_ai_generated", "Made with AI", "flag", "Instagram labels the post.", default=False, source=_MEDIA),
)
