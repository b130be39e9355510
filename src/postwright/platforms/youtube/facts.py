"""How YouTube stands before people. Links are those that people copy there; how one writes there is our judgement."""

from __future__ import annotations

import re
from datetime import date

from postwright.platforms.facts import AppFacts, Face, Links, Manner
from postwright.platforms.youtube.readers import READERS

_SCOPES = "https://www.googleapis.com/auth"

FACE = Face(
    mark="Yt",
    place=6,
    usual=True,
    aliases=("yt",),
    links=Links(
        re.compile(r"(?:[?&]v=|youtu\.be/|/shorts/)([\w-]{11})"), ("youtube.com", "youtu.be"), compose="https://studio.youtube.com/"
    ),
    manner=Manner(aim=2400, hashtags=3, sentences=24, replaced={"<": "‹", ">": "›"}),
    readers=READERS,
    app=AppFacts(
        console="Google Cloud console, APIs & Services",
        url="https://console.cloud.google.com/apis/credentials",
        names=("Client ID", "Client secret"),
        review="Google verifies the app for these scopes, and YouTube audits its use of the API: weeks.",
        warnings=(
            "While the consent screen is in “Testing”, Google's refresh tokens die after 7 days: everybody connects again each week.",
            "Videos uploaded by an app that YouTube has not audited are locked as private.",
            "Enable YouTube Data API v3 and YouTube Analytics API in the same project.",
        ),
        source="https://developers.google.com/identity/protocols/oauth2#expiration",
        checked_on=date(2026, 11, 21),
        review_ends_warnings=True,
    ),
    grants_end_together=True,  # developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
    scope_words={
        f"{_SCOPES}/youtube.upload": "upload videos",
        f"{_SCOPES}/youtube.readonly": "see the channel",
        f"{_SCOPES}/youtube.force-ssl": "change videos and write comments",
        f"{_SCOPES}/yt-analytics.readonly": "read numbers",
    },
)
