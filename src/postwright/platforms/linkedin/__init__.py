"""LinkedIn, versioned REST API."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Platform
from postwright.platforms.linkedin.auth import OAUTH
from postwright.platforms.linkedin.limits import RULES, check
from postwright.platforms.linkedin.metrics import measure
from postwright.platforms.linkedin.publish import find, publish

PLATFORM = Platform(
    "linkedin", "LinkedIn", ("api.linkedin.com", "www.linkedin.com"), RULES, FolderAdapter(publish, find, measure), check, oauth=OAUTH
)
