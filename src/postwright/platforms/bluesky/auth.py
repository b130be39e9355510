"""Connecting Bluesky: an app password opens a session on the account's server (PDS); sessions are renewed by a refresh token
that works once.

https://docs.bsky.app/docs/api/com-atproto-server-create-session, /com-atproto-server-refresh-session and
https://atproto.com/specs/xrpc#app-passwords, read in November 2026. The app password itself is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

import httpx2

from postwright.kit.http import now_of
from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import App, Grant, KeyField, Renewed, lifetime
from postwright.platforms.bluesky.answers import barring_of, caller, xrpc
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected
from postwright.platforms.figures import words
from postwright.platforms.oauth2 import claims_of

_HOME = "bsky.social"
_GONE = frozenset({"ExpiredToken", "InvalidToken"})


class BlueskyKeys:
    """Handle, app password, and the server where that is another than bsky.social."""

    renew_before: ClassVar[timedelta | None] = timedelta(minutes=30)
    by_refresh_token: ClassVar[bool] = True
    fields: ClassVar[tuple[KeyField, ...]] = (
        KeyField("handle", "Handle", "As others see it, or the account's DID.", example="acme.bsky.social"),
        KeyField(
            "app_password",
            "App password",
            "Bluesky > Settings > Privacy and security > App passwords. Never the account's own password.",
            secret=True,
            example="xxxx-xxxx-xxxx-xxxx",
        ),
        KeyField("host", "Server", "Only where it is another than bsky.social.", example=_HOME),
    )

    async def connect(self, http: httpx2.AsyncClient, given: Mapping[str, str]) -> list[Grant]:
        handle, password = given.get("handle", "").strip().lstrip("@"), given.get("app_password", "").strip()
        host = (given.get("host") or _HOME).strip().lower().removeprefix("https://").rstrip("/") or _HOME
        if not handle:
            raise Rejected("Write the account's handle", field="handle", rule="required")
        if not password:
            raise Rejected("Write the app password", field="app_password", rule="required")
        session = await Caller("Bluesky", http, {}, _refuse_sign_in).call(
            "POST", f"https://{host}/xrpc/com.atproto.server.createSession", json={"identifier": handle, "password": password}
        )
        token, did = str(session.need("accessJwt")), str(session.need("did"))
        account = Account(did, str(session.need("handle")), host)
        shown = await _profile(http, account, Credentials(token))
        return [
            Grant(
                platform_user_id=did,
                handle=account.handle,
                display_name=str(shown.get("displayName") or account.handle),
                access_token=token,
                refresh_token=str(session.need("refreshJwt")),
                expires_in=_lives(token, now_of(http)),
                refresh_expires_in=_lives(str(session.need("refreshJwt")), now_of(http)),
                scope=_scope(token),
                host=host,
                avatar_url=shown.get("avatar"),
                profile={"followers": shown.get("followersCount")},
            )
        ]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        """A fresh pair; there is no app. Raises ReauthRequired only where the server says that the session is over."""
        refresh = Credentials(credentials.refresh_token or "")
        session = await Caller("Bluesky", http, {"Authorization": f"Bearer {refresh.access_token}"}, _refuse_renewal).call(
            "POST", xrpc(account, "com.atproto.server.refreshSession")
        )
        fresh = Credentials(str(session.need("accessJwt")), str(session.need("refreshJwt")))
        now, profile = now_of(http), Profile(words(session.get("handle")))
        return Renewed(fresh, _lives(fresh.access_token, now), _lives(fresh.refresh_token or "", now), profile)


async def _profile(http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Answer:
    address = xrpc(account, "app.bsky.actor.getProfile")
    return await caller(http, credentials).call("GET", address, params={"actor": account.platform_user_id}, accept=(400, 404))


def _refuse_sign_in(answer: Answer) -> PlatformError | None:
    if barred := barring_of(answer):
        return Rejected(barred.message.partition(".")[0], field="handle", rule=barred.rule, detail=answer.detail)
    if answer.status == 401 or answer.get("error") == "AuthenticationRequired":
        return Rejected("Bluesky does not know this handle with this app password", field="app_password", rule="match")
    if answer.get("error") == "AuthFactorTokenRequired":
        return Rejected("This is the account's own password: make an app password and use that", field="app_password", rule="app_password")
    if answer.status in (400, 404) and answer.get("error"):
        return Rejected("Bluesky does not know this handle", field="handle", rule="exists", detail=answer.detail)
    return None


def _refuse_renewal(answer: Answer) -> PlatformError | None:
    if barred := barring_of(answer):
        return barred
    if answer.status < 500 and answer.get("error") in _GONE:
        return ReauthRequired("Bluesky ended this account's session: connect it again with an app password", detail=answer.detail)
    return None


def _lives(token: str, now: datetime) -> int | None:
    """Seconds from the token's own clock: issued at, expires at."""
    claims = claims_of(token)
    until, since = claims.get("exp"), claims.get("iat", now.timestamp())
    try:
        return lifetime(until - since) if isinstance(until, int | float) and isinstance(since, int | float) else None
    except OverflowError:
        return None


def _scope(token: str) -> str | None:
    scope = claims_of(token).get("scope")
    return scope if isinstance(scope, str) else None


KEYS = BlueskyKeys()
