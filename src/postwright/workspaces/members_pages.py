"""Members and invitations of the workspace, under Settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.db.queries import Conn
from postwright.edge.access import ADMIN, ADMIN_PERSON, READ, needs
from postwright.edge.context import Context, LongContext, Signed, SignedNoTx
from postwright.edge.paging import Cursor
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import Conflict, InvalidInput, PostwrightError, TooManyTries
from postwright.workspaces import invite, staff, store
from postwright.workspaces.letter import Delivery, deliver
from postwright.workspaces.models import Invited, Role, Wish
from postwright.workspaces.same import same_workspace

router = page_router()

Text = Annotated[str, Form(max_length=2000)]
_A_PAGE = 50
_EMPTY = Wish("")


@router.get("/settings/members")
@needs(READ)
async def members_page(ctx: Signed, after: str = "") -> Response:
    return await _show(ctx, ctx.db, after=Cursor.parse(after))


@router.post("/settings/members/invite")
@needs(ADMIN_PERSON)
async def invite_submit(
    ctx: SignedNoTx, email: Text = "", role: Text = "", can_approve: Text = "", days: Text = "7", workspace: Text = ""
) -> Response:
    """Without a mail server the page that comes back shows the link, once."""
    same_workspace(ctx.caller, workspace)
    wish = Wish(email.strip(), _role(role), bool(can_approve), int(days) if days.isdecimal() and len(days) < 4 else 0)
    try:
        async with ctx.transaction() as db:
            made = await invite.invite(db, ctx.actor, ctx.caller, wish, now=ctx.now)
    except (InvalidInput, Conflict, TooManyTries) as error:
        async with ctx.transaction() as db:
            return await _show(ctx, db, wish=wish, error=error)
    return await _delivered(ctx, made)


@router.post("/settings/members/invitations/{invitation}/send")
@needs(ADMIN_PERSON)
async def send_submit(ctx: SignedNoTx, invitation: UUID, workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    async with ctx.transaction() as db:
        made = await invite.send_again(db, ctx.actor, ctx.caller, invitation, now=ctx.now)
    return await _delivered(ctx, made)


@router.post("/settings/members/invitations/{invitation}/revoke")
@needs(ADMIN)
async def revoke_submit(ctx: Signed, invitation: UUID, workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    await invite.revoke(ctx.db, ctx.actor, invitation, now=ctx.now)
    return RedirectResponse("/settings/members?said=revoked#invitations", 303)


@router.post("/settings/members/{member}")
@needs(ADMIN_PERSON)
async def change_submit(ctx: Signed, member: UUID, role: Text = "", can_approve: Text = "", workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    await staff.change_member(ctx.db, ctx.actor, ctx.caller, member, role=_role(role), can_approve=bool(can_approve))
    return RedirectResponse("/settings/members?said=saved", 303)


@router.post("/settings/members/{member}/remove")
@needs(ADMIN)
async def remove_submit(ctx: Signed, member: UUID, workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    await staff.remove_member(ctx.db, ctx.actor, ctx.caller, member)
    return RedirectResponse("/settings/members?said=removed", 303)


async def _delivered(ctx: LongContext, made: Invited) -> Response:
    delivery = await deliver(ctx.state, ctx.caller, made)
    async with ctx.transaction() as db:
        if delivery.emailed:
            await store.note_emailed(db, ctx.actor.home, made.invitation.id, ctx.now)
        else:
            return await _show(ctx, db, made=made, delivery=delivery)
    return RedirectResponse("/settings/members?said=invited#invitations", 303)


async def _show(
    ctx: Context | LongContext,
    db: Conn,
    *,
    after: Cursor | None = None,
    wish: Wish = _EMPTY,
    error: PostwrightError | None = None,
    made: Invited | None = None,
    delivery: Delivery | None = None,
) -> Response:
    members = await store.members(db, ctx.actor.home)
    admin = ctx.caller.may("admin")
    return page(
        ctx, "settings/members.html", error.status if error else 200, title="Members", members=members,
        invitations=await invite.list_invitations(db, ctx.actor, now=ctx.now, after=after, limit=_A_PAGE) if admin else None,
        roles=[each for each in Role if staff.may_manage(ctx.caller, each)],
        manages={each.user_id for each in members if staff.may_manage(ctx.caller, each.role)},
        wish=wish, errors=_errors(error), made=made, delivery=delivery, mails=ctx.state.mailer.sends,
    )  # fmt: skip


def _errors(error: PostwrightError | None) -> Mapping[str, str]:
    return {error.field if error.field in {"email", "role", "days"} else "form": error.message} if error else {}


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidInput("Choose a role: " + ", ".join(Role) + ".", field="role", rule="known") from None
