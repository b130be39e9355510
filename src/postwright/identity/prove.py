"""What a signed-in person changes about how they sign in: address and password, both against the present password."""

from __future__ import annotations

import secrets
from uuid import UUID

import psycopg

from postwright.db.session import VISITOR, transaction
from postwright.edge.callers import token_hash
from postwright.edge.context import LongContext
from postwright.edge.state import State
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.identity import letters, links, passwords, store, tries, turns
from postwright.identity.after import After, after
from postwright.identity.models import Account, Moved, Purpose
from postwright.identity.register import check_address


async def account_of(state: State, user: UUID) -> Account:
    """What the person proves themselves with. Raises NotFound for one who is deactivated by now."""
    async with transaction(state.pool, VISITOR) as db:
        found = await store.account(db, user)
    if found is None:
        raise NotFound("This account is deactivated.")
    return found


async def prove(state: State, user: UUID, password: str, *, field: str = "present") -> Account:
    """Raises InvalidInput (of `field`) for a wrong password, TooManyTries. An account that has none yet proves itself by its session."""
    key = tries.key_of("prove", str(user))
    async with transaction(state.pool, VISITOR) as db:
        await tries.begin(db, key, state.clock())
    account = await account_of(state, user)
    right = account.password_hash is None or await passwords.matches(password, account.password_hash)
    async with transaction(state.pool, VISITOR) as db:
        await store.note_sign_in(db, key, succeeded=right)
    if not right:
        raise InvalidInput("This is not your present password. Nothing was changed.", field=field, rule="match")
    return account


async def change_password(state: State, later: After, user: UUID, session: UUID, *, present: str, password: str) -> str:
    """Sets the password and ends the other sessions; the token under which this one goes on."""
    account = await prove(state, user, present)
    passwords.check_strength(password, email=account.email)
    hashed, fresh = await passwords.hash_password(password), secrets.token_urlsafe(32)
    async with transaction(state.pool, VISITOR) as db:
        await store.change_password(db, user=user, password_hash=hashed, session=session, fresh=token_hash(fresh))
    if state.mailer.sends and account.verified:
        later.do(letters.post(state, letters.password_changed(account.email, state.settings.base_url)))
    return fresh


async def change_address(ctx: LongContext, email: str, present: str) -> str:
    """Begins to move the account to a new address; the one that holds now: the old one where a letter has to prove the new one first.

    Raises InvalidInput, TooManyTries, and where no letters go out Conflict.
    """
    state, user = ctx.state, ctx.caller.user_id
    email = check_address(email)
    async with transaction(state.pool, VISITOR) as db:
        await turns.take(db, turns.CHANGE_ADDRESS, str(user), now=ctx.now)
    await prove(state, user, present)
    if state.mailer.sends:
        after(ctx.request).do(_send_proof(state, user, email))
        return ctx.caller.email
    await _set_address(state, user, email)
    return email


async def send_again(ctx: LongContext) -> None:
    """Sends the letter that verifies the present address, where letters go out. Raises TooManyTries, Conflict when there is no need."""
    if ctx.caller.verified:
        raise Conflict("Your address is verified already.", rule="verified")
    async with transaction(ctx.state.pool, VISITOR) as db:
        await turns.take(db, turns.SEND_AGAIN, str(ctx.caller.user_id), now=ctx.now)
    if ctx.state.mailer.sends:
        after(ctx.request).do(_send_proof(ctx.state, ctx.caller.user_id, ctx.caller.email))


async def _set_address(state: State, user: UUID, email: str) -> None:
    """Where no letters go out: the new address holds at once, unproved. Raises Conflict for one that another account has."""
    try:
        async with transaction(state.pool, VISITOR) as db:
            await store.set_address(db, user=user, email=email)
    except psycopg.errors.UniqueViolation:
        raise Conflict("This address cannot be used.", field="email", rule="unique") from None


async def _send_proof(state: State, user: UUID, email: str) -> None:
    """Sends the letter that proves an address, the present one or a new one. After the answer: it tells nothing about other accounts."""
    async with transaction(state.pool, VISITOR) as db:
        account = await store.account(db, user)
        if account is None:
            return
        other = await store.account_at(db, email)
        taken = other is not None and other.user_id != user
        path = "" if taken else await links.make_letter_link(db, Purpose.ADDRESS, user=user, email=email, now=state.clock())
    base, name = state.settings.base_url, account.full_name or account.email
    await letters.post(state, letters.address_taken(email, base) if taken else letters.verify_address(email, name, base + path))


async def confirm(state: State, later: After, user: UUID, token: str) -> Moved:
    """Proves the address of a link for its person, who has to be signed in. Tells the address before. Raises InvalidInput, Conflict."""
    try:
        async with transaction(state.pool, VISITOR) as db:
            before = await store.account(db, user)
            moved = await store.confirm_address(db, hash=token_hash(token), user=user)
    except psycopg.errors.UniqueViolation:
        raise Conflict("Another account has this address by now. Yours stays as it was.", field="email", rule="unique") from None
    if moved is None or before is None:
        raise links.spent()
    if moved.was.lower() != moved.became.lower() and not before.placeholder:
        later.do(letters.post(state, letters.address_moved(moved.was, moved.became, state.settings.base_url)))
    return moved
