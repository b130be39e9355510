"""Connecting TikTok: Login Kit v2; access for a day, a refresh token for a year that may change with each use.

https://developers.tiktok.com/doc/login-kit-desktop (PKCE; the challenge is the SHA-256 in hexadecimal, unlike RFC 7636),
/doc/oauth-user-access-token-management (refusals come with status 200 too; `client_key` in place of `client_id`) and
/doc/tiktok-api-v2-get-user-info, read in November 2026. Lifetimes are taken from each answer, never assumed.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import ClassVar

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.oauth2 import OAuth, ask_token, need_scopes, page_address, seconds
from postwright.platforms.tiktok.answers import caller

_API = "https://open.tiktokapis.com/v2"
_TOKEN = f"{_API}/oauth/token/"
_FIELDS = "open_id,display_name,username,avatar_url,follower_count"


class TikTokAuth(OAuth):
    """TikTok's Login Kit."""

    pkce: ClassVar[bool] = True
    renew_before: ClassVar[timedelta | None] = timedelta(hours=1)
    scopes: ClassVar[tuple[str, ...]] = (
        "user.info.basic", "user.info.profile", "user.info.stats", "video.publish", "video.list",
    )  # fmt: skip

    def page(self, app: App, ask: Ask) -> str:
        return page_address(
            "https://www.tiktok.com/v2/auth/authorize/", client_key=app.client_id, response_type="code", scope=",".join(self.scopes),
            redirect_uri=ask.redirect_uri, state=ask.state, code_challenge=challenge_of(ask.verifier), code_challenge_method="S256",
        )  # fmt: skip

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        answer = await self._redeem(http, app, ask.redirect_uri, ask.verifier, code)
        need_scopes("TikTok", self.scopes, answer.get("scope"))
        token = str(answer.need("access_token"))
        told = await caller(http, Credentials(token)).call("GET", f"{_API}/user/info/", params={"fields": _FIELDS})
        user = told.need("data", "user")
        name = str(user.get("username") or user.get("display_name") or answer.need("open_id"))
        return [
            Grant(
                platform_user_id=str(answer.need("open_id")),
                handle=f"@{name.lstrip('@')}",
                display_name=str(user.get("display_name") or name),
                access_token=token,
                refresh_token=answer.get("refresh_token"),
                expires_in=seconds(answer, "expires_in"),
                refresh_expires_in=seconds(answer, "refresh_expires_in"),
                scope=answer.get("scope"),
                avatar_url=user.get("avatar_url"),
                profile={"followers": user.get("follower_count")},
            )
        ]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        form = {**_keys(app), "grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
        answer = await ask_token(http, "TikTok", _TOKEN, form)
        fresh = Credentials(str(answer.need("access_token")), str(answer.need("refresh_token")))
        return Renewed(fresh, seconds(answer, "expires_in"), seconds(answer, "refresh_expires_in"))

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        """A client credentials token is given to every app that is known."""
        await ask_token(http, "TikTok", _TOKEN, {**_keys(app), "grant_type": "client_credentials"})

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        await ask_token(http, "TikTok", f"{_API}/oauth/revoke/", {**_keys(app), "token": credentials.access_token})

    async def _redeem(self, http: httpx2.AsyncClient, app: App, redirect_uri: str, verifier: str, code: str) -> Answer:
        form = {
            **_keys(app), "code": code, "grant_type": "authorization_code", "redirect_uri": redirect_uri, "code_verifier": verifier,
        }  # fmt: skip
        return await ask_token(http, "TikTok", _TOKEN, form)


def challenge_of(verifier: str) -> str:
    """What TikTok sees of the verifier: hexadecimal."""
    return hashlib.sha256(verifier.encode()).hexdigest()


def _keys(app: App) -> dict[str, str | None]:
    return {"client_key": app.client_id, "client_secret": app.client_secret}


OAUTH = TikTokAuth()
