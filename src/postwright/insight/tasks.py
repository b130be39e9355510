"""Jobs of insight. Each carries ids and the workspace, reads fresh state, and may run twice."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

import procrastinate
import structlog

from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.insight import history, measure, store

log = structlog.get_logger()
tasks = procrastinate.Blueprint()

_AT_ONCE = 200  # posts a minute


@tasks.task(name="measure_posts", queue="heavy", pass_context=True)
async def measure_posts(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Reads the figures of some posts."""
    await measure.measure_posts(_state(context), UUID(workspace), [UUID(each) for each in ids])


@tasks.task(name="simulate_history", queue="heavy", pass_context=True)
async def simulate_history(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Fills a sandbox workspace with weeks of posts."""
    await history.simulate_history(_state(context), UUID(workspace))


@tasks.task(name="forget_history", queue="heavy", pass_context=True)
async def forget_history(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Takes them out again."""
    await history.forget_history(_state(context), UUID(workspace))


@tasks.periodic(cron="17 3 * * *")
@tasks.task(name="maintain", pass_context=True, queueing_lock="maintain")
async def maintain(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each night: archives and deletes what has been kept long enough, and makes the months to come."""
    state = _state(context)
    async with transaction(state.pool, SERVICE) as db:
        log.info("retention", **await store.maintain(db, state.clock()))


@tasks.periodic(cron="* * * * *")
@tasks.task(name="measure_due", pass_context=True, queueing_lock="measure_due")
async def measure_due(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each minute: asks for a look at the posts whose figures are due, a job per workspace."""
    state = _state(context)
    now = state.clock()
    async with transaction(state.pool, SERVICE) as db:
        await store.make_months(db, now, now + timedelta(days=31))
        by_workspace: dict[UUID, list[UUID]] = defaultdict(list)
        for each in await store.due_for_measuring(db, now, _AT_ONCE):
            by_workspace[each.workspace_id].append(each.id)
        for workspace, ids in by_workspace.items():
            await store.enqueue(db, "measure_posts", workspace, ids)


def _state(context: procrastinate.JobContext) -> State:
    state: State = context.additional_context["state"]
    return state
