"""How Facebook stands before people. How one writes there is our judgement."""

from __future__ import annotations

from datetime import date

from postwright.platforms.facebook.readers import READERS
from postwright.platforms.facts import AppFacts, Face, Links, Manner

FACE = Face(
    mark="Fb",
    place=4,
    usual=True,
    aliases=("fb",),
    links=Links(hosts=("facebook.com", "fb.watch"), compose="https://www.facebook.com/"),
    manner=Manner(aim=620, sentences=6, questions=1.5),
    readers=READERS,
    app=AppFacts(
        console="Meta for Developers",
        url="https://developers.facebook.com/apps",
        names=("App ID", "App secret"),
        review="Meta's App Review, with business verification, before Pages of people outside of the app's roles can be connected.",
        warnings=(
            "Without App Review only people with a role in the app can connect, and posts of a development app are seen by those only.",
        ),
        source="https://developers.facebook.com/docs/pages-api/overview",
        checked_on=date(2026, 11, 21),
        review_ends_warnings=True,
        https_only=True,
    ),
    scope_words={
        "pages_show_list": "list the Pages",
        "pages_manage_posts": "write and delete posts",
        "pages_read_engagement": "read the Page's posts",
        "pages_manage_engagement": "write the first comment",
        "read_insights": "read numbers",
    },
)
