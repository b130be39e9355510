"""How a webhook stands before people. How one writes there is our judgement."""

from __future__ import annotations

from postwright.platforms.facts import Face, Manner

FACE = Face(mark="Wh", place=15, manner=Manner(aim=2400, layout="airy", hashtags=3, sentences=24))
