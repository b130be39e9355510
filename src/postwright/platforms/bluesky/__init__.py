"""Bluesky, the AT protocol."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.bluesky.afterwards import comment, delete, find_comment
from postwright.platforms.bluesky.auth import KEYS
from postwright.platforms.bluesky.facts import FACE
from postwright.platforms.bluesky.limits import RULES, check
from postwright.platforms.bluesky.links import post_at
from postwright.platforms.bluesky.metrics import measure, read_audience, read_profile
from postwright.platforms.bluesky.options import OPTIONS
from postwright.platforms.bluesky.publish import find, publish

PLATFORM = Platform(
    "bluesky",
    "Bluesky",
    ("bsky.social", "video.bsky.app"),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    delete=delete,
    audience=read_audience,
    profile=read_profile,
    comment=comment,
    find_comment=find_comment,
    keys=KEYS,
    post_at=post_at,
    face=FACE,
)
