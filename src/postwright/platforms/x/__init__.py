"""X (formerly Twitter), API v2."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.x.afterwards import comment, delete, find_comment
from postwright.platforms.x.auth import OAUTH
from postwright.platforms.x.facts import FACE
from postwright.platforms.x.limits import RULES, check, price, spends
from postwright.platforms.x.metrics import measure, read_audience, read_profile
from postwright.platforms.x.options import OPTIONS
from postwright.platforms.x.publish import find, publish

PLATFORM = Platform(
    "x",
    "X",
    ("api.x.com",),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    bills=price,
    spends=spends,
    options=OPTIONS,
    delete=delete,
    audience=read_audience,
    profile=read_profile,
    comment=comment,
    find_comment=find_comment,
    oauth=OAUTH,
    face=FACE,
)
