"""Workspaces over JSON. `current` is the workspace that X-Workspace names, else the one that the session looks at, or the key's."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from postwright.edge.access import ADMIN, ADMIN_PERSON, ADMIN_WHOLE, OWNER, PERSON, READ, needs
from postwright.edge.context import LongContext, Signed, SignedNoTx
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Cursor, Limit
from postwright.edge.routes import api_router
from postwright.edge.versions import IfMatch, require, tell
from postwright.workspaces import answer, delete, invite, letter, make, staff, store
from postwright.workspaces.letter import Delivery
from postwright.workspaces.models import Invited
from postwright.workspaces.shapes import (
    ACME,
    BOB,
    Answer,
    DeletedWorkspace,
    DeletedWorkspaces,
    DeletionAsked,
    DeletionTakes,
    InvitationDetail,
    InvitationMade,
    Invitations,
    InvitationsWaiting,
    InvitationWaiting,
    Joined,
    MemberChange,
    NewInvitation,
    NewWorkspace,
    Transfer,
    WorkspaceChange,
    WorkspaceDeletion,
    WorkspaceDetail,
    WorkspaceList,
    WorkspaceMember,
    WorkspaceMembers,
)

router = api_router(prefix="/workspaces", tags=["workspaces"])

WorkspaceId = Annotated[UUID, Path(description="The workspace's id.", examples=[ACME])]
MemberId = Annotated[UUID, Path(description="The member's user id.", examples=[BOB])]
InvitationId = Annotated[UUID, Path(description="The invitation's id.", examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a33"])]


@router.get("", summary="The caller's workspaces")
@needs(READ)
async def list_mine(ctx: Signed) -> WorkspaceList:
    """Oldest first; a key has one."""
    return WorkspaceList(items=[WorkspaceDetail.of(each, ctx.caller) for each in await make.list_mine(ctx.db, ctx.actor)])


@router.post("", status_code=201, summary="Make a workspace")
@needs(PERSON)
async def create(ctx: Signed, wish: NewWorkspace, dry_run: DryRun = False) -> WorkspaceDetail:
    """An empty workspace that the caller owns. The session goes on looking at the one it looks at."""
    made = await make.create(ctx.db, name=wish.name, environment=wish.environment)
    return next(WorkspaceDetail.of(each, ctx.caller) for each in await make.list_mine(ctx.db, ctx.actor) if each.id == made)


@router.get("/deleted", summary="Deleted workspaces")
@needs(PERSON)
async def list_deleted(ctx: Signed) -> DeletedWorkspaces:
    """Those that the caller owned and may still restore."""
    return DeletedWorkspaces(items=[DeletedWorkspace.model_validate(each) for each in await delete.list_deleted(ctx.db)])


@router.get("/invitations", summary="Invitations to the caller")
@needs(PERSON)
async def list_waiting(ctx: Signed) -> InvitationsWaiting:
    """Those that stand, to the caller's address; none before the address is verified."""
    return InvitationsWaiting(items=[InvitationWaiting.model_validate(each) for each in await answer.list_waiting(ctx.db)])


@router.post("/invitations/accept", summary="Accept an invitation")
@needs(PERSON)
async def accept(ctx: Signed, which: Answer) -> Joined:
    """Makes the caller a member. Only the person of the invited address may, once."""
    return Joined(workspace=await answer.accept(ctx.db, **which.which()))


@router.post("/invitations/decline", status_code=204, summary="Decline an invitation")
@needs(PERSON)
async def decline(ctx: Signed, which: Answer) -> None:
    """Ends it; whoever invited sees that it was declined."""
    await answer.decline(ctx.db, **which.which())


@router.get("/current", summary="The workspace")
@needs(READ)
async def get_current(ctx: Signed) -> WorkspaceDetail:
    """The workspace that this request is about."""
    found = await make.get(ctx.db, ctx.actor)
    tell(ctx.request, *found.version)
    return WorkspaceDetail.of(found, ctx.caller)


@router.patch("/current", summary="Rename, or set the zone")
@needs(ADMIN_WHOLE)
async def change_current(ctx: Signed, wish: WorkspaceChange, if_match: IfMatch = None) -> WorkspaceDetail:
    """Posts that have a zone of their own keep it."""
    require(if_match, *(await make.get_to_change(ctx.db, ctx.actor)).version)
    changed = await make.change(ctx.db, ctx.actor, name=wish.name, timezone=wish.timezone)
    tell(ctx.request, *changed.version)
    return WorkspaceDetail.of(changed, ctx.caller)


@router.get("/current/deletion", summary="What a deletion would take along")
@needs(OWNER)
async def look_at_deletion(ctx: Signed) -> DeletionTakes:
    """Counted now."""
    return DeletionTakes.model_validate(await delete.takes_along(ctx.db, ctx.actor))


@router.post("/current/delete", summary="Delete the workspace")
@needs(OWNER)
async def delete_current(ctx: Signed, wish: DeletionAsked, dry_run: DryRun = False) -> WorkspaceDeletion:
    """It disappears for everybody, its keys stop, its invitations end, its scheduled posts go back to the plan. Its owners
    can restore it for 30 days; then it is purged, media too."""
    return WorkspaceDeletion.model_validate(await delete.delete(ctx.db, ctx.actor, ctx.caller, typed=wish.name))


