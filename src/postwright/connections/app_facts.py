"""What an operator must know to register an app at each platform: dated, each with the page that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from postwright.platforms import registry

AHEAD = timedelta(days=60)  # how long before a version of an API ends it is said
_READ = date(2026, 11, 21)


@dataclass(frozen=True, slots=True)
class AppFacts:
    """Where the app is made, what reviews it, and what happens without a review. `https_only`: the platform takes no other
    redirect address, not even of this machine."""

    console: str  # what the place is called
    url: str
    client_id: str  # what the platform calls it
    client_secret: str
    review: str
    warnings: tuple[str, ...]
    source: str
    https_only: bool = False
    checked_on: date = _READ


FACTS: Mapping[str, AppFacts] = {
    "youtube": AppFacts(
        "Google Cloud console, APIs & Services", "https://console.cloud.google.com/apis/credentials", "Client ID", "Client secret",
        "Google verifies the app for these scopes, and YouTube audits its use of the API: weeks.",
        (
            "While the consent screen is in “Testing”, Google's refresh tokens die after 7 days: everybody connects again each week.",
            "Videos uploaded by an app that YouTube has not audited are locked as private.",
            "Enable YouTube Data API v3 and YouTube Analytics API in the same project.",
        ),
        "https://developers.google.com/identity/protocols/oauth2#expiration",
    ),
    "tiktok": AppFacts(
        "TikTok for Developers", "https://developers.tiktok.com/apps", "Client key", "Client secret",
        "TikTok audits the app for direct posting: one to two weeks.",
        (
            "Until it is audited, all it posts is visible to the creator only, and at most 5 people a day may post by it.",
            "Redirect addresses of this machine are taken for the Desktop kind of app only; others begin with https.",
        ),
        "https://developers.tiktok.com/doc/content-sharing-guidelines",
    ),
    "instagram": AppFacts(
        "Meta for Developers", "https://developers.facebook.com/apps", "Instagram app ID", "Instagram app secret",
        "Meta's App Review, with business verification, before people outside of the app's roles can connect.",
        (
            "Without App Review only people with a role in the app can connect.",
            "Only professional accounts (business or creator) can publish by the API.",
            "It is the Instagram app ID of “API setup with Instagram login”, not the Meta app's own id.",
        ),
        "https://developers.facebook.com/docs/instagram-platform/app-review", https_only=True,
    ),
    "x": AppFacts(
        "X developer console", "https://console.x.com", "OAuth 2.0 Client ID", "OAuth 2.0 Client secret",
        "None; the app needs credits.",
        (
            "X charges each call: $0.015 a post, $0.20 a post with a link (November 2026). Without credits nothing goes out.",
            "Choose “Web app, confidential client” with read and write permission. X takes 127.0.0.1, but not localhost.",
        ),
        "https://docs.x.com/x-api/getting-started/pricing",
    ),
    "linkedin": AppFacts(
        "LinkedIn developer portal", "https://www.linkedin.com/developers/apps", "Client ID", "Primary client secret",
        "None for members (“Share on LinkedIn”, “Sign In with LinkedIn using OpenID Connect”). Organisations need the Community "
        "Management API, which LinkedIn reviews.",
        (
            "Access lasts 60 days; only approved partners get refresh tokens. Everybody else connects again every two months: "
            "we warn a week before.",
        ),
        "https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens",
    ),
    "facebook": AppFacts(
        "Meta for Developers", "https://developers.facebook.com/apps", "App ID", "App secret",
        "Meta's App Review, with business verification, before Pages of people outside of the app's roles can be connected.",
        ("Without App Review only people with a role in the app can connect, and posts of a development app are seen by those only.",),
        "https://developers.facebook.com/docs/pages-api/overview", https_only=True,
    ),
    "threads": AppFacts(
        "Meta for Developers", "https://developers.facebook.com/apps", "Threads app ID", "Threads app secret",
        "Meta's App Review before people outside of the app's roles can connect.",
        ("Without App Review only Threads testers of the app can connect.",),
        "https://developers.facebook.com/docs/threads/get-started", https_only=True,
    ),
}  # fmt: skip

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
    """TikTok fetches photos from a domain only that the app has verified."""
    host = urlsplit(address).hostname or address
    return (
        [f"TikTok fetches photos only from a verified address: verify {host} under “URL properties” of the app."]
        if slug == "tiktok"
        else []
    )


def warnings(slug: str, review: str, redirect: str) -> list[str]:
    """What this app will do to people, as far as its review and its address tell. An approved app has only what always holds."""
    facts = FACTS.get(slug)
    if facts is None:
        return []
    found = [] if review == "approved" and slug in _ENDED_BY_REVIEW else list(facts.warnings)
    if facts.https_only and not redirect.startswith("https://"):
        found.insert(0, "It takes redirect addresses with https only: give this server one (POSTWRIGHT_URL) before you register the app.")
    elif slug == "x" and redirect.startswith("http://localhost"):
        found.insert(0, "X does not take localhost: open Postwright as 127.0.0.1.")
    return found


_ENDED_BY_REVIEW = frozenset({"youtube", "tiktok", "instagram", "facebook", "threads"})
