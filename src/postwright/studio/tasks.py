"""Background jobs of the studio."""

from __future__ import annotations

from uuid import UUID

import procrastinate

from postwright.edge.state import State
from postwright.studio.render import render_draft

tasks = procrastinate.Blueprint()


@tasks.task(name="render_media", pass_context=True, retry=procrastinate.RetryStrategy(max_attempts=3, wait=5))
async def render_media(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Makes the pending media of these drafts."""
    state: State = context.additional_context["state"]
    for id in ids:
        await render_draft(state, UUID(workspace), UUID(id))
