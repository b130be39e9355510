"""Instagram, Graph API with Instagram login."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.instagram.afterwards import comment, delete, find_comment
from postwright.platforms.instagram.auth import OAUTH
from postwright.platforms.instagram.facts import FACE
from postwright.platforms.instagram.limits import FACTS, RULES, UNTOLD, check
from postwright.platforms.instagram.links import find_link
from postwright.platforms.instagram.metrics import measure, read_audience, read_profile
from postwright.platforms.instagram.options import OPTIONS
from postwright.platforms.instagram.publish import find, publish
from postwright.platforms.instagram.quota import quota

PLATFORM = Platform(
    "instagram",
    "Instagram",
    ("graph.instagram.com",),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    delete=delete,
    audience=read_audience,
    profile=read_profile,
    comment=comment,
    find_comment=find_comment,
    oauth=OAUTH,
    quota=quota,
    find_link=find_link,
    face=FACE,
    untold=UNTOLD,
    version=FACTS["version"],
)
