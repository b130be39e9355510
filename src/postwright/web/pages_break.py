"""The sandbox > Break something: a person chooses what goes wrong with the next post, and watches Postwright recover."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.connections.accounts import list_accounts
from postwright.connections.models import AccountRow
from postwright.edge.access import PERSON, READ, needs
from postwright.edge.context import LongContext, SignedNoTx
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput
from postwright.publishing.posts import PostFilter, PostRow, Sort, Tab, list_posts
from postwright.web import faults

router = page_router()

_SHOWN = 12


@router.get("/sandbox/break")
@needs(READ)
async def break_page(ctx: SignedNoTx, broken: str = "", kind: str = "") -> Response:
    accounts, waiting = await _scene(ctx)
    workspace = ctx.caller.workspace
    armed = await faults.armed(ctx.state, workspace.id) if workspace.simulated else []
    chosen_on = broken if broken in {each.platform for each in accounts} else ""
    return page(
        ctx, "sandbox/break.html", title="Break something", faults=faults.FAULTS, accounts=accounts, waiting=waiting,
        armed=armed, broken=chosen_on, on=chosen_on or _worth_breaking(accounts, waiting),
        chosen=next((each for each in faults.FAULTS if each.kind == kind), None), zone=ctx.caller.timezone,
    )  # fmt: skip


@router.post("/sandbox/break")
@needs(PERSON)
async def break_next(ctx: SignedNoTx, platform: Annotated[str, Form()] = "", kind: Annotated[str, Form()] = "") -> Response:
    _check(ctx)
    fault = faults.fault_of(kind)
    accounts, _ = await _scene(ctx)
    if platform not in {each.platform for each in accounts}:
        raise InvalidInput("Choose one of the accounts of this workspace.", field="platform", rule="known_platform")
    await faults.arm(ctx.state, ctx.caller.workspace.id, platform, fault)
    return RedirectResponse(f"/sandbox/break?broken={platform}&kind={fault.kind}#watch", 303)


@router.post("/sandbox/mend")
@needs(PERSON)
async def mend(ctx: SignedNoTx) -> Response:
    _check(ctx)
    await faults.disarm(ctx.state, ctx.caller.workspace.id)
    return RedirectResponse("/sandbox/break", 303)


def _check(ctx: LongContext) -> None:
    ctx.need("editor")
    if not ctx.caller.workspace.simulated:
        raise InvalidInput("Only the sandbox can be broken: a live workspace talks to real platforms.", field="kind", rule="sandbox_only")


async def _scene(ctx: LongContext) -> tuple[list[AccountRow], list[PostRow]]:
    """The workspace's accounts, and what can be sent off now, held posts first: the posts that one can break."""
    found: dict[UUID, PostRow] = {}
    async with ctx.transaction() as db:
        for tab in (Tab.NEEDS_ATTENTION, Tab.PLANNED, Tab.SCHEDULED):
            waiting = await list_posts(db, ctx.actor, PostFilter(tab=tab), now=ctx.now, sort=Sort.SCHEDULED_AT, limit=_SHOWN)
            found |= {each.id: each for each in waiting.items if "publish" in each.verbs}
        return await list_accounts(db, ctx.actor), list(found.values())


def _worth_breaking(accounts: list[AccountRow], waiting: list[PostRow]) -> str:
    """The platform of the first account that has something to send."""
    ready = {each.platform for each in waiting}
    return next((each.platform for each in accounts if each.platform in ready), "")
