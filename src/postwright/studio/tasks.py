"""Background jobs of the studio."""

from __future__ import annotations

from uuid import UUID

import procrastinate
import structlog

from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.studio.convert import convert
from postwright.studio.drafts import purge_drafts
from postwright.studio.render import render_draft

log = structlog.get_logger()
tasks = procrastinate.Blueprint()


@tasks.task(name="render_media", queue="heavy", pass_context=True, retry=procrastinate.RetryStrategy(max_attempts=3, wait=5))
async def render_media(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Makes the pending media of these drafts."""
    state = _state(context)
    for id in ids:
        await render_draft(state, UUID(workspace), UUID(id))


@tasks.task(name="convert_media", queue="heavy", pass_context=True, retry=procrastinate.RetryStrategy(max_attempts=8, wait=60))
async def convert_media(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Makes the copies that were asked for."""
    for id in ids:
        await convert(_state(context), UUID(workspace), UUID(id))


@tasks.periodic(cron="37 3 * * *")
@tasks.task(name="purge_deleted_drafts", pass_context=True, queueing_lock="purge_deleted_drafts")
async def purge_deleted_drafts(context: procrastinate.JobContext, timestamp: int) -> None:
    """Each night: removes the drafts whose 30 days in the bin are over."""
    state = _state(context)
    async with transaction(state.pool, SERVICE) as db:
        log.info("drafts purged", count=await purge_drafts(db, state.clock()))


def _state(context: procrastinate.JobContext) -> State:
    state: State = context.additional_context["state"]
    return state
