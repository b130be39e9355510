"""Ghost, on whatever site the account lives."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Option, Platform
from postwright.platforms.ghost.auth import GHOST_KEYS
from postwright.platforms.ghost.delete import delete
from postwright.platforms.ghost.facts import FACE
from postwright.platforms.ghost.limits import FACTS, POSTS, RULES, check
from postwright.platforms.ghost.metrics import audience, measure
from postwright.platforms.ghost.publish import find, publish

_WHO = (("public", "Everyone"), ("members", "Members"), ("paid", "Paying members"))
OPTIONS = (
    Option("excerpt", "Excerpt", "text", "What lists and search engines show of it.", limit=FACTS["excerpt"].number, source=POSTS),
    Option("visibility", "Who may read it", "choice", choices=_WHO, default="public", source=POSTS),
)
PLATFORM = Platform(
    "ghost",
    "Ghost",
    (),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    delete=delete,
    audience=audience,
    keys=GHOST_KEYS,
    face=FACE,
)
