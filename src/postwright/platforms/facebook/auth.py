"""Connecting Facebook Pages: the person's token, made long-lived, tells the Pages with a token each. Page tokens do not expire.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow, /docs/facebook-login/guides/access-tokens/get-long-lived
and /docs/pages-api/getting-started, read in November 2026. No PKCE for this flow.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected
from postwright.platforms.meta import caller
from postwright.platforms.meta_version import GRAPH
from postwright.platforms.oauth2 import OAuth, need_scopes, page_address, unknown_app

_GRAPH = f"https://graph.facebook.com/{GRAPH.value}"
_FIELDS = "id,name,username,access_token,tasks,followers_count,picture{url}"


class FacebookAuth(OAuth):
    """Facebook login for Pages."""

    renew_before: ClassVar[timedelta | None] = None

    scopes: ClassVar[tuple[str, ...]] = (
        "pages_show_list", "pages_manage_posts", "pages_read_engagement", "pages_manage_engagement", "read_insights",
    )  # fmt: skip

    def page(self, app: App, ask: Ask) -> str:
        return page_address(
            f"https://www.facebook.com/{GRAPH.value}/dialog/oauth", client_id=app.client_id, redirect_uri=ask.redirect_uri, state=ask.state,
            response_type="code", scope=",".join(self.scopes), auth_type="rerequest",
        )  # fmt: skip

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        graph = _meta(http)
        short = await graph.call("GET", f"{_GRAPH}/oauth/access_token", params=_app(app) | {"redirect_uri": ask.redirect_uri, "code": code})
        form = _app(app) | {"grant_type": "fb_exchange_token", "fb_exchange_token": str(short.need("access_token"))}
        person = Credentials(str((await graph.call("GET", f"{_GRAPH}/oauth/access_token", params=form)).need("access_token")))
        signed_in = caller("Facebook", http, person)
        told = await signed_in.call("GET", f"{_GRAPH}/me/permissions")
        granted = [str(each.get("permission")) for each in told.get("data") or () if each.get("status") == "granted"]
        need_scopes("Facebook", self.scopes, " ".join(granted))
        pages = await signed_in.call("GET", f"{_GRAPH}/me/accounts", params={"fields": _FIELDS, "limit": "100"})
        return [_grant(each, granted) for each in pages.get("data") or () if each.get("access_token") and _may_post(each)]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        """A Page's token holds until the person or Facebook takes it back."""
        raise Rejected("Tokens of Facebook Pages do not expire and are not renewed", field="account", rule="no_refresh")

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        """Facebook gives an app a token of its own."""
        await _meta(http).call("GET", f"{_GRAPH}/oauth/access_token", params=_app(app) | {"grant_type": "client_credentials"})

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        """A Page's token cannot take back the person's permission for the app: only the person can, in Facebook's settings."""


def _meta(http: httpx2.AsyncClient) -> Caller:
    return Caller("Facebook", http, {}, _refuse)


def _refuse(answer: Answer) -> PlatformError | None:
    """Graph's error object: 101 and 1 are about the app, 100 with a subcode and 190 about the code or token."""
    code, said = answer.get("error", "code"), str(answer.get("error", "message") or "").lower()
    if code == 101 or "client secret" in said or "validating application" in said or "client_id" in said:
        return unknown_app(answer)
    if code in (102, 190) or (code == 100 and ("authorization code" in said or "verification code" in said)):
        return ReauthRequired("Facebook no longer accepts this: connect the account again", detail=answer.detail)
    return None


def _may_post(page: dict[str, Any]) -> bool:
    tasks = page.get("tasks")
    return not isinstance(tasks, list) or "CREATE_CONTENT" in tasks


def _grant(page: dict[str, Any], granted: list[str]) -> Grant:
    picture = page.get("picture")
    return Grant(
        platform_user_id=str(page["id"]),
        handle=str(page.get("username") or page.get("name") or page["id"]),
        display_name=str(page.get("name") or page["id"]),
        access_token=str(page["access_token"]),
        scope=" ".join(granted),
        avatar_url=picture.get("data", {}).get("url") if isinstance(picture, dict) else None,
        profile={"followers": page.get("followers_count")},
    )


def _app(app: App) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret or ""}


OAUTH = FacebookAuth()
