"""How Discord stands before people. How one writes there is our judgement."""

from __future__ import annotations

from postwright.platforms.facts import Face, Links, Manner

FACE = Face(
    mark="Di",
    place=11,
    links=Links(compose="https://discord.com/app"),
    manner=Manner(aim=900, sentences=10),
    scope_words={"bot": "write as a bot"},
)
