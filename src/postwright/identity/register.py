"""Signing up."""

from __future__ import annotations

import re
from uuid import UUID

import psycopg

from postwright.db.session import VISITOR, Pool, transaction
from postwright.errors import InvalidInput
from postwright.identity import passwords, store

# Deliberately loose: whether an address works is proved by a message to it, not by a pattern.
_ADDRESS = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,185}")


async def register(pool: Pool, *, email: str, password: str, name: str, zone: str) -> UUID:
    """Makes a user with an empty personal workspace. Raises InvalidInput naming the field."""
    email, name = email.strip(), " ".join(name.split())
    if not _ADDRESS.fullmatch(email):
        raise InvalidInput("This is not an e-mail address.", field="email", rule="address")
    if not 1 <= len(name) <= 120:
        raise InvalidInput("Give a name of 1 to 120 characters.", field="name", rule="length")
    passwords.check_strength(password, email=email)
    hashed = await passwords.hash_password(password)
    try:
        async with transaction(pool, VISITOR) as db:
            return await store.register(db, email=email, password_hash=hashed, name=name, zone=zone)
    except psycopg.errors.UniqueViolation:
        raise InvalidInput("This address cannot be used. If it is yours, sign in instead.", field="email", rule="unique") from None
