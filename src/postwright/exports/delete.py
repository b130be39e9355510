"""Deleting one's account: what goes along is said first; then it is final and at once."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import structlog

from postwright.db.queries import Conn
from postwright.edge.context import LongContext
from postwright.errors import Conflict, InvalidInput
from postwright.exports import store
from postwright.exports.models import Leaving
from postwright.identity.prove import account_of, prove

log = structlog.get_logger()

FRESH = timedelta(minutes=15)  # how old a session may be that stands for a password
_RULES = {
    "users_operator_stays": ("This account runs the server and cannot be deleted.", "last_operator"),
    "scheduled_posts_being_sent": ("A post of yours is being sent right now. Try again in a minute.", "state"),
    "workspace_members_last_owner": ("A workspace would be left without an owner: give it away, or delete it first.", "last_owner"),
}


async def look(db: Conn) -> list[Leaving]:
    """What becomes of the caller's workspaces."""
    return await store.leaving(db)


async def has_password(ctx: LongContext) -> bool:
    """Whether there is one to ask for."""
    return (await account_of(ctx.state, ctx.caller.user_id)).password_hash is not None


async def delete_account(ctx: LongContext, *, email: str, password: str) -> None:
    """Deletes the caller's account. Raises InvalidInput, TooManyTries, and Conflict while a workspace would lose its last owner."""
    if email.strip().lower() != ctx.caller.email.lower():
        raise InvalidInput("This is not the address of your account. Nothing was deleted.", field="email", rule="typed")
    async with ctx.transaction() as db:
        require_leave(await look(db))
    await _prove(ctx, password)
    try:
        async with ctx.transaction() as db:
            await store.delete_me(db)
    except psycopg.errors.CheckViolation as error:
        message, rule = _RULES.get(error.diag.constraint_name or "", ("", ""))
        if not rule:
            raise
        raise Conflict(f"{message} Nothing was deleted.", rule=rule) from None
    log.info("account deleted", user=str(ctx.caller.user_id))


def require_leave(found: list[Leaving]) -> None:
    """Raises Conflict that names the workspaces which would be left without an owner."""
    if blocking := [each.name for each in found if each.fate == "blocks"]:
        names = ", ".join(f"“{name}”" for name in blocking)
        raise Conflict(f"Others use {names}, and only you own it. Make somebody else owner or delete it first.", rule="last_owner")


async def _prove(ctx: LongContext, password: str) -> None:
    """The present password; who has none has signed in just now. Raises InvalidInput, TooManyTries."""
    account = await prove(ctx.state, ctx.caller.user_id, password, field="password")
    if account.password_hash is not None:
        return
    async with ctx.transaction() as db:
        began = await store.session_began(db, ctx.caller.session, ctx.caller.user_id)
    if began is None or ctx.now - began > FRESH:
        message = "Your account has no password: sign out, sign in again, and delete it then."
        raise InvalidInput(message, field="password", rule="fresh")
