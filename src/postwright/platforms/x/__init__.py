"""X (formerly Twitter), API v2."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.x.limits import RULES, check, price
from postwright.platforms.x.metrics import measure
from postwright.platforms.x.publish import find, publish

PLATFORM = Platform("x", "X", ("api.x.com",), RULES, FolderAdapter(publish, find, measure), check, bills=price)
