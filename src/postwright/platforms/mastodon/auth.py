"""Connecting Mastodon: an app is registered on the account's own server, once; its tokens do not expire.

https://docs.joinmastodon.org/methods/apps/ (POST /api/v1/apps), /methods/oauth/ (authorize, token, revoke; PKCE since 4.3, older
servers pass over it) and /methods/accounts/#verify_credentials, read in November 2026.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.errors import PlatformError, Rejected
from postwright.platforms.mastodon.answers import base_of, caller
from postwright.platforms.mastodon.server import SERVER, read_server
from postwright.platforms.oauth2 import OAuth, ask_token, need_scopes, page_address, refusal_of, seconds, try_with_nonsense


class MastodonAuth(OAuth):
    """OAuth at any Mastodon server."""

    renew_before: ClassVar[timedelta | None] = None

    pkce: ClassVar[bool] = True
    scopes: ClassVar[tuple[str, ...]] = ("read:accounts", "read:statuses", "write:statuses", "write:media")

    def page(self, app: App, ask: Ask) -> str:
        return page_address(
            f"https://{_host(ask)}/oauth/authorize", response_type="code", client_id=app.client_id, redirect_uri=ask.redirect_uri,
            scope=" ".join(self.scopes), state=ask.state, code_challenge=ask.challenge, code_challenge_method="S256",
        )  # fmt: skip

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        host = _host(ask)
        answer = await self._redeem(http, app, ask, code)
        need_scopes("The Mastodon server", self.scopes, answer.get("scope"))
        token = str(answer.need("access_token"))
        me = await caller(http, Credentials(token)).call("GET", f"https://{host}/api/v1/accounts/verify_credentials")
        name = str(me.need("username"))
        return [
            Grant(
                platform_user_id=str(me.need("id")),
                handle=f"{name}@{host}",
                display_name=str(me.get("display_name") or name),
                access_token=token,
                expires_in=seconds(answer, "expires_in"),
                scope=answer.get("scope"),
                host=host,
                avatar_url=me.get("avatar"),
                profile={"followers": me.get("followers_count"), **await _server(http, Account(name, f"{name}@{host}", host), token)},
            )
        ]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        raise Rejected("Tokens of Mastodon servers do not expire and are not renewed", field="account", rule="no_refresh")

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        """An app is registered on each server by ourselves: there is none to try beforehand."""

    async def try_on(self, http: httpx2.AsyncClient, app: App, host: str) -> None:
        """Whether a server still knows the app that it once registered. Raises Rejected, Transient."""
        await try_with_nonsense(lambda code: self._redeem(http, app, Ask("https://postwright.example/", "", "x" * 43, host), code))

    async def register(self, http: httpx2.AsyncClient, host: str, redirect_uri: str) -> App:
        form = {
            "client_name": "Postwright", "redirect_uris": redirect_uri, "scopes": " ".join(self.scopes),
            "website": "https://postwright.example",
        }  # fmt: skip
        answer = await Caller(host, http, {"Accept": "application/json"}, _no_server).call("POST", f"https://{host}/api/v1/apps", data=form)
        return App(str(answer.need("client_id")), str(answer.need("client_secret")))

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        form = {"client_id": app.client_id, "client_secret": app.client_secret, "token": credentials.access_token}
        await ask_token(http, "Mastodon", f"{base_of(account)}/oauth/revoke", form)

    async def _redeem(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> Answer:
        form = {
            "grant_type": "authorization_code", "code": code, "client_id": app.client_id, "client_secret": app.client_secret,
            "redirect_uri": ask.redirect_uri, "code_verifier": ask.verifier, "scope": " ".join(self.scopes),
        }  # fmt: skip
        return await ask_token(http, "Mastodon", f"https://{_host(ask)}/oauth/token", form)


async def _server(http: httpx2.AsyncClient, account: Account, token: str) -> dict[str, Any]:
    """What the server takes; one that does not tell is taken for a Mastodon server as it comes."""
    try:
        return {SERVER: dict(await read_server(http, account, Credentials(token)))}
    except PlatformError:
        return {}


def _no_server(answer: Answer) -> PlatformError | None:
    """Whoever answers the registration of an app with a refusal is no Mastodon server, or one that is closed."""
    if answer.status in (401, 403, 404, 422):
        message = f"{answer.platform} does not register apps: is it a Mastodon server?"
        return Rejected(message, field="host", rule="mastodon", detail=answer.detail)
    return refusal_of(answer)


def _host(ask: Ask) -> str:
    if not ask.host:
        raise ValueError("a walk to Mastodon names its server")
    return ask.host


OAUTH = MastodonAuth()
