"""Discord: a channel, through its webhook or through a bot."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Option, Platform
from postwright.platforms.discord.auth import DISCORD_KEYS
from postwright.platforms.discord.delete import delete
from postwright.platforms.discord.facts import FACE
from postwright.platforms.discord.limits import MESSAGE, RULES, check
from postwright.platforms.discord.metrics import audience, measure
from postwright.platforms.discord.publish import find, publish

OPTIONS = (
    Option("suppress_embeds", "Without previews of links", "flag", default=False, source=MESSAGE),
    Option("suppress_notifications", "Send silently", "flag", default=False, source=MESSAGE),
)
PLATFORM = Platform(
    "discord",
    "Discord",
    ("discord.com",),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    delete=delete,
    audience=audience,
    keys=DISCORD_KEYS,
    face=FACE,
)
