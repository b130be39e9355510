"""Mastodon, on whatever server the account lives."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.mastodon.afterwards import comment, delete, find_comment
from postwright.platforms.mastodon.auth import OAUTH
from postwright.platforms.mastodon.facts import FACE
from postwright.platforms.mastodon.limits import RULES, check
from postwright.platforms.mastodon.links import post_at
from postwright.platforms.mastodon.metrics import measure, read_audience, read_profile
from postwright.platforms.mastodon.options import OPTIONS
from postwright.platforms.mastodon.publish import find, publish
from postwright.platforms.mastodon.server import check_told, read_server, rules_for

PLATFORM = Platform(
    "mastodon",
    "Mastodon",
    (),
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
    registers=OAUTH,
    post_at=post_at,
    face=FACE,
    own_rules=rules_for,
    check_told=check_told,
    server=read_server,
)
