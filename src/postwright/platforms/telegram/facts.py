"""How Telegram stands before people. How one writes there is our judgement."""

from __future__ import annotations

from postwright.platforms.facts import Face, Links, Manner

FACE = Face(
    mark="Tg",
    place=10,
    links=Links(compose="https://web.telegram.org/"),
    manner=Manner(aim=900, layout="airy", hashtags=2, sentences=12),
    scope_words={"bot": "write as a bot"},
)
