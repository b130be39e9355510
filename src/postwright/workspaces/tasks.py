"""Jobs of workspaces."""

from __future__ import annotations

import procrastinate

from postwright.edge.state import State
from postwright.workspaces.purge import purge

tasks = procrastinate.Blueprint()


@tasks.periodic(cron="37 * * * *")
@tasks.task(name="purge_workspaces", pass_context=True, queueing_lock="purge_workspaces")
async def purge_workspaces(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each hour: removes the workspaces whose thirty days are over, their files too."""
    state: State = context.additional_context["state"]
    await purge(state)
