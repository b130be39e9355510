"""The chaos in small; bench/chaos.py has the long one."""

from __future__ import annotations

import pytest

from tests.conftest import IN_MEMORY
from tests.publishing.chaos import Plan, open_chaos

pytestmark = pytest.mark.anyio


@pytest.mark.timeout(240)
async def test_kills_freezes_cuts_and_lost_answers_double_nothing_and_lose_nothing() -> None:
    plan = Plan(seed=4, posts=40, workers=3, restarts=1, calm=90)
    async with open_chaos(plan, IN_MEMORY) as chaos:
        told = await chaos.run()
    assert (told.duplicates, told.lost, told.untruthful, told.stuck) == (0, 0, 0, 0), told.details
    assert told.completed + told.failed + told.unconfirmed == plan.posts
    assert told.completed >= plan.posts * 0.8, "most of it must come out, not end in a person's lap"
    assert told.kills > 0
    assert told.done["database restart"] == 1
