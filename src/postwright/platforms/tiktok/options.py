"""What TikTok is told besides text and media.

Its rules for apps that post (https://developers.tiktok.com/doc/content-sharing-guidelines, checked 2026-11-21): nobody chooses the
audience but the creator, nothing is ticked beforehand (so comments, duets and stitches are off until somebody allows them; greyed
out where the creator's own settings have them off), and the creator agrees to the use of music.
"""

from __future__ import annotations

from postwright.platforms.base import Option

_POST = "https://developers.tiktok.com/doc/content-posting-api-reference-direct-post"
_PHOTO = "https://developers.tiktok.com/doc/content-posting-api-reference-photo-post"
_RULES = "https://developers.tiktok.com/doc/content-sharing-guidelines"

AUDIENCES = (
    ("PUBLIC_TO_EVERYONE", "Everyone"),
    ("MUTUAL_FOLLOW_FRIENDS", "Friends"),
    ("FOLLOWER_OF_CREATOR", "Followers"),
    ("SELF_ONLY", "Only you"),
)
OPTIONS = (
    Option("privacy_level", "Who may see it", "choice", "TikTok has no default.", AUDIENCES, asked=True, required=True, source=_POST),
    Option("allow_comment", "Allow comments", "flag", "Off unless you tick it, as TikTok asks.", default=False, source=_RULES),
    Option("allow_duet", "Allow duets", "flag", formats=("video",), default=False, source=_RULES),
    Option("allow_stitch", "Allow stitches", "flag", formats=("video",), default=False, source=_RULES),
    Option(
        "brand_organic_toggle", "Promotes your own brand", "flag", "TikTok labels it as promotional content.", default=False, source=_POST
    ),
    Option(
        "brand_content_toggle", "Paid partnership", "flag", "TikTok labels it; such a post cannot be private.", default=False, source=_POST
    ),
    Option(
        "is_aigc",
        "Made with AI",
        "flag",
        "TikTok labels the video; photos have no such mark.",
        formats=("video",),
        default=False,
        source=_POST,
    ),
    Option("cover_at", "Cover frame", "number", "A moment of the video in seconds.", formats=("video",), source=_POST),
    Option("auto_add_music", "Let TikTok add music", "flag", formats=("photo",), default=False, source=_PHOTO),
    Option(
        "music_consent",
        "You agree to TikTok's Music Usage Confirmation",
        "flag",
        "https://www.tiktok.com/legal/page/global/music-usage-confirmation/en",
        required=True,
        source=_RULES,
    ),
)
