"""Who is in a workspace: roles, leaving, removing, handing over. The database decides again, in its policies and triggers."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from uuid import UUID

import psycopg

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound
from postwright.workspaces import store
from postwright.workspaces.models import Member, Role

_BY_ADMINS = frozenset({Role.EDITOR, Role.VIEWER})  # whom an admin manages; owners manage everybody


async def get_member(db: Conn, actor: Actor, user: UUID) -> Member:
    """One member. Raises NotFound."""
    found = await store.member(db, actor.home, user)
    if found is None:
        raise NotFound("There is no such member in this workspace.", field="member", rule="membership")
    return found


async def change_member(
    db: Conn, actor: Actor, caller: Caller, user: UUID, *, role: Role | None = None, can_approve: bool | None = None
) -> Member:
    """Another role, or the right to approve. An admin changes editors and viewers among themselves; an owner everybody.

    Raises NotFound, Forbidden naming the rule, Conflict where the workspace would lose its last owner.
    """
    seen = await get_member(db, actor, user)
    wished = replace(seen, role=role or seen.role, can_approve=seen.can_approve if can_approve is None else can_approve)
    _must_manage(caller, seen.role, wished.role)
    if wished == seen:
        return seen
    if not await store.change_member(db, actor.home, user, was=seen.role, role=wished.role, can_approve=wished.can_approve):
        raise Conflict("Somebody changed this member just now. Look again; nothing was changed.", field="member", rule="changed")
    await _kept(store.check_owners(db))
    return wished


async def remove_member(db: Conn, actor: Actor, caller: Caller, user: UUID) -> None:
    """Ends somebody's membership: they see nothing of the workspace any more, their keys for it end, their work stays.

    Raises NotFound, Forbidden, Conflict.
    """
    seen = await get_member(db, actor, user)
    if user == caller.user_id:
        raise InvalidInput("That is you: leave the workspace instead.", field="member", rule="not_yourself")
    _must_manage(caller, seen.role, seen.role)
    if not await store.remove_member(db, actor.home, user):
        raise Conflict("Somebody changed this member just now. Look again; nothing was changed.", field="member", rule="changed")
    await _kept(store.check_owners(db))


async def leave(db: Conn, actor: Actor, caller: Caller) -> None:
    """The caller goes; what they made stays. Raises Conflict for the last owner, and in a personal workspace."""
    if not await store.remove_member(db, actor.home, caller.user_id):
        raise NotFound("You are no member of this workspace any more.", field="workspace", rule="membership")
    await _kept(store.check_owners(db))


async def hand_over(db: Conn, actor: Actor, caller: Caller, heir: UUID) -> Member:
    """Makes another member the owner and the caller an admin, both or neither.

    Raises Forbidden when the caller owns it no more, NotFound, InvalidInput for oneself, Conflict for a personal workspace.
    """
    if not await store.hold_ownership(db, actor.home, caller.user_id):
        raise Forbidden("Only an owner hands a workspace over, and you are none (any more).", rule="role")
    if heir == caller.user_id:
        raise InvalidInput("That is you already: choose another member.", field="member", rule="not_yourself")
    seen = await get_member(db, actor, heir)
    if seen.role != Role.OWNER and not await store.change_member(
        db, actor.home, heir, was=seen.role, role=Role.OWNER, can_approve=seen.can_approve
    ):
        raise Conflict("Somebody changed this member just now. Look again; nothing was changed.", field="member", rule="changed")
    await store.change_member(db, actor.home, caller.user_id, was=Role.OWNER, role=Role.ADMIN, can_approve=True)
    await _kept(store.check_owners(db))
    return await get_member(db, actor, heir)


def may_manage(caller: Caller, role: Role) -> bool:
    """Whether the caller changes or removes members of that role, and gives it."""
    return caller.may("owner") or (caller.may("admin") and role in _BY_ADMINS)


def _must_manage(caller: Caller, is_now: Role, becomes: Role) -> None:
    if not may_manage(caller, is_now):
        raise Forbidden(f"Only an owner changes or removes an {is_now}.", field="member", rule="role")
    if not may_manage(caller, becomes):
        raise Forbidden(f"Only an owner makes somebody {becomes}.", field="role", rule="role")


async def _kept(asked: Awaitable[None]) -> None:
    """The database's refusal in its own words, as an error of ours. The transaction is lost with it."""
    try:
        await asked
    except psycopg.errors.CheckViolation as refused:
        words = refused.diag.message_primary or "A workspace keeps at least one owner."
        rule = (refused.diag.constraint_name or "").removeprefix("workspace_members_")
        raise Conflict(f"{words[:1].upper()}{words[1:]}.", field="member", rule=rule) from None
