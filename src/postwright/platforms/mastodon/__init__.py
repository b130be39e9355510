"""Mastodon, on whatever server the account lives."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.mastodon.auth import OAUTH
from postwright.platforms.mastodon.limits import RULES, check
from postwright.platforms.mastodon.metrics import measure
from postwright.platforms.mastodon.publish import find, publish

PLATFORM = Platform("mastodon", "Mastodon", (), RULES, FolderAdapter(publish, find, measure), check, oauth=OAUTH)
