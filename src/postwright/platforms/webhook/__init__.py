"""A webhook: any address of one's own that takes posts as signed JSON."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.webhook.auth import WEBHOOK_KEYS
from postwright.platforms.webhook.facts import FACE
from postwright.platforms.webhook.limits import RULES, check
from postwright.platforms.webhook.metrics import measure
from postwright.platforms.webhook.publish import delete, find, publish

PLATFORM = Platform(
    "webhook", "Webhook", (), RULES, FolderAdapter(publish, find, measure), check, delete=delete, keys=WEBHOOK_KEYS, face=FACE
)
