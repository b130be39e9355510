"""Jobs of publishing that are no sends: posts by hand, old events."""

from __future__ import annotations

import procrastinate
import structlog

from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.publishing import events, handoff

log = structlog.get_logger()
tasks = procrastinate.Blueprint()


@tasks.periodic(cron="* * * * * */30")
@tasks.task(name="turn_hand_offs", pass_context=True, queueing_lock="turn_hand_offs")
async def turn_hand_offs(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each half minute: tells people of posts that they post by hand."""
    state: State = context.additional_context["state"]
    async with transaction(state.pool, SERVICE) as db:
        done = await handoff.turn(db, now=state.clock())
    if any(done.values()):
        log.info("posts by hand", **done)


@tasks.periodic(cron="41 3 * * *")
@tasks.task(name="prune_events", pass_context=True, queueing_lock="prune_events")
async def prune_events(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each night: events of more than 30 days go."""
    state: State = context.additional_context["state"]
    async with transaction(state.pool, SERVICE) as db:
        gone = await events.prune(db, now=state.clock())
    if gone:
        log.info("old events are gone", events=gone)
