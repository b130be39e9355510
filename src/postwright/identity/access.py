"""Routes that are open before anybody has signed in."""

from __future__ import annotations

from dataclasses import dataclass

from postwright.edge.access import Access


@dataclass(frozen=True, slots=True)
class _Open(Access):
    def told(self) -> str:
        return "Open to everybody: no session is needed. Throttled by client."


ANYBODY = _Open("anybody", None)
