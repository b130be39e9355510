"""Signing up.

Where letters go out, the answer to every address is the same and takes the same work: what follows happens after it,
and the account comes into being when the link of the letter is opened. Where none go out, the account is made at once,
and an address that has one is refused (docs/decisions): the only way to tell without a letter, throttled by client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import psycopg

from postwright.config import Settings
from postwright.db.queries import Conn
from postwright.db.session import VISITOR, Pool, transaction
from postwright.edge.callers import token_hash
from postwright.edge.state import State
from postwright.errors import Conflict, Forbidden, InvalidInput
from postwright.identity import letters, links, passwords, store, turns
from postwright.identity.after import After
from postwright.identity.models import NewSession, Purpose, Visit
from postwright.identity.sign_in import open_session
from postwright.kit.time import zone_names

# Deliberately loose: whether an address works is proved by a message to it, not by a pattern.
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,185}")
_INVITATION = re.compile(r"/invitations/([A-Za-z0-9_-]{20,100})")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody who signs up gives, checked."""

    email: str
    name: str
    zone: str
    next: str  # where they wanted to go


def wish(email: str, name: str, zone: str, next: str) -> Wish:
    """Raises InvalidInput naming the field."""
    return Wish(check_address(email), check_name(name), zone if zone in zone_names() else "UTC", next[:500])


async def sign_up(state: State, later: After, wanted: Wish, password: str, visit: Visit) -> NewSession | None:
    """Signs somebody up: the session where the account is made at once, None where a letter goes out.

    Raises InvalidInput naming the field, Forbidden where sign-up is closed, TooManyTries.
    """
    async with transaction(state.pool, VISITOR) as db:
        await _take_turns(db, wanted, visit, state.clock())
        await require_open(db, state.settings, wanted)
    if not state.mailer.sends:
        return await _register(state, wanted, password, visit)
    if password:
        raise InvalidInput("Here the password is chosen with the link of the letter: leave it out.", field="password", rule="with_the_link")
    later.do(_send_letter(state, wanted))
    return None


async def require_open(db: Conn, settings: Settings, wanted: Wish) -> None:
    """Raises Forbidden where sign-up is closed and no invitation to this address stands."""
    if await is_open(db, settings):
        return
    invitation = _INVITATION.fullmatch(urlsplit(wanted.next).path)
    if invitation is None or not await store.invited(db, email=wanted.email, hash=token_hash(invitation[1])):
        raise Forbidden("Sign-up is closed here. An admin of a workspace can invite you.", rule="sign_up_closed")


async def is_open(db: Conn, settings: Settings) -> bool:
    """What the operator decided; else open where only this machine reaches it. Runs as app_auth."""
    decided = await store.sign_up_open(db)
    return at_home(settings) if decided is None else decided


def at_home(settings: Settings) -> bool:
    """Whether people reach this server by the loopback address only."""
    host = urlsplit(settings.base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _send_letter(state: State, wanted: Wish) -> None:
    """Sends the letter that finishes a sign-up, or the one that says that there is an account. After the answer."""
    base, now = state.settings.base_url, state.clock()
    async with transaction(state.pool, VISITOR) as db:
        known = await store.account_at(db, wanted.email)
        path = None if known else await links.make_letter_link(
            db, Purpose.SIGN_UP, email=wanted.email, now=now, name=wanted.name, zone=wanted.zone, next=wanted.next
        )  # fmt: skip
    to = wanted.email
    await letters.post(state, letters.finish_sign_up(to, base + path) if path else letters.have_an_account(to, base))


async def _register(state: State, wanted: Wish, password: str, visit: Visit) -> NewSession:
    """Makes a user with an empty personal workspace and signs them in: where no letters go out. Raises InvalidInput naming the field."""
    passwords.check_strength(password, email=wanted.email)
    hashed = await passwords.hash_password(password)
    try:
        async with transaction(state.pool, VISITOR) as db:
            user = await store.register(db, email=wanted.email, password_hash=hashed, name=wanted.name, zone=wanted.zone)
            return await open_session(db, user, visit, state.clock())
    except psycopg.errors.UniqueViolation:
        raise InvalidInput("This address cannot be used. If it is yours, sign in instead.", field="email", rule="unique") from None


async def finish(pool: Pool, token: str, password: str, *, email: str, name: str, visit: Visit, now: datetime) -> NewSession:
    """Makes the account of a sign-up link and signs in. Raises InvalidInput, Conflict when the address has one by now."""
    passwords.check_strength(password, email=email)
    hashed = await passwords.hash_password(password)
    try:
        async with transaction(pool, VISITOR) as db:
            user = await store.finish_sign_up(db, hash=token_hash(token), password_hash=hashed, name=name)
            if user is None:
                raise links.spent()
            return await open_session(db, user, visit, now)
    except psycopg.errors.UniqueViolation:
        raise Conflict("This address has an account by now: sign in with it.", field="email", rule="unique") from None


async def _take_turns(db: Conn, wanted: Wish, visit: Visit, now: datetime) -> None:
    """Raises TooManyTries. The same for known and unknown addresses."""
    await turns.take(db, turns.SIGN_UP, visit.address, now=now)
    await turns.take(db, turns.SIGN_UP_ADDRESS, wanted.email, now=now)


def check_address(email: str) -> str:
    """The address without its edges. Raises InvalidInput."""
    email = email.strip()
    if not _ADDRESS.fullmatch(email):
        raise InvalidInput("This is not an e-mail address.", field="email", rule="address")
    return email


def check_name(name: str) -> str:
    """The name with single spaces. Raises InvalidInput."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120 or not name.isprintable():
        raise InvalidInput("Give a name of 1 to 120 characters.", field="name", rule="length")
    return name
