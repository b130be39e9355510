"""How much longer what a request begins will be processed: set around one request, read where processing is planned."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Slowness:
    """Seconds on top of the usual ones, and whether anything was planned by them."""

    seconds: float
    used: bool = False

    def take(self) -> float:
        self.used = True
        return self.seconds


SLOWED: ContextVar[Slowness | None] = ContextVar("slowed", default=None)
