"""Asking together: who is alone waits for nobody, and nobody suffers by another's fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from postwright.kit.together import Together

pytestmark = pytest.mark.anyio


class Desk:
    """Doubles numbers; chokes on 13, and keeps its goes."""

    def __init__(self) -> None:
        self.goes: list[list[int]] = []
        self.open = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.goes.append(list(numbers))
        await self.open.wait()
        if 13 in numbers:
            raise ValueError("thirteen")
        return [2 * each for each in numbers]


async def test_who_comes_while_a_go_is_under_way_shares_the_next() -> None:
    desk = Desk()
    together = Together(desk)
    first = asyncio.create_task(together(1))
    await asyncio.sleep(0)
    others = [asyncio.create_task(together(number)) for number in (2, 3)]
    await asyncio.sleep(0.01)
    desk.open.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6]
    assert desk.goes == [[1], [2, 3]]


async def test_a_fault_reaches_only_the_one_who_made_it() -> None:
    desk = Desk()
    desk.open.set()
    together = Together(desk)
    found = await asyncio.gather(*(together(each) for each in (1, 13, 2)), return_exceptions=True)
    assert (found[0], found[2]) == (2, 4)
    assert isinstance(found[1], ValueError)


async def test_one_who_leaves_does_not_stop_the_others() -> None:
    desk = Desk()
    together = Together(desk)
    tasks = [asyncio.create_task(together(each)) for each in (1, 2, 3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    desk.open.set()
    assert await asyncio.gather(tasks[0], tasks[2]) == [2, 6]
    assert await together(4) == 8
