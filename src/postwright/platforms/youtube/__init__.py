"""YouTube, Data API v3 and Analytics API v2."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.youtube.auth import OAUTH
from postwright.platforms.youtube.limits import RULES, check
from postwright.platforms.youtube.metrics import measure
from postwright.platforms.youtube.publish import find, publish

PLATFORM = Platform(
    "youtube",
    "YouTube",
    ("www.googleapis.com", "youtubeanalytics.googleapis.com"),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    oauth=OAUTH,
)
