"""How Instagram stands before people. How one writes there is our judgement."""

from __future__ import annotations

from datetime import date

from postwright.platforms.facts import AppFacts, Face, Links, Manner
from postwright.platforms.instagram.readers import READERS

FACE = Face(
    mark="Ig",
    place=3,
    usual=True,
    aliases=("ig",),
    links=Links(hosts=("instagram.com",), compose="https://www.instagram.com/"),
    manner=Manner(aim=900, layout="airy", hashtags=6, link=False, sentences=16, small_tags=True),
    readers=READERS,
    app=AppFacts(
        console="Meta for Developers",
        url="https://developers.facebook.com/apps",
        names=("Instagram app ID", "Instagram app secret"),
        review="Meta's App Review, with business verification, before people outside of the app's roles can connect.",
        warnings=(
            "Without App Review only people with a role in the app can connect.",
            "Only professional accounts (business or creator) can publish by the API.",
            "It is the Instagram app ID of “API setup with Instagram login”, not the Meta app's own id.",
        ),
        source="https://developers.facebook.com/docs/instagram-platform/app-review",
        checked_on=date(2026, 11, 21),
        review_ends_warnings=True,
        https_only=True,
    ),
    scope_words={
        "instagram_business_basic": "see the profile and its media",
        "instagram_business_content_publish": "publish",
        "instagram_business_manage_insights": "read numbers",
        "instagram_business_manage_comments": "write the first comment",
    },
)
