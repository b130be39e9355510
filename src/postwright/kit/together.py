"""Many who want the same kind of thing at once get it in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")
MOST = 100  # in one go


class Together(Generic[A, R]):
    """Collects what is asked while an earlier go is under way, and asks for all of it in the next one.

    Who asks alone does not wait. `answer` returns one result for each that was asked, in order; where it raises for several,
    each of them is asked for alone, so that nobody suffers by another's fault.
    """

    def __init__(self, answer: Callable[[Sequence[A]], Awaitable[Sequence[R]]]) -> None:
        self._answer = answer
        self._waiting: list[tuple[A, asyncio.Future[R]]] = []
        self._work: asyncio.Task[None] | None = None

    async def __call__(self, asked: A) -> R:
        """Its own result, or what was raised for it. Who is cancelled while waiting leaves the others as they are."""
        mine: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, mine))
        if self._work is None:
            self._work = asyncio.create_task(self._go_on())
        return await mine

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._one_go([each for each in some if not each[1].cancelled()])
        finally:
            self._work = None

    async def _one_go(self, some: list[tuple[A, asyncio.Future[R]]]) -> None:
        if not some:
            return
        try:
            found: Sequence[R] = await self._answer([asked for asked, _ in some])
        except Exception as error:
            if len(some) > 1:
                for each in some:
                    await self._one_go([each])
            elif not some[0][1].done():
                some[0][1].set_exception(error)
            return
        for (_, future), result in zip(some, found, strict=True):
            if not future.done():
                future.set_result(result)
