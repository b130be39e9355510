"""Connecting X: OAuth 2.0 with PKCE; access for two hours, a refresh token that works once.

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code (a code holds 30 s; confidential apps authenticate
with Basic; `offline.access` gives the refresh token) and /x-api/users/user-lookup-me, read in November 2026.
"""

from __future__ import annotations

from typing import ClassVar

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.oauth2 import OAuth, ask_token, need_scopes, page_address, seconds, try_with_nonsense
from postwright.platforms.x.answers import API, caller

_PAGE = "https://x.com/i/oauth2/authorize"
_TOKEN = f"{API}/oauth2/token"
_REVOKE = f"{API}/oauth2/revoke"


class XAuth(OAuth):
    """X's OAuth."""

    pkce: ClassVar[bool] = True
    scopes: ClassVar[tuple[str, ...]] = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")

    def page(self, app: App, ask: Ask) -> str:
        return page_address(
            _PAGE, response_type="code", client_id=app.client_id, redirect_uri=ask.redirect_uri, scope=" ".join(self.scopes),
            state=ask.state, code_challenge=ask.challenge, code_challenge_method="S256",
        )  # fmt: skip

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        answer = await self._redeem(http, app, ask.redirect_uri, ask.verifier, code)
        need_scopes("X", self.scopes, answer.get("scope"))
        token = str(answer.need("access_token"))
        fields = {"user.fields": "profile_image_url,public_metrics"}
        me = await caller(http, Credentials(token)).call("GET", f"{API}/users/me", params=fields)
        return [
            Grant(
                platform_user_id=str(me.need("data", "id")),
                handle=f"@{me.need('data', 'username')}",
                display_name=str(me.get("data", "name") or me.need("data", "username")),
                access_token=token,
                refresh_token=answer.get("refresh_token"),
                expires_in=seconds(answer, "expires_in"),
                scope=answer.get("scope"),
                avatar_url=me.get("data", "profile_image_url"),
                profile={"followers": me.get("data", "public_metrics", "followers_count")},
            )
        ]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token, **_public(app)}
        answer = await ask_token(http, "X", _TOKEN, form, gone=_spent, auth=_basic(app))
        fresh = Credentials(str(answer.need("access_token")), str(answer.need("refresh_token")))
        return Renewed(fresh, seconds(answer, "expires_in"))

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        await try_with_nonsense(lambda code: self._redeem(http, app, "https://postwright.example/", "x" * 43, code))

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        token = credentials.refresh_token or credentials.access_token
        await ask_token(http, "X", _REVOKE, {"token": token, **_public(app)}, gone=_spent, auth=_basic(app))

    async def _redeem(self, http: httpx2.AsyncClient, app: App, redirect_uri: str, verifier: str, code: str) -> Answer:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier, **_public(app),
        }  # fmt: skip
        return await ask_token(http, "X", _TOKEN, form, gone=_spent, auth=_basic(app))


def _spent(answer: Answer) -> bool:
    """X says `invalid_request` of a token or code that was used, revoked or never given out."""
    said = str(answer.get("error_description") or "").lower()
    return answer.get("error") == "invalid_request" and "value passed for the" in said and "was invalid" in said


def _basic(app: App) -> httpx2.BasicAuth | None:
    """A confidential app shows its secret; a public one has none."""
    return httpx2.BasicAuth(app.client_id, app.client_secret) if app.client_secret else None


def _public(app: App) -> dict[str, str | None]:
    return {} if app.client_secret else {"client_id": app.client_id}


OAUTH = XAuth()
