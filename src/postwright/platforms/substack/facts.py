"""How Substack stands before people. How one writes there is our judgement."""

from __future__ import annotations

from postwright.platforms.facts import Face, Links, Manner

FACE = Face(
    mark="Su",
    place=14,
    links=Links(compose="https://substack.com/publish/post"),
    manner=Manner(aim=6000, layout="airy", sentences=60),
)
