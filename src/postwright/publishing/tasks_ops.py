"""Jobs of what people do with posts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import procrastinate

from postwright.db.queries import load
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.publishing import links, remove

tasks = procrastinate.Blueprint()
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class _Lost:
    workspace_id: UUID
    ids: list[UUID]


@tasks.task(
    name="remove_posts",
    pass_context=True,
    retry=procrastinate.RetryStrategy(max_attempts=remove.TRIES, exponential_wait=4, retry_exceptions={remove.NotYet}),
)
async def remove_posts(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Deletes posts on their platforms."""
    await remove.remove_posts(_state(context), UUID(workspace), [UUID(each) for each in ids])


@tasks.periodic(cron="*/10 * * * *")
@tasks.task(name="find_lost_removals", pass_context=True, queueing_lock="find_lost_removals")
async def find_lost_removals(context: procrastinate.JobContext, timestamp: int) -> None:
    """Asks again for deletions whose job was lost."""
    state = _state(context)
    async with transaction(state.pool, SERVICE) as db:
        for each in await _sql["lost_removals"].rows(db, _Lost, now=state.clock()):
            await _sql["enqueue_removals"].value(db, workspace=each.workspace_id, ids=each.ids)


@tasks.periodic(cron="*/2 * * * *")
@tasks.task(name="name_posts", pass_context=True, queueing_lock="name_posts")
async def name_posts(context: procrastinate.JobContext, timestamp: int) -> None:
    """Finds posts that people confirmed by a link which does not carry their id."""
    await links.name_posts(_state(context))


def _state(context: procrastinate.JobContext) -> State:
    state: State = context.additional_context["state"]
    return state
