"""Connecting Instagram with Instagram login: a code, an hour's token, a token for 60 days that can be refreshed after a day.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login (the code exchange
stands at api.instagram.com, its answer in `data` or flat; permissions are a list or a text) and
/docs/instagram-platform/reference/refresh_access_token, read in November 2026. No PKCE. Once dead, a token stays dead.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.errors import ReauthRequired
from postwright.platforms.meta import caller
from postwright.platforms.meta_version import GRAPH
from postwright.platforms.oauth2 import OAuth, ask_token, need_scopes, page_address, refusal_of, seconds, try_with_nonsense, unknown_app

_GRAPH = "https://graph.instagram.com"
_TOKEN = "https://api.instagram.com/oauth/access_token"  # noqa: S105 - an address


class InstagramAuth(OAuth):
    """Instagram's business login."""

    renew_before: ClassVar[timedelta | None] = timedelta(days=20)  # of 60
    by_refresh_token: ClassVar[bool] = False
    scopes: ClassVar[tuple[str, ...]] = (
        "instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_insights",
        "instagram_business_manage_comments",
    )  # fmt: skip

    def page(self, app: App, ask: Ask) -> str:
        return page_address(
            "https://www.instagram.com/oauth/authorize", client_id=app.client_id, redirect_uri=ask.redirect_uri, response_type="code",
            scope=",".join(self.scopes), state=ask.state, force_reauth="true",
        )  # fmt: skip

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        short = await self._redeem(http, app, ask.redirect_uri, code)
        permissions = _of(short, "permissions")
        scope = ",".join(permissions) if isinstance(permissions, list) else permissions
        need_scopes("Instagram", self.scopes, scope)
        query = {"grant_type": "ig_exchange_token", "client_secret": app.client_secret, "access_token": str(_of(short, "access_token"))}
        long = await _meta(http).call("GET", f"{_GRAPH}/access_token", params=query)
        token = str(long.need("access_token"))
        fields = {"fields": "user_id,username,name,account_type,profile_picture_url,followers_count"}
        me = await caller("Instagram", http, Credentials(token)).call("GET", f"{_GRAPH}/{GRAPH.value}/me", params=fields)
        return [
            Grant(
                platform_user_id=str(me.get("user_id") or me.need("id")),
                handle=f"@{me.need('username')}",
                display_name=str(me.get("name") or me.need("username")),
                access_token=token,
                expires_in=seconds(long, "expires_in"),
                scope=scope,
                avatar_url=me.get("profile_picture_url"),
                profile={"followers": me.get("followers_count"), "account_type": me.get("account_type")},
            )
        ]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        query = {"grant_type": "ig_refresh_token", "access_token": credentials.access_token}
        answer = await _meta(http).call("GET", f"{_GRAPH}/refresh_access_token", params=query)
        return Renewed(Credentials(str(answer.need("access_token"))), seconds(answer, "expires_in"))

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        await try_with_nonsense(lambda code: self._redeem(http, app, "https://postwright.example/", code))

    async def _redeem(self, http: httpx2.AsyncClient, app: App, redirect_uri: str, code: str) -> Answer:
        form = {
            "client_id": app.client_id, "client_secret": app.client_secret, "grant_type": "authorization_code",
            "redirect_uri": redirect_uri, "code": code.removesuffix("#_"),
        }  # fmt: skip
        return await ask_token(http, "Instagram", _TOKEN, form, gone=_code_gone)


def _meta(http: httpx2.AsyncClient) -> Caller:
    return Caller("Instagram", http, {}, _refuse)


def _refuse(answer: Answer) -> ReauthRequired | None:
    """Of a token, Graph's code 190 is definite; everything else proves nothing."""
    known = answer.get("error", "code")
    if known in (102, 190):
        return ReauthRequired("Instagram no longer accepts this account's access: connect it again", detail=answer.detail)
    refused = refusal_of(answer)
    return refused if isinstance(refused, ReauthRequired) else None


def _code_gone(answer: Answer) -> bool:
    """{"error_type": "OAuthException", "code": 400, "error_message"}: a code that is spent, late, or of another address."""
    said = str(answer.get("error_message") or "").lower()
    if "platform app" in said or "client" in said:
        raise unknown_app(answer)
    return answer.get("error_type") == "OAuthException" and ("code" in said or "redirect_uri" in said)


def _of(answer: Answer, name: str) -> Any:
    """Flat, or in a list named data."""
    value = answer.get(name)
    return value if value is not None else answer.get("data", 0, name)


OAUTH = InstagramAuth()
