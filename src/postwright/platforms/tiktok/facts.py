"""How TikTok stands before people. Links are those that people copy there; how one writes there is our judgement."""

from __future__ import annotations

import re
from datetime import date

from postwright.platforms.facts import AppFacts, Face, Links, Manner
from postwright.platforms.tiktok.readers import READERS

FACE = Face(
    mark="Tk",
    place=5,
    usual=True,
    links=Links(re.compile(r"/(?:video|photo)/(\d+)"), ("tiktok.com",), "https://www.tiktok.com/upload"),
    manner=Manner(aim=260, hashtags=4, link=False, sentences=3, small_tags=True),
    readers=READERS,
    app=AppFacts(
        console="TikTok for Developers",
        url="https://developers.tiktok.com/apps",
        names=("Client key", "Client secret"),
        review="TikTok audits the app for direct posting: one to two weeks.",
        warnings=(
            "Until it is audited, all it posts is visible to the creator only, and at most 5 people a day may post by it.",
            "Redirect addresses of this machine are taken for the Desktop kind of app only; others begin with https.",
        ),
        source="https://developers.tiktok.com/doc/content-sharing-guidelines",
        checked_on=date(2026, 11, 21),
        review_ends_warnings=True,
        verify="TikTok fetches photos only from a verified address: verify {host} under “URL properties” of the app.",
    ),
    scope_words={
        "user.info.basic": "see name and picture",
        "user.info.profile": "see the user name",
        "user.info.stats": "read follower numbers",
        "video.publish": "publish",
        "video.list": "read the account's videos",
    },
)
