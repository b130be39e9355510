"""JSON: the caller's own profile, picture, password, address and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi.responses import Response
from pydantic import BaseModel, Field

from postwright.edge.access import PERSON, needs
from postwright.edge.callers import Caller, WorkspaceInfo
from postwright.edge.context import Signed, SignedNoTx
from postwright.edge.fields import Next
from postwright.edge.paging import After, Cursor, Limit
from postwright.edge.routes import api_router
from postwright.identity import api_join, api_people, pictures, prove, sessions, store
from postwright.identity.after import after
from postwright.identity.devices import device
from postwright.identity.models import SessionRow
from postwright.identity.profile import change_profile

router = api_router(tags=["identity"])
router.include_router(api_join.router)
router.include_router(api_people.router)


class Workspace(BaseModel):
    """A workspace and the caller's role in it."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a10"])
    name: str = Field(examples=["Acme"])
    environment: str | None = Field(description="`sandbox` or `live`; null until the first account decides.", examples=["live"])
    simulated: bool
    timezone: str = Field(examples=["Europe/Berlin"])
    role: str = Field(examples=["admin"])

    @classmethod
    def of(cls, info: WorkspaceInfo) -> Workspace:
        return cls(
            id=info.id, name=info.name, environment=info.environment, simulated=info.simulated, timezone=info.timezone, role=info.role
        )


class Me(BaseModel):
    """The caller."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a11"])
    email: str = Field(examples=["alice@example.com"])
    verified: bool = Field(description="Whether the address is known to be theirs.")
    name: str = Field(examples=["Alice"])
    timezone: str = Field(description="An IANA zone.", examples=["Europe/Berlin"])
    locale: str = Field(description="How dates and times read: `en`, `en-US`, `de`, `es`, `fr` or `pt`.", examples=["en-US"])
    week_start: int = Field(description="0 = Sunday.", examples=[1])
    picture: str | None = Field(
        description="Where it is served, to those who share a workspace with the caller.",
        examples=["/people/0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22/pictures/6f0a4a52-3ad4-4c1b-9d0c-2f4a6f3f7c11"],
    )
    operator: bool = Field(description="Whether the caller runs this server.")
    workspace: Workspace

    @classmethod
    def of(cls, who: Caller) -> Me:
        return cls(
            id=who.user_id, email=who.email, verified=who.verified, name=who.name, timezone=who.timezone, locale=who.locale,
            week_start=who.week_start, picture=who.picture, operator=who.operator, workspace=Workspace.of(who.workspace),
        )  # fmt: skip


class ProfileChange(BaseModel, extra="forbid"):
    """What is left out stays."""

    name: str | None = Field(default=None, examples=["Alice Miller"], max_length=500)
    timezone: str | None = Field(default=None, examples=["Europe/Berlin"], max_length=100)
    locale: str | None = Field(default=None, examples=["de"], max_length=20)
    week_start: int | None = Field(default=None, ge=0, le=6, description="0 = Sunday, 1 = Monday, 6 = Saturday.", examples=[1])


class Picture(BaseModel):
    picture: str = Field(examples=["/people/019ab0c4-6f1e-7c3a-9a53-1f8f4c1f0d11/pictures/6f0a4a52-3ad4-4c1b-9d0c-2f4a6f3f7c11"])


class PasswordChange(BaseModel, extra="forbid"):
    present: str = Field(
        default="", max_length=1000, description="Left out only by an account that has none yet.", examples=["three old loud words"]
    )
    password: str = Field(max_length=1000, examples=["four plain quiet words"])


class Renewed(BaseModel):
    """The session goes on under this token; the one before opens nothing any more."""

    token: str = Field(examples=["fWq3kPz0v1L9dJc5u7Xy2bT8mN4hRg6s-EaQoZiKtVw"])


class AddressChange(BaseModel, extra="forbid"):
    email: str = Field(max_length=255, examples=["alice@example.org"])
    present: str = Field(
        default="",
        max_length=1000,
        description="The present password; left out only by an account that has none yet.",
        examples=["four plain quiet words"],
    )


class Sent(BaseModel):
    """What became of the letter."""

    emailed: bool = Field(description="Whether a letter is on its way. False: this server sends no e-mail.")
    email: str = Field(description="The address that holds now.", examples=["alice@example.com"])


class SessionItem(BaseModel):
    """One of the caller's sessions."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a77"])
    device: str = Field(examples=["Firefox on Linux"])
    place: str | None = Field(description="The address that it was opened from.", examples=["203.0.113.7"])
    current: bool
    created_at: datetime
    last_seen_at: datetime = Field(description="Exact to five minutes.")
    expires_at: datetime

    @classmethod
    def of(cls, row: SessionRow, current: UUID | None) -> SessionItem:
        return cls(
            id=row.id, device=device(row.user_agent), place=str(row.ip) if row.ip else None, current=row.id == current,
            created_at=row.created_at, last_seen_at=row.last_seen_at, expires_at=row.expires_at,
        )  # fmt: skip