@router.post("/current/leave", status_code=204, summary="Leave the workspace")
@needs(PERSON)
async def leave_current(ctx: Signed) -> None:
    """What the caller made stays; their keys for it end. The last owner hands over first."""
    await staff.leave(ctx.db, ctx.actor, ctx.caller)


@router.post("/current/transfer", summary="Hand the workspace over")
@needs(OWNER)
async def transfer_current(ctx: Signed, wish: Transfer) -> WorkspaceMember:
    """Makes another member the owner and the caller an admin."""
    return WorkspaceMember.of(await staff.hand_over(ctx.db, ctx.actor, ctx.caller, wish.member))


@router.get("/current/members", summary="Members")
@needs(READ)
async def list_members(ctx: Signed) -> WorkspaceMembers:
    """Names and pictures for everybody; e-mail addresses for admins."""
    return WorkspaceMembers(items=[WorkspaceMember.of(each) for each in await store.members(ctx.db, ctx.actor.home)])


@router.get("/current/members/{member}", summary="One member")
@needs(READ)
async def get_member(ctx: Signed, member: MemberId) -> WorkspaceMember:
    """With the ETag that a change may name."""
    found = await staff.get_member(ctx.db, ctx.actor, member)
    tell(ctx.request, *found.version)
    return WorkspaceMember.of(found)


@router.patch("/current/members/{member}", summary="Change a member's role")
@needs(ADMIN_PERSON)
async def change_member(ctx: Signed, member: MemberId, wish: MemberChange, if_match: IfMatch = None) -> WorkspaceMember:
    """An admin changes editors and viewers; only an owner makes admins and owners, or changes them."""
    require(if_match, *(await staff.get_member(ctx.db, ctx.actor, member)).version)
    changed = await staff.change_member(ctx.db, ctx.actor, ctx.caller, member, role=wish.role, can_approve=wish.can_approve)
    tell(ctx.request, *changed.version)
    return WorkspaceMember.of(changed)


@router.delete("/current/members/{member}", status_code=204, summary="Remove a member")
@needs(ADMIN_WHOLE)
async def remove_member(ctx: Signed, member: MemberId) -> None:
    """They see nothing of the workspace any more, their keys for it end, what they made stays."""
    await staff.remove_member(ctx.db, ctx.actor, ctx.caller, member)


@router.get("/current/invitations", summary="Invitations")
@needs(ADMIN)
async def list_invitations(
    ctx: Signed,
    open: Annotated[bool, Query(description="Only those that stand.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Invitations:
    """Newest first."""
    found = await invite.list_invitations(ctx.db, ctx.actor, now=ctx.now, open_only=open, after=Cursor.parse(after), limit=limit)
    return Invitations(items=[InvitationDetail.of(each, ctx.now) for each in found.items], next=found.next)


@router.post("/current/invitations", status_code=201, summary="Invite somebody")
@needs(ADMIN_PERSON)
async def invite_one(ctx: SignedNoTx, wish: NewInvitation, dry_run: DryRun = False) -> InvitationMade:
    """Sends a letter with a link that works once, for this address. Without a mail server the link is in the answer."""
    if dry_run:
        made = await invite.invite(await ctx.last_transaction(), ctx.actor, ctx.caller, wish.wish(), now=ctx.now)
        return InvitationMade.told(made, Delivery(False, None, "A rehearsal: nothing was sent."), ctx.now)
    async with ctx.transaction() as db:
        made = await invite.invite(db, ctx.actor, ctx.caller, wish.wish(), now=ctx.now)
    return await _delivered(ctx, made)


@router.post("/current/invitations/{invitation}/send", status_code=201, summary="Send an invitation again")
@needs(ADMIN_PERSON)
async def send_again(ctx: SignedNoTx, invitation: InvitationId) -> InvitationMade:
    """Makes it anew, with a new id and a new link, for as long as before; the old link is worth nothing from here on."""
    async with ctx.transaction() as db:
        made = await invite.send_again(db, ctx.actor, ctx.caller, invitation, now=ctx.now)
    return await _delivered(ctx, made)


@router.delete("/current/invitations/{invitation}", status_code=204, summary="Take an invitation back")
@needs(ADMIN_WHOLE)
async def revoke(ctx: Signed, invitation: InvitationId) -> None:
    """Twice is once."""
    await invite.revoke(ctx.db, ctx.actor, invitation, now=ctx.now)


@router.post("/{workspace}/open", status_code=204, summary="Look at another workspace")
@needs(PERSON)
async def open_one(ctx: Signed, workspace: WorkspaceId) -> None:
    """Requests of this session without X-Workspace go to it from here on."""
    await make.switch(ctx.db, ctx.caller, workspace)


@router.post("/{workspace}/restore", summary="Restore a deleted workspace")
@needs(PERSON)
async def restore(ctx: Signed, workspace: WorkspaceId) -> DeletedWorkspace:
    """Brings it back for everybody. Its posts are planned, none is scheduled; its invitations stay ended."""
    return DeletedWorkspace.model_validate(await delete.restore(ctx.db, workspace))


async def _delivered(ctx: LongContext, made: Invited) -> InvitationMade:
    """The letter between two transactions; the second keeps the answer."""
    delivery = await letter.deliver(ctx.state, ctx.caller, made)
    db = await ctx.last_transaction()
    if delivery.emailed:
        await store.note_emailed(db, ctx.actor.home, made.invitation.id, ctx.now)
    return InvitationMade.told(made, delivery, ctx.now)
