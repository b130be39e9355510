"""TikTok, Content Posting API v2."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.tiktok.auth import OAUTH
from postwright.platforms.tiktok.choices import read_choices
from postwright.platforms.tiktok.facts import FACE
from postwright.platforms.tiktok.limits import RULES, check, check_told, rules_for
from postwright.platforms.tiktok.metrics import measure, read_audience, read_profile
from postwright.platforms.tiktok.options import OPTIONS
from postwright.platforms.tiktok.publish import find, publish

PLATFORM = Platform(
    "tiktok",
    "TikTok",
    ("open.tiktokapis.com", "open-upload.tiktokapis.com"),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    choices=read_choices,
    audience=read_audience,
    profile=read_profile,
    oauth=OAUTH,
    face=FACE,
    own_rules=rules_for,
    check_told=check_told,
)
