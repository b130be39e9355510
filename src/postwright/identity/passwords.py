"""Passwords: argon2id with the library's recommended cost, hashed and checked outside the event loop."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from postwright.errors import InvalidInput

SHORTEST, LONGEST = 10, 200  # characters; the upper bound keeps hashing from being a way to burn our CPU

_hasher = PasswordHasher()


def check_strength(password: str, *, email: str) -> None:
    """Raises InvalidInput for what is too short, too long, or the address itself."""
    if len(password) < SHORTEST:
        raise InvalidInput(f"A password has at least {SHORTEST} characters.", field="password", rule="min_length")
    if len(password) > LONGEST:
        raise InvalidInput(f"A password has at most {LONGEST} characters.", field="password", rule="max_length")
    if password.lower() in {email.lower(), email.partition("@")[0].lower()}:
        raise InvalidInput("The password must not be your address.", field="password", rule="not_the_address")


async def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt in it."""
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. Without a stored one it takes the same time and says no."""
    if len(password) > LONGEST:
        return False
    return await asyncio.to_thread(_verify, stored or _nobody(), password) and stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
