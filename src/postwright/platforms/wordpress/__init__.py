"""WordPress, on whatever site the account lives."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Option, Platform
from postwright.platforms.wordpress.auth import WORDPRESS_KEYS
from postwright.platforms.wordpress.delete import delete
from postwright.platforms.wordpress.facts import FACE
from postwright.platforms.wordpress.limits import EXCERPT, POSTS, RULES, check
from postwright.platforms.wordpress.metrics import audience, measure
from postwright.platforms.wordpress.publish import find, publish

OPTIONS = (
    Option("excerpt", "Excerpt", "text", "What lists and search engines show of it.", limit=EXCERPT, source=POSTS),
    Option("comments_closed", "Without comments", "flag", default=False, source=POSTS),
)
PLATFORM = Platform(
    "wordpress",
    "WordPress",
    (),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    delete=delete,
    audience=audience,
    keys=WORDPRESS_KEYS,
    face=FACE,
)
