"""How X stands before people. Links are those that `publish` gets; how one writes there is our judgement."""

from __future__ import annotations

import re
from datetime import date

from postwright.platforms.facts import AppFacts, Face, Links, Manner
from postwright.platforms.x.readers import READERS

FACE = Face(
    mark="X",
    place=1,
    usual=True,
    aliases=("twitter",),
    links=Links(re.compile(r"/status/(\d+)"), ("x.com", "twitter.com"), "https://x.com/compose/post"),
    manner=Manner(aim=280, hashtags=1, sentences=3, thread_aim=1600),
    readers=READERS,
    app=AppFacts(
        console="X developer console",
        url="https://console.x.com",
        names=("OAuth 2.0 Client ID", "OAuth 2.0 Client secret"),
        review="None; the app needs credits.",
        warnings=(
            "X charges each call: $0.015 a post, $0.20 a post with a link (November 2026). Without credits nothing goes out.",
            "Choose “Web app, confidential client” with read and write permission. X takes 127.0.0.1, but not localhost.",
        ),
        source="https://docs.x.com/x-api/getting-started/pricing",
        checked_on=date(2026, 11, 21),
        no_localhost=True,
    ),
    scope_words={
        "tweet.read": "read posts",
        "tweet.write": "write and delete posts",
        "users.read": "see who the account is",
        "media.write": "upload media",
        "offline.access": "stay connected",
    },
)
