"""How Bluesky stands before people. How one writes there is our judgement."""

from __future__ import annotations

from postwright.platforms.bluesky.readers import READERS
from postwright.platforms.facts import Face, Links, Manner

FACE = Face(
    mark="Bs",
    place=7,
    aliases=("bsky",),
    links=Links(compose="https://bsky.app/"),
    manner=Manner(aim=300, hashtags=1, sentences=3, thread_aim=1500),
    readers=READERS,
    scope_words={
        "com.atproto.access": "use the account",
        "com.atproto.appPass": "use the account, but not its settings",
    },
)
