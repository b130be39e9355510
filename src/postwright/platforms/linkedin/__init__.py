"""LinkedIn, versioned REST API."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.linkedin.afterwards import comment, delete, find_comment
from postwright.platforms.linkedin.auth import OAUTH
from postwright.platforms.linkedin.facts import FACE
from postwright.platforms.linkedin.limits import FACTS, RULES, check
from postwright.platforms.linkedin.metrics import measure, read_audience, read_profile
from postwright.platforms.linkedin.options import OPTIONS
from postwright.platforms.linkedin.publish import find, publish

PLATFORM = Platform(
    "linkedin",
    "LinkedIn",
    ("api.linkedin.com", "www.linkedin.com"),
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
    face=FACE,
    version=FACTS["version"],
)
