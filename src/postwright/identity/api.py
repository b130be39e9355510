"""Who am I, which workspaces are mine, and sessions for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field

from postwright.db.session import VISITOR, transaction
from postwright.edge.access import OPEN, needs
from postwright.edge.callers import WorkspaceInfo, my_workspaces
from postwright.edge.context import Signed
from postwright.edge.routes import api_router
from postwright.edge.state import state_of
from postwright.errors import InvalidInput
from postwright.identity.cookies import visit_of
from postwright.identity.sign_in import sign_in, spend_link

router = api_router(tags=["identity"])


class Workspace(BaseModel):
    """A workspace and the caller's role in it."""

    id: UUID
    name: str
    environment: str | None = Field(description="`sandbox` or `live`; null until the first account decides.")
    simulated: bool
    timezone: str
    role: str

    @classmethod
    def of(cls, info: WorkspaceInfo) -> Workspace:
        return cls(
            id=info.id, name=info.name, environment=info.environment, simulated=info.simulated, timezone=info.timezone, role=info.role
        )


class Me(BaseModel):
    """The caller."""

    id: UUID
    email: str
    name: str
    timezone: str
    workspace: Workspace


class Workspaces(BaseModel):
    items: list[Workspace]


class SignIn(BaseModel):
    """Either a one-time link's token, or address and password."""

    link: str | None = Field(default=None, max_length=200)
    email: str | None = Field(default=None, max_length=255)
    password: Annotated[str, Field(max_length=1000)] | None = None


class Session(BaseModel):
    """Send the token as `Authorization: Bearer …`. It is told once."""

    token: str
    expires_at: datetime


@router.post("/sessions", status_code=201, summary="Sign in")
@needs(OPEN)
async def create_session(request: Request, body: SignIn) -> Session:
    """Opens a session for a program."""
    state = state_of(request)
    if body.link:
        async with transaction(state.pool, VISITOR) as db:
            opened = await spend_link(db, body.link, visit_of(request), state.clock())
    elif body.email and body.password:
        opened = await sign_in(state.pool, email=body.email, password=body.password, visit=visit_of(request), now=state.clock())
    else:
        raise InvalidInput("Send `link`, or `email` and `password`.", field="link", rule="one_of")
    return Session(token=opened.token, expires_at=opened.expires_at)


@router.get("/me", summary="The caller")
async def me(ctx: Signed) -> Me:
    """Who the session stands for, and the workspace that requests without X-Workspace go to."""
    who = ctx.caller
    return Me(id=who.user_id, email=who.email, name=who.name, timezone=who.timezone, workspace=Workspace.of(who.workspace))


@router.get("/workspaces", summary="The caller's workspaces")
async def workspaces(ctx: Signed) -> Workspaces:
    """Oldest first."""
    return Workspaces(items=[Workspace.of(each) for each in await my_workspaces(ctx.db, ctx.actor)])
