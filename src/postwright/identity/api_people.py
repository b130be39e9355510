"""JSON for whoever runs the server: its people, and whether everybody may sign up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from postwright.edge.access import OPERATOR, needs
from postwright.edge.context import Context, Signed
from postwright.edge.fields import Next
from postwright.edge.paging import After, Cursor, Limit
from postwright.edge.routes import api_router
from postwright.identity import people, register, store
from postwright.identity.clerk import closed_list
from postwright.identity.models import PersonRow

router = api_router()


class Person(BaseModel):
    """Somebody with an account here."""

    id: UUID = Field(examples=["0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22"])
    email: str = Field(examples=["bob@example.com"])
    name: str = Field(examples=["Bob"])
    picture: str | None = Field(examples=["/people/0193b6f0-7d3a-7c1e-9f00-6c1f0f3f9a22/pictures/6f0a4a52-3ad4-4c1b-9d0c-2f4a6f3f7c11"])
    verified: bool
    active: bool
    operator: bool
    has_password: bool
    workspaces: int = Field(description="Of how many they are a member.", examples=[2])
    created_at: datetime
    last_seen_at: datetime | None = Field(examples=["2027-03-02T09:00:00Z"])
    asked_at: datetime | None = Field(
        description="When they asked for a new password and no letter could be sent.", examples=["2027-03-02T09:00:00Z"]
    )

    @classmethod
    def of(cls, row: PersonRow) -> Person:
        return cls(
            id=row.id, email=row.email, name=row.name, picture=row.avatar_url, verified=row.verified, active=row.is_active,
            operator=row.is_operator, has_password=row.has_password, workspaces=row.workspaces, created_at=row.created_at,
            last_seen_at=row.last_seen_at, asked_at=row.asked_at,
        )  # fmt: skip


class People(BaseModel):
    items: list[Person]
    next: Next


class Link(BaseModel):
    """To be handed over by you. It is told once."""

    url: str = Field(examples=["https://postwright.example/reset/fWq3kPz0v1L9dJc5u7Xy2bT8"])
    emailed: bool = Field(default=False, description="Always false: no e-mail was sent.")


class SignUpRule(BaseModel, extra="forbid"):
    open: bool | None = Field(description="Null: open where only this machine reaches the server, closed elsewhere.", examples=[True])


class SignUpState(BaseModel):
    open: bool = Field(description="Whether everybody may sign up now. Who was invited always may.")
    decided: bool | None = Field(description="What the operator said.", examples=[True])


@router.get("/people", summary="The people of this server")
@needs(OPERATOR)
async def list_people(
    ctx: Signed,
    q: Annotated[str, Query(max_length=200, description="Part of a name or an address.")] = "",
    after: After = None,
    limit: Limit = 50,
) -> People:
    """For whoever runs it; newest first."""
    async with closed_list(ctx) as db:
        found = await people.list_people(db, ctx.caller.user_id, sought=q, after=Cursor.parse(after), limit=limit)
    return People(items=[Person.of(each) for each in found.items], next=found.next)


@router.get("/people/sign-up", summary="Whether everybody may sign up")
@needs(OPERATOR)
async def get_sign_up(ctx: Signed) -> SignUpState:
    """For whoever runs the server."""
    return await _sign_up_state(ctx)


@router.put("/people/sign-up", summary="Open or close sign-up")
@needs(OPERATOR)
async def put_sign_up(ctx: Signed, body: SignUpRule) -> SignUpState:
    """For whoever runs the server. Who was invited may always sign up."""
    async with closed_list(ctx) as db:
        await store.set_sign_up(db, ctx.caller.user_id, open=body.open)
    return await _sign_up_state(ctx)


@router.post("/people/{person_id}/deactivate", status_code=204, summary="Lock somebody out")
@needs(OPERATOR)
async def deactivate(ctx: Signed, person_id: UUID) -> Response:
    """At once: their sessions and links end, their keys stop. What they made stays, and so do their invitations."""
    return await _set_active(ctx, person_id, active=False)


@router.post("/people/{person_id}/activate", status_code=204, summary="Let somebody in again")
@needs(OPERATOR)
async def activate(ctx: Signed, person_id: UUID) -> Response:
    """They sign in anew; their keys work again."""
    return await _set_active(ctx, person_id, active=True)


@router.post("/people/{person_id}/reset-link", status_code=201, summary="Make a link for a new password")
@needs(OPERATOR)
async def reset_link(ctx: Signed, person_id: UUID) -> Link:
    """It works once, within an hour, and ends their sessions. No e-mail is sent: hand it over."""
    async with closed_list(ctx) as db:
        path = await people.make_reset_link(db, ctx.caller.user_id, person_id, now=ctx.now)
    return Link(url=ctx.state.settings.base_url + path)


@router.post("/people/{person_id}/sign-in-link", status_code=201, summary="Make a link that signs in")
@needs(OPERATOR)
async def sign_in_link(ctx: Signed, person_id: UUID) -> Link:
    """It works once, within a day. No e-mail is sent: hand it over."""
    async with closed_list(ctx) as db:
        path = await people.make_sign_in_link(db, ctx.caller.user_id, person_id, now=ctx.now)
    return Link(url=ctx.state.settings.base_url + path)


async def _set_active(ctx: Context, person: UUID, *, active: bool) -> Response:
    async with closed_list(ctx) as db:
        await people.set_active(db, ctx.caller.user_id, person, active=active)
    return Response(status_code=204)


async def _sign_up_state(ctx: Context) -> SignUpState:
    async with closed_list(ctx) as db:
        return SignUpState(open=await register.is_open(db, ctx.state.settings), decided=await store.sign_up_open(db))
