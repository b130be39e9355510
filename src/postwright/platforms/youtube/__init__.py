"""YouTube, Data API v3 and Analytics API v2."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.youtube.afterwards import comment, delete, find_comment
from postwright.platforms.youtube.auth import OAUTH
from postwright.platforms.youtube.choices import read_choices
from postwright.platforms.youtube.facts import FACE
from postwright.platforms.youtube.limits import RULES, check, spends
from postwright.platforms.youtube.metrics import measure, read_audience, read_profile
from postwright.platforms.youtube.options import OPTIONS
from postwright.platforms.youtube.publish import find, publish

PLATFORM = Platform(
    "youtube",
    "YouTube",
    ("www.googleapis.com", "youtubeanalytics.googleapis.com"),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    choices=read_choices,
    delete=delete,
    audience=read_audience,
    profile=read_profile,
    comment=comment,
    find_comment=find_comment,
    oauth=OAUTH,
    face=FACE,
    spends=spends,
)
