"""Threads login: a code, a token for an hour, then one for 60 days that is renewed while it lives.

https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions and /long-lived-tokens, read in November 2026.
Threads offers no PKCE. A token that was not renewed within 60 days is dead: there is no other way back than the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import httpx2

from postwright.platforms import meta
from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected
from postwright.platforms.oauth2 import seconds
from postwright.platforms.threads.answers import API

_PAGE = "https://threads.net/oauth/authorize"
_GRAPH = "https://graph.threads.net"
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_insights",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_delete",
)


@dataclass(frozen=True, slots=True)
class ThreadsLogin:
    """OAuth of Threads."""

    scopes: tuple[str, ...] = SCOPES
    pkce: bool = False
    renew_before: timedelta | None = timedelta(days=20)  # of 60
    by_refresh_token: bool = False

    def page(self, app: App, ask: Ask) -> str:
        """Raises ValueError without an app: never a page with an empty client id."""
        if not app.client_id:
            raise ValueError("an authorise page needs the app's client id")
        asked = {"client_id": app.client_id, "redirect_uri": ask.redirect_uri, "scope": ",".join(SCOPES), "response_type": "code"}
        return f"{_PAGE}?{urlencode({**asked, 'state': ask.state})}"

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        """Code, then short token, then the one that lives 60 days, and whose it is."""
        short = await self._redeem(http, app, ask.redirect_uri, code.removesuffix("#_"))
        params = {"grant_type": "th_exchange_token", "client_secret": app.client_secret, "access_token": str(short.need("access_token"))}
        long = await _unsigned(http).call("GET", f"{_GRAPH}/access_token", params=params)
        return [await _who(http, str(long.need("access_token")), seconds(long, "expires_in"))]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        """Works from 24 hours after the token was made until it dies."""
        params = {"grant_type": "th_refresh_token", "access_token": credentials.access_token}
        answer = await _unsigned(http).call("GET", f"{_GRAPH}/refresh_access_token", params=params)
        return Renewed(Credentials(str(answer.need("access_token"))), seconds(answer, "expires_in"))

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        """Exchanges a code that never was: who minds the code has taken the app."""
        try:
            await self._redeem(http, app, "https://postwright.example/", "postwright-tries-whether-this-app-is-known")
        except ReauthRequired:
            return

    async def _redeem(self, http: httpx2.AsyncClient, app: App, redirect_uri: str, code: str) -> Answer:
        form = {"client_id": app.client_id, "client_secret": app.client_secret or "", "redirect_uri": redirect_uri, "code": code}
        return await _unsigned(http).call("POST", f"{_GRAPH}/oauth/access_token", data={**form, "grant_type": "authorization_code"})


async def _who(http: httpx2.AsyncClient, token: str, expires_in: int | None) -> Grant:
    params = {"fields": "id,username,name,threads_profile_picture_url,threads_biography"}
    told = await meta.caller("Threads", http, Credentials(token)).call("GET", f"{API}/me", params=params)
    name, picture = str(told.need("username")), told.get("threads_profile_picture_url")
    return Grant(
        str(told.need("id")),
        name,
        str(told.get("name") or name),
        token,
        expires_in=expires_in,
        scope=",".join(SCOPES),
        avatar_url=str(picture) if picture else None,
        profile={"about": told.get("threads_biography") or ""},
    )


def _unsigned(http: httpx2.AsyncClient) -> Caller:
    return Caller("Threads", http, {}, _refuse)


def _refuse(answer: Answer) -> PlatformError | None:
    """The token endpoint words its errors flatly, the others as Graph does. What proves nothing is no refusal: nobody is disconnected."""
    words = str(answer.get("error_message") or answer.get("error", "message") or "").lower()
    if "client_id" in words or "client_secret" in words or "client secret" in words or "validating application" in words:
        field = "client_secret" if "secret" in words else "client_id"
        return Rejected("Threads does not know this app: check its Threads id and secret", field=field, rule="app", detail=answer.detail)
    if "scope" in words or "permission" in words:
        return Rejected(
            "Threads did not grant what is needed: connect again and allow it", field="scope", rule="scope", detail=answer.detail
        )
    is_spent = answer.get("error_type") == "OAuthException" and ("code" in words or "redirect_uri" in words)
    if is_spent or answer.get("error", "code") in (102, 190):
        return ReauthRequired("Threads no longer accepts this: connect the account again", detail=answer.detail)
    return None


THREADS_LOGIN = ThreadsLogin()
