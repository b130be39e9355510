"""Substack: it has no API to publish through. A draft is handed off, and its RSS shows when it is out."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.substack.auth import SUBSTACK_KEYS
from postwright.platforms.substack.draft import export_draft
from postwright.platforms.substack.facts import FACE
from postwright.platforms.substack.limits import RULES, check
from postwright.platforms.substack.metrics import measure
from postwright.platforms.substack.publish import find, publish

PLATFORM = Platform(
    "substack", "Substack", (), RULES, FolderAdapter(publish, find, measure), check, keys=SUBSTACK_KEYS, export=export_draft, face=FACE
)

__all__ = ["PLATFORM"]
