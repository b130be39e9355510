"""Jobs of exports."""

from __future__ import annotations

from uuid import UUID

import procrastinate

from postwright.edge.state import State
from postwright.exports.collect import make_export as make
from postwright.exports.sweep import sweep

tasks = procrastinate.Blueprint()


@tasks.task(name="make_export", queue="heavy", pass_context=True)
async def make_export(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Makes the archives that were asked for."""
    state: State = context.additional_context["state"]
    for id in ids:
        await make(state, UUID(workspace), UUID(id))


@tasks.periodic(cron="*/5 * * * *")
@tasks.task(name="sweep_exports", pass_context=True, queueing_lock="sweep_exports")
async def sweep_exports(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each few minutes: lets go of what is over, and begins again what a dead worker left."""
    state: State = context.additional_context["state"]
    await sweep(state, state.clock())
