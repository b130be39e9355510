"""Workspaces: the list, the switch, the settings of the one that the caller looks at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import ADMIN, OWNER, PERSON, READ, needs
from postwright.edge.callers import my_workspaces
from postwright.edge.context import Context, Signed
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.edge.versions import etag, require
from postwright.errors import ChangedSince, Conflict, InvalidInput, PostwrightError
from postwright.kit.time import zone_names
from postwright.workspaces import answer, delete, make, staff, store
from postwright.workspaces.invited_pages import router as invited
from postwright.workspaces.members_pages import router as members
from postwright.workspaces.models import Environment, Role
from postwright.workspaces.same import same_workspace

router = page_router()
router.include_router(members)
router.include_router(invited)

Text = Annotated[str, Form(max_length=2000)]


@router.get("/workspaces")
@needs(READ)
async def workspaces_page(ctx: Signed) -> Response:
    return await _list(ctx)


@router.get("/workspaces/menu")
@needs(READ)
async def workspace_menu(ctx: Signed) -> Response:
    return fragment(ctx, "workspaces/_menu.html", workspaces=await my_workspaces(ctx.db, ctx.actor))


@router.post("/workspaces")
@needs(PERSON)
async def create_submit(ctx: Signed, name: Text = "", kind: Text = "") -> Response:
    """A workspace of any kind; the session looks at it from here on."""
    try:
        return await _make(ctx, name, next((each for each in get_args(Environment) if each == kind), None), "switched")
    except InvalidInput as error:
        return await _list(ctx, values={"name": name, "kind": kind}, errors={"name": error.message}, status=error.status)


@router.post("/workspaces/live")
@needs(PERSON)
async def go_live(ctx: Signed, name: Text = "") -> Response:
    """An empty live workspace beside this one; Accounts opens in it."""
    return await _make(ctx, name or "Live", "live", "live")


@router.post("/workspaces/{workspace}/open")
@needs(PERSON)
async def open_workspace(ctx: Signed, workspace: UUID) -> Response:
    await make.switch(ctx.db, ctx.caller, workspace)
    return RedirectResponse("/today", 303)


@router.post("/workspaces/{workspace}/restore")
@needs(PERSON)
async def restore_submit(ctx: Signed, workspace: UUID) -> Response:
    await delete.restore(ctx.db, workspace)
    return RedirectResponse("/workspaces?said=restored", 303)


@router.get("/settings/workspace")
@needs(READ)
async def workspace_settings(ctx: Signed) -> Response:
    return await _settings(ctx)


@router.post("/settings/workspace")
@needs(ADMIN)
async def save_workspace(ctx: Signed, name: Text = "", timezone: Text = "", version: Text = "", workspace: Text = "") -> Response:
    """Renames it, sets its zone. A form that is older than somebody else's change overwrites nothing and keeps what was typed."""
    same_workspace(ctx.caller, workspace)
    typed = {"name": name, "timezone": timezone}
    try:
        require(version or None, *(await make.get_to_change(ctx.db, ctx.actor)).version)
        await make.change(ctx.db, ctx.actor, name=name, timezone=timezone)
    except (InvalidInput, ChangedSince) as error:
        return await _settings(ctx, typed, {error.field if error.field in typed else "form": error.message}, error.status)
    return RedirectResponse("/settings/workspace?said=saved", 303)


@router.post("/settings/workspace/leave")
@needs(PERSON)
async def leave_submit(ctx: Signed, workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    await staff.leave(ctx.db, ctx.actor, ctx.caller)
    return RedirectResponse("/workspaces?said=left", 303)


@router.post("/settings/workspace/transfer")
@needs(OWNER)
async def transfer_submit(ctx: Signed, member: Annotated[UUID | None, Form()] = None, workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    if member is None:
        return await _settings(ctx, errors={"member": "Choose who is to own it."}, status=422)
    await staff.hand_over(ctx.db, ctx.actor, ctx.caller, member)
    return RedirectResponse("/settings/workspace?said=handed_over", 303)


@router.get("/settings/workspace/delete")
@needs(OWNER)
async def delete_page(ctx: Signed) -> Response:
    return await _deletion(ctx)


@router.post("/settings/workspace/delete")
@needs(OWNER)
async def delete_submit(ctx: Signed, name: Text = "", workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    try:
        await delete.delete(ctx.db, ctx.actor, ctx.caller, typed=name)
    except InvalidInput as error:
        return await _deletion(ctx, error, name)
    return RedirectResponse("/workspaces?said=deleted", 303)


async def _make(ctx: Context, name: str, environment: Environment | None, said: str) -> Response:
    made = await make.create(ctx.db, name=name, environment=environment)
    await make.switch(ctx.db, ctx.caller, made)
    return RedirectResponse(f"/accounts?said={said}", 303)


async def _list(
    ctx: Context, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    return page(
        ctx, "settings/workspaces.html", status, title="Workspaces", workspaces=await make.list_mine(ctx.db, ctx.actor),
        waiting=await answer.list_waiting(ctx.db), deleted=await delete.list_deleted(ctx.db), values=values or {}, errors=errors or {},
    )  # fmt: skip


async def _settings(
    ctx: Context, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    found = await make.get(ctx.db, ctx.actor)
    members = await store.members(ctx.db, ctx.actor.home)
    return page(
        ctx, "settings/workspace.html", status, title="Workspace", space=found, version=etag(*found.version),
        values=typed or {"name": found.name, "timezone": found.timezone}, errors=errors or {}, zones=sorted(zone_names()),
        heirs=[each for each in members if each.user_id != ctx.caller.user_id],
        owners=sum(each.role is Role.OWNER for each in members),
    )  # fmt: skip


async def _deletion(ctx: Context, error: PostwrightError | None = None, typed: str = "") -> Response:
    found = await make.get(ctx.db, ctx.actor)
    if found.personal:
        raise Conflict("This is your personal workspace: it goes only with your account.", field="workspace", rule="personal")
    takes = await delete.takes_along(ctx.db, ctx.actor)
    return page(
        ctx, "workspaces/delete.html", error.status if error else 200, title=f"Delete “{found.name}”", space=found, takes=takes,
        typed=typed, errors={"name": error.message} if error else {},
    )  # fmt: skip
