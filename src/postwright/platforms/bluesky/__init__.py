"""Bluesky, the AT protocol."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.bluesky.auth import KEYS
from postwright.platforms.bluesky.limits import RULES, check
from postwright.platforms.bluesky.metrics import measure
from postwright.platforms.bluesky.publish import find, publish

PLATFORM = Platform("bluesky", "Bluesky", ("bsky.social",), RULES, FolderAdapter(publish, find, measure), check, keys=KEYS)
