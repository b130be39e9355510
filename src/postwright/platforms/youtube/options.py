"""What YouTube is told besides title, description and video."""

from __future__ import annotations

from postwright.platforms.base import Option

_VIDEO = "https://developers.google.com/youtube/v3/docs/videos"  # checked 2026-11-21
_INSERT = "https://developers.google.com/youtube/v3/docs/videos/insert"
_THUMBNAIL = "https://developers.google.com/youtube/v3/docs/thumbnails/set"
_CAPTIONS = "https://developers.google.com/youtube/v3/docs/captions/insert"
_PLAYLISTS = "https://developers.google.com/youtube/v3/docs/playlistItems/insert"

CATEGORIES = (
    ("1", "Film & animation"),
    ("2", "Cars & vehicles"),
    ("10", "Music"),
    ("15", "Pets & animals"),
    ("17", "Sports"),
    ("19", "Travel & events"),
    ("20", "Gaming"),
    ("22", "People & blogs"),
    ("23", "Comedy"),
    ("24", "Entertainment"),
    ("25", "News & politics"),
    ("26", "How-to & style"),
    ("27", "Education"),
    ("28", "Science & technology"),
    ("29", "Non-profits & activism"),
)
OPTIONS = (
    Option(
        "privacy",
        "Who may see it",
        "choice",
        choices=(("public", "Everyone"), ("unlisted", "Who has the link"), ("private", "Only you")),
        default="public",
        source=_VIDEO,
    ),
    Option(
        "made_for_kids",
        "Is it made for kids?",
        "choice",
        "The law asks (COPPA): YouTube turns off comments and personal advertisements on a video for kids.",
        choices=(("false", "No"), ("true", "Yes")),
        required=True,
        source=_VIDEO,
    ),
    Option("category_id", "Category", "choice", choices=CATEGORIES, default="22", source=_VIDEO),
    Option("playlist_id", "Playlist", "choice", "The video is added to it once it is out.", asked=True, source=_PLAYLISTS),
    Option("tags", "Tags", "list", "Words for the search, besides the hashtags.", source=_VIDEO),
    Option("contains_synthetic_media", "Altered or made with AI", "flag", "For what looks real and is not.", default=False, source=_VIDEO),
    Option("paid_placement", "Contains paid promotion", "flag", default=False, source=_VIDEO),
    Option("notify_subscribers", "Tell the subscribers", "flag", default=True, source=_INSERT),
    Option("embeddable", "May be shown on other sites", "flag", default=True, source=_VIDEO),
    Option("language", "Language of title and description", "text", "As a BCP 47 tag, such as de or pt-BR.", limit=35, source=_VIDEO),
    Option("cover", "Thumbnail", "file", "An image of the post that is the video's thumbnail.", source=_THUMBNAIL),
    Option("captions", "Captions", "text", "The words of the video as SRT or WebVTT.", limit=1_000_000, source=_CAPTIONS),
)
