"""Background jobs of the library."""

from __future__ import annotations

import procrastinate
import structlog

from postwright.edge.state import State
from postwright.library import purge, resume

log = structlog.get_logger()
tasks = procrastinate.Blueprint()


@tasks.periodic(cron="37 */4 * * *")
@tasks.task(name="purge_files", pass_context=True, queueing_lock="purge_files")
async def purge_files(context: procrastinate.JobContext, timestamp: int) -> None:
    """Several times a day, so that a machine that sleeps at night has its turn: lets go of files that nobody can want back."""
    state: State = context.additional_context["state"]
    log.info("files let go", count=await purge.purge_files(state, state.clock()), uploads=await resume.sweep(state, state.clock()))
