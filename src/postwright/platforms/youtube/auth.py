"""Connecting YouTube: Google's OAuth for web servers, one channel at a time.

https://developers.google.com/identity/protocols/oauth2/web-server (access_type=offline and prompt=consent give a refresh token
each time; an app in "testing" gets ones that die after 7 days; /resources/best-practices on PKCE; revoking) and
https://developers.google.com/youtube/v3/docs/channels/list, read in November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.errors import Rejected
from postwright.platforms.oauth2 import OAuth, ask_token, claims_of, granted_by, need_scopes, page_address, seconds, try_with_nonsense
from postwright.platforms.youtube.answers import caller

_TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_CHANNELS = "https://www.googleapis.com/youtube/v3/channels"
_SCOPE = "https://www.googleapis.com/auth/"


class YouTubeAuth(OAuth):
    """Google's OAuth."""

    pkce: ClassVar[bool] = True
    scopes: ClassVar[tuple[str, ...]] = (
        f"{_SCOPE}youtube.upload", f"{_SCOPE}youtube.readonly", f"{_SCOPE}youtube.force-ssl", f"{_SCOPE}yt-analytics.readonly",
    )  # fmt: skip

    def page(self, app: App, ask: Ask) -> str:
        return page_address(
            "https://accounts.google.com/o/oauth2/v2/auth", client_id=app.client_id, redirect_uri=ask.redirect_uri, response_type="code",
            scope=" ".join(("openid", *self.scopes)), state=ask.state, access_type="offline", prompt="consent select_account",
            include_granted_scopes="false", code_challenge=ask.challenge, code_challenge_method="S256",
        )  # fmt: skip

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        answer = await self._redeem(http, app, ask.redirect_uri, ask.verifier, code)
        need_scopes("YouTube", self.scopes, answer.get("scope"))
        token = str(answer.need("access_token"))
        told = await caller(http, Credentials(token)).call("GET", _CHANNELS, params={"part": "snippet,statistics", "mine": "true"})
        channels = told.get("items") or []
        if not channels:
            raise Rejected("This Google account has no YouTube channel: make one there, then connect again", field="account", rule="exists")
        return [_grant(replace(told, data=each, text=""), answer, token) for each in channels]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token, **_secret(app)}
        answer = await ask_token(http, "YouTube", _TOKEN, form)
        fresh = Credentials(str(answer.need("access_token")), answer.get("refresh_token") or credentials.refresh_token)
        return Renewed(fresh, seconds(answer, "expires_in"), seconds(answer, "refresh_token_expires_in"))

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        await try_with_nonsense(lambda code: self._redeem(http, app, "https://postwright.example/", "x" * 43, code))

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        token = credentials.refresh_token or credentials.access_token
        await ask_token(http, "YouTube", "https://oauth2.googleapis.com/revoke", {"token": token}, gone=_gone_already)

    async def _redeem(self, http: httpx2.AsyncClient, app: App, redirect_uri: str, verifier: str, code: str) -> Answer:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier, **_secret(app),
        }  # fmt: skip
        return await ask_token(http, "YouTube", _TOKEN, form)


def _grant(channel: Answer, answer: Answer, token: str) -> Grant:
    title = str(channel.need("snippet", "title"))
    followers = channel.get("statistics", "subscriberCount")
    return Grant(
        platform_user_id=str(channel.need("id")),
        handle=str(channel.get("snippet", "customUrl") or title),
        display_name=title,
        access_token=token,
        refresh_token=answer.get("refresh_token"),
        expires_in=seconds(answer, "expires_in"),
        refresh_expires_in=seconds(answer, "refresh_token_expires_in"),
        scope=answer.get("scope"),
        avatar_url=channel.get("snippet", "thumbnails", "default", "url"),
        profile={
            "followers": int(followers) if str(followers).isdigit() else None,
            **granted_by(claims_of(answer.get("id_token")).get("sub")),
        },
    )


def _gone_already(answer: Answer) -> bool:
    return bool(answer.get("error") == "invalid_token")


def _secret(app: App) -> dict[str, str | None]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


OAUTH = YouTubeAuth()
