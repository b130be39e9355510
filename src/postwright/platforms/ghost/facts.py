"""How Ghost stands before people. How one writes there is our judgement."""

from __future__ import annotations

from postwright.platforms.facts import Face, Manner

FACE = Face(
    mark="Gh",
    place=13,
    manner=Manner(aim=6000, layout="airy", hashtags=4, sentences=60),
    scope_words={"admin api key": "write posts"},
)
