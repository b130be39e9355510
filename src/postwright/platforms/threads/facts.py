"""How Threads stands before people. How one writes there is our judgement."""

from __future__ import annotations

from datetime import date

from postwright.platforms.facts import AppFacts, Face, Links, Manner

FACE = Face(
    mark="Th",
    place=9,
    links=Links(hosts=("threads.net", "threads.com"), compose="https://www.threads.net/"),
    manner=Manner(aim=500, hashtags=1, sentences=5, thread_aim=2000),
    app=AppFacts(
        console="Meta for Developers",
        url="https://developers.facebook.com/apps",
        names=("Threads app ID", "Threads app secret"),
        review="Meta's App Review before people outside of the app's roles can connect.",
        warnings=("Without App Review only Threads testers of the app can connect.",),
        source="https://developers.facebook.com/docs/threads/get-started",
        checked_on=date(2026, 11, 21),
        review_ends_warnings=True,
        https_only=True,
    ),
    scope_words={
        "threads_basic": "see the profile and its posts",
        "threads_content_publish": "publish",
        "threads_manage_insights": "read numbers",
        "threads_manage_replies": "write replies",
        "threads_read_replies": "read replies",
        "threads_delete": "delete posts",
    },
)
