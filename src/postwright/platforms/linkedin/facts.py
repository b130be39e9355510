"""How LinkedIn stands before people. Links are those that `publish` gets; how one writes there is our judgement."""

from __future__ import annotations

import re
from datetime import date

from postwright.platforms.facts import AppFacts, Face, Links, Manner, MoreScopes
from postwright.platforms.linkedin.auth import ORGANISATIONS
from postwright.platforms.linkedin.readers import READERS

FACE = Face(
    mark="in",
    place=2,
    usual=True,
    links=Links(re.compile(r"(urn:li:(?:share|ugcPost|activity):\d+)"), ("linkedin.com",), "https://www.linkedin.com/feed/"),
    manner=Manner(aim=1300, layout="airy", hashtags=3, sentences=18),
    readers=READERS,
    app=AppFacts(
        console="LinkedIn developer portal",
        url="https://www.linkedin.com/developers/apps",
        names=("Client ID", "Primary client secret"),
        review="None for members (“Share on LinkedIn”, “Sign In with LinkedIn using OpenID Connect”). Organisations need the Community "
        "Management API, which LinkedIn reviews.",
        warnings=(
            "Access lasts 60 days; only approved partners get refresh tokens. Everybody else connects again every two months: "
            "we warn a week before.",
        ),
        source="https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens",
        checked_on=date(2026, 11, 21),
        more=MoreScopes("It has the Community Management API: ask for organisations too", ORGANISATIONS),
    ),
    scope_words={
        "openid": "know who signs in",
        "profile": "see name and picture",
        "w_member_social": "post in the member's name",
        "r_organization_admin": "see the organisations that the member administers",
        "w_organization_social": "post in the organisation's name",
        "r_organization_social": "read the organisation's posts",
        "r_member_postAnalytics": "read numbers of the member's posts",
        "r_member_profileAnalytics": "read follower numbers",
    },
)