class Sessions(BaseModel):
    items: list[SessionItem]
    next: Next


class Ended(BaseModel):
    ended: int = Field(description="How many sessions.", examples=[2])


_IMAGE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {f"image/{each}": {"schema": {"type": "string", "format": "binary"}} for each in ("png", "jpeg", "webp", "gif")},
    }
}


@router.get("/me", summary="The caller")
async def me(ctx: Signed) -> Me:
    """Who the session or key stands for, and the workspace that requests without X-Workspace go to."""
    return Me.of(ctx.caller)


@router.patch("/me", summary="Change the profile")
@needs(PERSON)
async def patch_me(ctx: Signed, body: ProfileChange) -> Me:
    """Name, zone, locale and first day of the week."""
    changed = await change_profile(
        ctx.db, ctx.caller, name=body.name, zone=body.timezone, week_start=body.week_start, locale=body.locale
    )  # fmt: skip
    return Me.of(changed)


@router.put("/me/picture", summary="Set the picture", openapi_extra=_IMAGE)
@needs(PERSON)
async def put_picture(ctx: SignedNoTx) -> Picture:
    """The file itself as the body: PNG, JPEG, GIF or WebP. It is drawn anew, 256 pixels square, without metadata."""
    return Picture(picture=await pictures.set_picture(ctx, await ctx.request.body()))


@router.delete("/me/picture", status_code=204, summary="Remove the picture")
@needs(PERSON)
async def delete_picture(ctx: SignedNoTx) -> Response:
    """Initials stand in its place. Twice is once."""
    await pictures.remove_picture(ctx)
    return Response(status_code=204)


@router.post("/me/password", summary="Change the password")
@needs(PERSON)
async def post_password(ctx: SignedNoTx, body: PasswordChange) -> Renewed:
    """Asks for the present one. All other sessions end; this one goes on under the token of the answer."""
    token = await prove.change_password(
        ctx.state, after(ctx.request), ctx.caller.user_id, ctx.caller.session, present=body.present, password=body.password
    )
    return Renewed(token=token)


@router.post("/me/address", status_code=202, summary="Change the e-mail address")
@needs(PERSON)
async def post_address(ctx: SignedNoTx, body: AddressChange) -> Sent:
    """The new address takes over when the link of the letter to it is opened. Where no letters go out it holds at once, unverified."""
    return Sent(emailed=ctx.state.mailer.sends, email=await prove.change_address(ctx, body.email, body.present))


@router.post("/me/address/letter", status_code=202, summary="Send the letter again that verifies the address")
@needs(PERSON)
async def post_letter(ctx: SignedNoTx) -> Sent:
    """Five times an hour at most."""
    await prove.send_again(ctx)
    return Sent(emailed=ctx.state.mailer.sends, email=ctx.caller.email)


@router.get("/sessions", summary="Your sessions")
@needs(PERSON)
async def list_sessions(
    ctx: Signed, after: After = None, limit: Limit = 50
) -> Sessions:  # fmt: skip
    """Those that stand, newest first."""
    found = await sessions.list_sessions(ctx.db, ctx.caller.user_id, now=ctx.now, after=Cursor.parse(after), limit=limit)
    return Sessions(items=[SessionItem.of(each, ctx.caller.session_id) for each in found.items], next=found.next)


@router.delete("/sessions", summary="End your other sessions")
@needs(PERSON)
async def delete_sessions(ctx: Signed) -> Ended:
    """All but the one that asks."""
    return Ended(ended=await store.end_other_sessions(ctx.db, session=ctx.caller.session, user=ctx.caller.user_id, now=ctx.now))


@router.delete("/sessions/{session_id}", status_code=204, summary="End a session")
@needs(PERSON)
async def delete_session(ctx: Signed, session_id: UUID) -> Response:
    """One of your own, this one included."""
    await sessions.end_session(ctx.db, ctx.caller.user_id, session_id, now=ctx.now)
    return Response(status_code=204)
