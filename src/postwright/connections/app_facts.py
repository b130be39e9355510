"""What an operator is warned of before an app is registered or used, by what each platform's folder says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlsplit

from postwright.platforms import registry

AHEAD = timedelta(days=60)  # how long before a version of an API ends it is said

REVIEWS: Mapping[str, str] = {
    "unknown": "Not said",
    "none": "Not reviewed",
    "testing": "In testing",
    "submitted": "Submitted, waiting",
    "approved": "Approved",
}


def version_warnings(slug: str, today: date) -> list[str]:
    """Whether the platform soon ends the version of its API by which it is called, or has ended it."""
    version = registry.get(slug).version
    if version is None or version.sunset is None or version.sunset - today > AHEAD:
        return []
    ends = "ended" if version.sunset <= today else "ends"
    return [f"{registry.get(slug).name} {ends} version {version.value} of its API on {version.sunset}: update Postwright before."]


def pulled_from(slug: str, address: str) -> list[str]:
    """What the app must have verified before the platform fetches media from this address."""
    facts = registry.face_of(slug).app
    return [facts.verify.format(host=urlsplit(address).hostname or address)] if facts and facts.verify else []


def warnings(slug: str, review: str, redirect: str) -> list[str]:
    """What this app will do to people, as far as its review and its address tell. An approved app has only what always holds."""
    facts = registry.face_of(slug).app
    if facts is None:
        return []
    found = [] if review == "approved" and facts.review_ends_warnings else list(facts.warnings)
    if facts.https_only and not redirect.startswith("https://"):
        found.insert(0, "It takes redirect addresses with https only: give this server one (POSTWRIGHT_URL) before you register the app.")
    elif facts.no_localhost and redirect.startswith("http://localhost"):
        found.insert(0, f"{registry.name_of(slug)} does not take localhost: open Postwright as 127.0.0.1.")
    return found
