"""Jobs of notices."""

from __future__ import annotations

import procrastinate
import structlog

from postwright.edge.state import State
from postwright.notices.deliver import deliver

log = structlog.get_logger()
tasks = procrastinate.Blueprint()


@tasks.periodic(cron="* * * * * */30")
@tasks.task(name="mail_notices", pass_context=True, queueing_lock="mail_notices")
async def mail_notices(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each half minute: one letter to each person for all that waits for them. So a letter is there within the minute, and what
    happened together comes together."""
    state: State = context.additional_context["state"]
    sent = await deliver(state, now=state.clock())
    if sent:
        log.info("letters about notices were sent", letters=sent)
