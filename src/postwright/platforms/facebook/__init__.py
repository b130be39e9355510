"""Facebook Pages, Graph API."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.facebook.afterwards import comment, delete, find_comment
from postwright.platforms.facebook.auth import OAUTH
from postwright.platforms.facebook.facts import FACE
from postwright.platforms.facebook.limits import FACTS, RULES, check
from postwright.platforms.facebook.links import post_at
from postwright.platforms.facebook.metrics import measure, read_audience, read_profile
from postwright.platforms.facebook.options import OPTIONS
from postwright.platforms.facebook.publish import find, publish

PLATFORM = Platform(
    "facebook",
    "Facebook",
    ("graph.facebook.com", "rupload.facebook.com"),
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
    post_at=post_at,
    face=FACE,
    version=FACTS["version"],
)
