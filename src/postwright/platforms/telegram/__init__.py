"""Telegram, through the Bot API: channels and groups that a bot may post to."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Option, Platform
from postwright.platforms.telegram.auth import TELEGRAM_KEYS
from postwright.platforms.telegram.delete import delete
from postwright.platforms.telegram.facts import FACE
from postwright.platforms.telegram.limits import METHODS, RULES, check
from postwright.platforms.telegram.metrics import audience, measure
from postwright.platforms.telegram.publish import find, publish

OPTIONS = (
    Option("disable_notification", "Send silently", "flag", default=False, source=f"{METHODS}#sendmessage"),
    Option("protect_content", "Keep from being forwarded or saved", "flag", default=False, source=f"{METHODS}#sendmessage"),
    Option("no_preview", "Without a preview of links", "flag", default=False, source=f"{METHODS}#linkpreviewoptions"),
)
PLATFORM = Platform(
    "telegram",
    "Telegram",
    ("api.telegram.org",),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    delete=delete,
    audience=audience,
    keys=TELEGRAM_KEYS,
    face=FACE,
)
