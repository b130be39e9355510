"""JSON for who has not signed in: sign in, sign up, verify, forgot, reset."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, Field

from postwright.db.session import VISITOR, transaction
from postwright.edge.access import OPEN, needs
from postwright.edge.routes import api_router
from postwright.edge.state import state_of
from postwright.errors import InvalidInput
from postwright.identity import register, reset, verify
from postwright.identity.after import after
from postwright.identity.cookies import from_here, visit_of
from postwright.identity.models import NewSession
from postwright.identity.sign_in import sign_in, spend_link

router = api_router()

Secret = Annotated[str, Field(max_length=1000, examples=["four plain quiet words"])]
Token = Annotated[str, Field(max_length=200, description="Of the link.", examples=["fWq3kPz0v1L9dJc5u7Xy2bT8mN4hRg6s-EaQoZiKtVw"])]
Address = Annotated[str, Field(max_length=255, examples=["alice@example.com"])]


class SignIn(BaseModel, extra="forbid"):
    """Either a one-time link's token, or address and password."""

    link: str | None = Field(default=None, max_length=200, examples=["fWq3kPz0v1L9dJc5u7Xy2bT8mN4hRg6s-EaQoZiKtVw"])
    email: Address | None = Field(default=None, examples=["alice@example.com"])
    password: Secret | None = Field(default=None, examples=["four plain quiet words"])


class Session(BaseModel):
    """Send the token as `Authorization: Bearer …`. It is told once."""

    token: str = Field(examples=["fWq3kPz0v1L9dJc5u7Xy2bT8mN4hRg6s-EaQoZiKtVw"])
    expires_at: datetime

    @classmethod
    def of(cls, opened: NewSession) -> Session:
        return cls(token=opened.token, expires_at=opened.expires_at)


class SignUp(BaseModel, extra="forbid"):
    email: Address
    name: str = Field(max_length=500, examples=["Alice"])
    password: Secret = Field(default="", description="Only where this server sends no e-mail; else the letter's link asks for it.")
    timezone: str = Field(default="UTC", max_length=100, examples=["Europe/Berlin"])
    next: str = Field(
        default="",
        max_length=500,
        description="A path here to go on to, such as an invitation's.",
        examples=["/invitations/fWq3kPz0v1L9dJc5u7Xy2bT8"],
    )


class SignedUp(BaseModel):
    """With `emailed`, the letter that finishes it is on its way, and whether the address had an account is told only there."""

    emailed: bool
    session: Session | None


class Verify(BaseModel, extra="forbid"):
    """A link of a letter: it finishes a sign-up (then name and password are needed), or proves the address of the caller."""

    token: Token
    name: str = Field(default="", max_length=500, examples=["Alice"])
    password: Secret = ""


class Verified(BaseModel):
    email: str = Field(examples=["alice@example.com"])
    session: Session | None = Field(description="Where the link finished a sign-up.")


class Forgot(BaseModel, extra="forbid"):
    email: Address


class Asked(BaseModel):
    """The same for every address."""

    emailed: bool = Field(description="Whether letters go out at all: false means that the operator hands over a link.")
    message: str = Field(examples=["If this address has an account, a letter with a link is on its way."])


class Reset(BaseModel, extra="forbid"):
    token: Token
    password: Secret


@router.post("/sessions", status_code=201, summary="Sign in")
@needs(OPEN)
async def create_session(request: Request, body: SignIn) -> Session:
    """Opens a session for a program."""
    state = state_of(request)
    if body.link:
        async with transaction(state.pool, VISITOR) as db:
            return Session.of(await spend_link(db, body.link, visit_of(request), state.clock()))
    if body.email and body.password:
        return Session.of(await sign_in(state.pool, email=body.email, password=body.password, visit=visit_of(request), now=state.clock()))
    raise InvalidInput("Send `link`, or `email` and `password`.", field="link", rule="one_of")


@router.post("/sign-up", status_code=201, summary="Create an account", responses={202: {"model": SignedUp, "description": "A letter"}})
@needs(OPEN)
async def sign_up(request: Request, response: Response, body: SignUp) -> SignedUp:
    """201 with a session where this server sends no e-mail; else 202, the same for every address."""
    from_here(request)
    wanted = register.wish(body.email, body.name, body.timezone, body.next)
    opened = await register.sign_up(state_of(request), after(request), wanted, body.password, visit_of(request))
    response.status_code = 201 if opened else 202
    return SignedUp(emailed=opened is None, session=Session.of(opened) if opened else None)


@router.post("/verify", summary="Spend a letter's link")
@needs(OPEN)
async def post_verify(request: Request, body: Verify) -> Verified:
    """Finishes a sign-up, or proves an address; for the latter its person has to be signed in."""
    from_here(request)
    done = await verify.verify(request, body.token, name=body.name, password=body.password)
    return Verified(email=done.email, session=Session.of(done.session) if done.session else None)


@router.post("/forgot", status_code=202, summary="Ask for a new password")
@needs(OPEN)
async def forgot(request: Request, body: Forgot) -> Asked:
    """The same answer for every address."""
    from_here(request)
    return Asked(emailed=state_of(request).mailer.sends, message=await reset.ask(request, body.email))


@router.post("/reset", status_code=201, summary="Set a new password")
@needs(OPEN)
async def post_reset(request: Request, body: Reset) -> Session:
    """With the token of a link. All sessions end; a new one is opened."""
    from_here(request)
    state = state_of(request)
    await verify.take_turn(request)
    return Session.of(await reset.reset(state.pool, body.token, body.password, visit=visit_of(request), now=state.clock()))
