"""Threads login: a code, a token for an hour, then one for 60 days that is renewed while it lives.

https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions and /long-lived-tokens, read in November 2026.
Threads offers no PKCE. A token that was not renewed within 60 days is dead: there is no other way back than the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2

from postwright.platforms import meta
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.base import Account, Credentials
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected
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
    many_servers: bool = False

    def page(self, app: App, ask: Ask) -> str:
        asked = {"client_id": app.client_id, "redirect_uri": ask.redirect_uri, "scope": ",".join(SCOPES), "response_type": "code"}
        return f"{_PAGE}?{urlencode({**asked, 'state': ask.state})}"

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        """Code, then short token, then the one that lives 60 days, and whose it is."""
        threads = _unsigned(http)
        form = {**_secrets(app), "grant_type": "authorization_code", "redirect_uri": ask.redirect_uri, "code": code}
        answer = await threads.call("POST", f"{_GRAPH}/oauth/access_token", data=form)
        long = await _lengthen(threads, app, str(answer.need("access_token")))
        return [await _who(http, str(long.need("access_token")), long.get("expires_in"))]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        """Works from 24 hours after the token was made until it dies."""
        params = {"grant_type": "th_refresh_token", "access_token": credentials.access_token}
        answer = await _unsigned(http).call("GET", f"{_GRAPH}/refresh_access_token", params=params)
        return Renewed(Credentials(str(answer.need("access_token"))), answer.get("expires_in"))

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        """Threads tells a wrong id or secret by refusing a code that nobody gave: the words differ."""
        form = {**_secrets(app), "grant_type": "authorization_code", "redirect_uri": "https://localhost/", "code": "none"}
        answer = await _unsigned(http).call("POST", f"{_GRAPH}/oauth/access_token", data=form, accept=(400, 401, 403))
        words = str(answer.get("error_message") or answer.get("error", "message") or "").lower()
        for field, mark in (("client_secret", "secret"), ("client_id", "client_id"), ("client_id", "client id"), ("client_id", "app")):
            if mark in words:
                raise Rejected(f"Threads does not know this {field}", field=field, rule="known_app", detail=answer.detail)

    async def register(self, http: httpx2.AsyncClient, host: str, redirect_uri: str) -> App:
        raise NotImplementedError("Apps of Threads are registered at developers.facebook.com")


async def _lengthen(threads: Caller, app: App, token: str) -> Answer:
    params = {"grant_type": "th_exchange_token", "client_secret": app.client_secret or "", "access_token": token}
    return await threads.call("GET", f"{_GRAPH}/access_token", params=params)


async def _who(http: httpx2.AsyncClient, token: str, expires_in: Any) -> Grant:
    params = {"fields": "id,username,name,threads_profile_picture_url,threads_biography"}
    told = await meta.caller("Threads", http, Credentials(token)).call("GET", f"{API}/me", params=params)
    name, picture = str(told.need("username")), told.get("threads_profile_picture_url")
    return Grant(
        str(told.need("id")),
        name,
        str(told.get("name") or name),
        token,
        expires_in=int(expires_in) if expires_in else None,
        scope=",".join(SCOPES),
        avatar_url=str(picture) if picture else None,
        profile={"about": told.get("threads_biography") or ""},
    )


def _secrets(app: App) -> Mapping[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret or ""}


def _unsigned(http: httpx2.AsyncClient) -> Caller:
    return Caller("Threads", http, {}, _refuse)


def _refuse(answer: Answer) -> PlatformError | None:
    """The token endpoint words its errors flatly; the rest as Graph does."""
    kind, words = str(answer.get("error_type") or ""), str(answer.get("error_message") or "")
    if not kind:
        return meta.refuse(answer)
    if "scope" in words or "permission" in words:
        return Rejected(f"Threads did not grant what is needed: {words[:200]}", field="scope", rule="missing_scope", detail=answer.detail)
    return ReauthRequired(f"Threads refuses this sign-in: {words[:200]}", detail=answer.detail)


THREADS_LOGIN = ThreadsLogin()
