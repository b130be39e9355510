"""How Mastodon stands before people. How one writes there is our judgement."""

from __future__ import annotations

from postwright.platforms.facts import Face, Manner, Servers
from postwright.platforms.mastodon.readers import READERS

FACE = Face(
    mark="Ma",
    place=8,
    servers=Servers("mastodon.social", "mastodon.example"),
    manner=Manner(aim=500, hashtags=3, sentences=5, thread_aim=2000),
    readers=READERS,
    scope_words={
        "read": "read the account and its posts",
        "read:accounts": "see who the account is",
        "read:statuses": "read posts",
        "write:statuses": "write and delete posts",
        "write:media": "upload media",
    },
)
