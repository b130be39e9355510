"""Invites people: by address, once, for a while. Says honestly whether a letter went out."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller, token_hash
from postwright.edge.paging import Cursor, Page, cut, held, mark
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyTries
from postwright.workspaces import staff, store
from postwright.workspaces.models import Invitation, InvitationState, Invited, Role, Wish

LONGEST_DAYS = 30
A_DAY = 50  # invitations that one workspace may make in 24 hours

# Deliberately loose, as at sign-up: whether an address works is proved by a letter to it.
_ADDRESS = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,185}")


async def invite(db: Conn, actor: Actor, caller: Caller, wish: Wish, *, now: datetime) -> Invited:
    """Keeps a place for the person of an address. The token in the answer is told once.

    Raises InvalidInput, Forbidden where an admin invites an admin, Conflict for a member or an address that is invited
    already, TooManyTries after 50 a day.
    """
    email = _address(wish.email)
    _check(caller, wish.role, wish.days)
    await _not_too_many(db, actor, now)
    if any((each.email or "").lower() == email.lower() for each in await store.members(db, actor.home)):
        raise Conflict(f"{email} is a member of this workspace already.", field="email", rule="member")
    await store.end_expired(db, actor.home, email, now)
    return await _add(db, actor, email, wish.role, wish.can_approve, now + timedelta(days=wish.days))


async def send_again(db: Conn, actor: Actor, caller: Caller, id: UUID, *, now: datetime) -> Invited:
    """The same invitation anew, for as long as before: a new token; the old one is worth nothing from here on.

    Raises NotFound, Forbidden, Conflict for one that was answered or taken back, TooManyTries.
    """
    seen = await get_invitation(db, actor, id)
    if seen.state(now) not in {InvitationState.OPEN, InvitationState.EXPIRED}:
        raise Conflict(f"This invitation is {seen.state(now)}: make a new one.", field="invitation", rule="state")
    _check(caller, seen.role, LONGEST_DAYS)
    await _not_too_many(db, actor, now)
    if not await store.revoke_invitation(db, actor.home, id, now):
        raise Conflict("It was answered just now.", field="invitation", rule="state")
    lifetime = min(max(seen.expires_at - seen.created_at, timedelta(days=1)), timedelta(days=LONGEST_DAYS))
    return await _add(db, actor, seen.email, seen.role, seen.can_approve, now + lifetime)


async def revoke(db: Conn, actor: Actor, id: UUID, *, now: datetime) -> None:
    """Ends an invitation. Twice is once. Raises NotFound, Conflict for one that was answered."""
    seen = await get_invitation(db, actor, id)
    if seen.state(now) is InvitationState.REVOKED:
        return
    if not await store.revoke_invitation(db, actor.home, id, now):
        raise Conflict("This invitation was answered already: there is nothing to take back.", field="invitation", rule="state")


async def get_invitation(db: Conn, actor: Actor, id: UUID) -> Invitation:
    """One invitation of the workspace. Raises NotFound."""
    found = await store.invitation(db, actor.home, id)
    if found is None:
        raise NotFound("There is no such invitation in this workspace.", field="invitation", rule="exists")
    return found


async def list_invitations(
    db: Conn, actor: Actor, *, now: datetime, open_only: bool = False, after: Cursor | None = None, limit: int = 50
) -> Page[Invitation]:
    """Invitations, newest first."""
    of = mark("invitations", actor.home)
    start = (after.value, after.id) if held(after, of) and after and after.value else None
    rows = await store.invitations(db, actor.home, now=now, open_only=open_only, after=start, limit=limit + 1)
    return cut(rows, limit, lambda each: Cursor(each.created_at, each.id, of))


def _address(text: str) -> str:
    email = text.strip()
    if not _ADDRESS.fullmatch(email) or not email.isprintable():
        raise InvalidInput("This is not an e-mail address.", field="email", rule="address")
    return email


def _check(caller: Caller, role: Role, days: int) -> None:
    if role is Role.OWNER:
        raise InvalidInput("Nobody is invited as owner: hand the workspace over to a member.", field="role", rule="not_owner")
    if not staff.may_manage(caller, role):
        raise Forbidden(f"Only an owner invites an {role}.", field="role", rule="role")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(f"An invitation lasts 1 to {LONGEST_DAYS} days.", field="days", rule="range")


async def _not_too_many(db: Conn, actor: Actor, now: datetime) -> None:
    if await store.invited_lately(db, actor.home, now - timedelta(days=1)) >= A_DAY:
        raise TooManyTries(
            f"This workspace made {A_DAY} invitations within 24 hours. Go on tomorrow; nothing was sent.", field="email", rule="a_day"
        )


async def _add(db: Conn, actor: Actor, email: str, role: Role, can_approve: bool, expires: datetime) -> Invited:
    token = secrets.token_urlsafe(32)
    try:
        made = await store.add_invitation(
            db, actor.home, email=email, role=role, can_approve=can_approve, hash=token_hash(token), expires=expires
        )
    except psycopg.errors.UniqueViolation:
        raise Conflict(f"{email} has an invitation already: send it again or take it back.", field="email", rule="invited") from None
    return Invited(await get_invitation(db, actor, made), token)
