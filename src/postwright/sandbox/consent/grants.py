"""Codes and tokens: what a person allowed, given out once, to the app and the address that asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from postwright.sandbox import accounts, ids
from postwright.sandbox.records import Account, Handle, Token
from postwright.sandbox.world import World

SECRET = "sandbox-secret"  # noqa: S105 - of the one fictional app of each platform
CODE_LIVES = 30.0  # seconds, as X's; nobody needs longer


class Denied(Exception):
    """A refusal in the words of RFC 6749, 5.2; each platform says it in its own shape."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a code or a person's token stands for."""

    accounts: tuple[Account, ...]
    scope: str


def client_of(platform: str) -> str:
    """The id of the one app that the sandbox knows on a platform."""
    return f"sandbox-{platform}"


def check_app(platform: str, client_id: str | None, secret: str | None) -> None:
    """Raises Denied for every app but the one that is registered here."""
    if client_id != client_of(platform):
        raise Denied("invalid_client", "Unknown client: the client id is not registered")
    if not hmac.compare_digest((secret or "").encode(), SECRET.encode()):
        raise Denied("invalid_client", "The client secret is not valid")


def give_code(world: World, platform: str, chosen: Sequence[Account], scope: str, redirect_uri: str, challenge: str | None) -> str:
    """A code for what the person allowed."""
    code, now = ids.secret("sandbox-code"), world.clock()
    body = {"accounts": [each.id for each in chosen], "scope": scope, "redirect_uri": redirect_uri, "challenge": challenge}
    world.ledger.keep(Handle(platform, code, chosen[0].id, "code", now, body, expires_at=now + CODE_LIVES))
    return code


def redeem(
    world: World, platform: str, code: str | None, redirect_uri: str | None, verifier: str | None, *, hexadecimal: bool = False
) -> Allowed:
    """What a code stands for, once. Raises Denied for one that is spent, late, of another address, or of another walk (PKCE)."""
    handle = world.ledger.handle(platform, code or "")
    now = world.clock()
    if handle is None or handle.kind != "code":
        raise Denied("invalid_grant", "The authorization code is not valid")
    if handle.body.get("spent"):
        _withdraw(world, handle)
        raise Denied("invalid_grant", "The authorization code was used already")
    if handle.expires_at is not None and handle.expires_at <= now:
        raise Denied("invalid_grant", "The authorization code has expired")
    if handle.body["redirect_uri"] != redirect_uri:
        raise Denied("invalid_grant", "The redirect_uri does not match the one of the authorization code")
    challenge = handle.body.get("challenge")
    if challenge and challenge != challenge_of(verifier or "", hexadecimal=hexadecimal):
        raise Denied("invalid_grant", "The code_verifier does not match the code_challenge")
    world.ledger.change(handle, spent=True)
    return Allowed(_accounts(world, handle), str(handle.body["scope"]))


def renew(world: World, platform: str, refresh: str | None, lasts: float, *, rotates: bool) -> tuple[Account, Token, str]:
    """A fresh access token, and the refresh token to use from now on. One that rotates works once. Raises Denied."""
    token = world.ledger.token(refresh or "")
    account = world.ledger.account(token.account_id) if token and token.kind == "refresh" else None
    if token is None or account is None or account.platform != platform:
        raise Denied("invalid_grant", "The refresh token is not valid")
    if token.revoked_at is not None or token.expires_at <= world.clock():
        raise Denied("invalid_grant", "The refresh token was used, was revoked or has expired")
    with world.ledger.transaction():
        access, fresh = accounts.issue(world, account, lasts, token.scope)
        if rotates:
            world.ledger.revoke(token.token, world.clock())
            return account, access, fresh.token
        world.ledger.revoke(fresh.token, world.clock())
        return account, access, token.token


def withdraw(world: World, platform: str, token: str | None) -> bool:
    """Ends a token and all others of its account; whether there was such a token."""
    found = world.ledger.token(token or "")
    account = world.ledger.account(found.account_id) if found else None
    if found is None or account is None or account.platform != platform or found.revoked_at is not None:
        return False
    world.ledger.revoke(found.token, world.clock())
    for kind in ("access", "refresh"):
        while live := world.ledger.live_token(account.id, kind, world.clock()):
            world.ledger.revoke(live.token, world.clock())
    return True


def challenge_of(verifier: str, *, hexadecimal: bool = False) -> str:
    """RFC 7636, S256; TikTok writes it in hexadecimal."""
    digest = hashlib.sha256(verifier.encode())
    return digest.hexdigest() if hexadecimal else base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def _accounts(world: World, handle: Handle) -> tuple[Account, ...]:
    found = (world.ledger.account(name) for name in handle.body["accounts"])
    return tuple(each for each in found if each is not None)


def _withdraw(world: World, handle: Handle) -> None:
    """A code that comes twice is taken for stolen: what it gave is taken back (RFC 6749, 4.1.2)."""
    for account in _accounts(world, handle):
        if live := world.ledger.live_token(account.id, "access", world.clock()):
            withdraw(world, account.platform, live.token)
