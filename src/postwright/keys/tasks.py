"""Jobs of keys."""

from __future__ import annotations

import procrastinate
import structlog

from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.keys import store

log = structlog.get_logger()
tasks = procrastinate.Blueprint()


@tasks.periodic(cron="23 * * * *")
@tasks.task(name="warn_of_ending_keys", pass_context=True, queueing_lock="warn_of_ending_keys")
async def warn_of_ending_keys(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each hour: a notice to the makers of keys that end within seven days."""
    state: State = context.additional_context["state"]
    async with transaction(state.pool, SERVICE) as db:
        told = await store.warn_of_ending_keys(db, state.clock())
    if told:
        log.info("makers of keys were told that these end soon", told=told)
