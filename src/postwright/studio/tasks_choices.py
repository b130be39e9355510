"""The job that asks platforms what accounts may choose."""

from __future__ import annotations

from uuid import UUID

import procrastinate

from postwright.edge.state import State
from postwright.studio.choices import ask_platforms

tasks = procrastinate.Blueprint()


@tasks.task(name="ask_choices", pass_context=True)
async def ask_choices(context: procrastinate.JobContext, workspace: str, ids: list[str]) -> None:
    """Asks for the choices of some accounts."""
    state: State = context.additional_context["state"]
    await ask_platforms(state, UUID(workspace), [UUID(each) for each in ids])
