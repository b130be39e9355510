"""The page behind an invitation's link. Opening it spends nothing: mail scanners and previews open links too."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from postwright.db.session import VISITOR, transaction
from postwright.edge.access import PERSON, needs
from postwright.edge.callers import Caller
from postwright.edge.context import Context, Signed, remember_caller
from postwright.edge.render import public_page
from postwright.edge.routes import page_router
from postwright.edge.state import state_of
from postwright.errors import NotFound, PostwrightError
from postwright.identity import store as people
from postwright.identity.cookies import end_session
from postwright.workspaces import answer, make
from postwright.workspaces.models import Offer

router = page_router()


@router.get("/invitations/{token}")
async def invitation_page(request: Request, token: str) -> Response:
    """For everybody who holds the link; what it says depends on who is signed in."""
    async with transaction(state_of(request).pool, VISITOR) as db:
        offer = await answer.find(db, token)
    await remember_caller(request)
    caller: Caller | None = getattr(request.state, "caller", None)
    if offer is None:
        return public_page(request, "workspaces/no_invitation.html", 404, title="No such invitation", me=caller, error=None)
    where = f"/invitations/{token}"
    query = urlencode({"next": where, "email": offer.email})
    return public_page(
        request, "workspaces/invitation.html", title=f"Invitation to {offer.workspace_name}", offer=offer, me=caller, where=where,
        query=query, csrf=caller.csrf if caller else "", yours=caller is not None and _is_for(offer, caller),
    )  # fmt: skip


@router.post("/invitations/{token}/accept")
@needs(PERSON)
async def accept_submit(ctx: Signed, token: str) -> Response:
    return await _join(ctx, token=token)


@router.post("/invitations/{token}/decline")
@needs(PERSON)
async def decline_submit(ctx: Signed, token: str) -> Response:
    return await _refuse(ctx, token=token)


@router.post("/workspaces/invitations/{invitation}/accept")
@needs(PERSON)
async def accept_waiting(ctx: Signed, invitation: UUID) -> Response:
    return await _join(ctx, id=invitation)


@router.post("/workspaces/invitations/{invitation}/decline")
@needs(PERSON)
async def decline_waiting(ctx: Signed, invitation: UUID) -> Response:
    return await _refuse(ctx, id=invitation)


@router.post("/invitations/{token}/sign-out")
@needs(PERSON)
async def sign_out_submit(ctx: Signed, token: str) -> Response:
    """Ends this session and comes back here, so that the right person can sign in."""
    await people.end_session(ctx.db, session=ctx.caller.session, user=ctx.caller.user_id, now=ctx.now)
    return end_session(RedirectResponse(f"/invitations/{token}", 303), ctx.state)


async def _join(ctx: Context, *, token: str | None = None, id: UUID | None = None) -> Response:
    try:
        joined = await answer.accept(ctx.db, token=token, id=id)
    except NotFound as error:
        return _no_invitation(ctx, error)
    await make.switch(ctx.db, ctx.caller, joined)
    return RedirectResponse("/today?said=switched", 303)


async def _refuse(ctx: Context, *, token: str | None = None, id: UUID | None = None) -> Response:
    try:
        await answer.decline(ctx.db, token=token, id=id)
    except NotFound as error:
        return _no_invitation(ctx, error)
    return RedirectResponse("/workspaces?said=declined", 303)


def _no_invitation(ctx: Context, error: PostwrightError) -> Response:
    return public_page(ctx.request, "workspaces/no_invitation.html", error.status, title="No such invitation", me=ctx.caller, error=error)


def _is_for(offer: Offer, caller: Caller) -> bool:
    return offer.email.lower() == caller.email.lower()
