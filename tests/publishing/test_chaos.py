"""The chaos in small; bench/chaos.py has the long one."""

from __future__ import annotations

import pytest

from tests.conftest import IN_MEMORY
from tests.publishing.chaos import Plan, open_chaos

pytestmark = pytest.mark.anyio

# What this seed brings about on every machine. In a minute nobody waits for the rest; bench/chaos.py demands all of it.
SURE = (
    "kill at random", "kill in sending", "frozen longer than the lease", "database restart", "connections cut",
    "answer lost after the post landed", "5xx after the post landed", "token ended", "token ended in mid-poll", "clock skew followed",
)  # fmt: skip
STORMS = ("429 storm with headers", "429 storm without")


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
    happened = told.happened()
    assert [each for each in SURE if not happened[each]] == [], dict(told.done)
    assert sum(happened[f"kill in {phase}"] for phase in ("claimed", "uploading", "sending", "confirming", "reconciling")) > 0
    assert any(happened[each] for each in STORMS), dict(told.done)
    assert told.threads > 0, "a thread came out whole"
    assert told.comments > 0, "a first comment was written"
