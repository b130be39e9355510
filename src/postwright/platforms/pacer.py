"""Calls that a platform counts by the minute, spread so that it never has to refuse one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from time import monotonic

_MINUTE = 60.0  # seconds
_MOST_KEYS = 10_000  # accounts that are remembered; those longest silent are forgotten first


class Pacer:
    """So many calls in any minute for each key (an account), within this process."""

    def __init__(
        self, per_minute: int, *, clock: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._most = per_minute
        self._clock = clock
        self._sleep = sleep
        self._made: OrderedDict[str, deque[float]] = OrderedDict()

    async def turn(self, key: str) -> None:
        """Returns when the next call may be made, and counts it."""
        while (wait := self._wait(key)) > 0:
            await self._sleep(wait)
        self._made[key].append(self._clock())

    def _wait(self, key: str) -> float:
        made = self._made.setdefault(key, deque())
        self._made.move_to_end(key)
        while len(self._made) > _MOST_KEYS:
            self._made.popitem(last=False)
        now = self._clock()
        while made and made[0] <= now - _MINUTE:
            made.popleft()
        return made[0] + _MINUTE - now if len(made) >= self._most else 0.0
