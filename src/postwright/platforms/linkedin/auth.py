"""Connecting LinkedIn: a member, and the organisations that the member may post for.

https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow (access for 60 days; a refresh token
only for approved partners, /programmatic-refresh-tokens), /consumer/integrations/self-serve/sign-in-with-linkedin-v2 (userinfo),
/marketing/community-management/organizations/organization-access-control-by-role (organizationAcls), read in November 2026.
PKCE is for native apps only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.auth import App, Ask, Grant, Renewed
from postwright.platforms.errors import Rejected
from postwright.platforms.linkedin.answers import API, caller
from postwright.platforms.oauth2 import OAuth, ask_token, need_scopes, page_address, seconds, try_with_nonsense

_BASE = "https://www.linkedin.com/oauth/v2"
_POSTERS = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN")
ORGANISATIONS = ("r_organization_admin", "w_organization_social", "r_organization_social")  # of the Community Management API


class LinkedInAuth(OAuth):
    """LinkedIn's OAuth. An app with the Community Management API asks for organisations too (App.extra_scopes)."""

    renew_before: ClassVar[timedelta | None] = timedelta(days=10)
    scopes: ClassVar[tuple[str, ...]] = ("openid", "profile", "w_member_social")

    def page(self, app: App, ask: Ask) -> str:
        return page_address(
            f"{_BASE}/authorization", response_type="code", client_id=app.client_id, redirect_uri=ask.redirect_uri, state=ask.state,
            scope=" ".join((*self.scopes, *app.extra_scopes)),
        )  # fmt: skip

    async def exchange(self, http: httpx2.AsyncClient, app: App, ask: Ask, code: str) -> list[Grant]:
        answer = await self._redeem(http, app, ask.redirect_uri, code)
        need_scopes("LinkedIn", self.scopes, answer.get("scope"))
        linkedin = caller(http, Credentials(str(answer.need("access_token"))))
        me = await linkedin.call("GET", "https://api.linkedin.com/v2/userinfo")
        name = str(me.get("name") or "Member")
        member = _grant(answer, str(me.need("sub")), name, name, me.get("picture"))
        if "w_organization_social" not in str(answer.get("scope") or ""):
            return [member]
        return [member, *[_grant(answer, *each) async for each in _organisations(linkedin)]]

    async def renew(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> Renewed:
        if credentials.refresh_token is None:
            raise Rejected("LinkedIn gave no refresh token: connect the account again before it ends", field="account", rule="no_refresh")
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token, **_secret(app)}
        answer = await ask_token(http, "LinkedIn", f"{_BASE}/accessToken", form)
        fresh = Credentials(str(answer.need("access_token")), answer.get("refresh_token") or credentials.refresh_token)
        return Renewed(fresh, seconds(answer, "expires_in"), seconds(answer, "refresh_token_expires_in"))

    async def try_app(self, http: httpx2.AsyncClient, app: App) -> None:
        await try_with_nonsense(lambda code: self._redeem(http, app, "https://postwright.example/", code))

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        await ask_token(http, "LinkedIn", f"{_BASE}/revoke", {"token": credentials.access_token, **_secret(app)})

    async def _redeem(self, http: httpx2.AsyncClient, app: App, redirect_uri: str, code: str) -> Answer:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, **_secret(app)}
        return await ask_token(http, "LinkedIn", f"{_BASE}/accessToken", form, gone=_code_gone)


async def _organisations(linkedin: Caller) -> AsyncIterator[tuple[str, str, str, None]]:
    """Those that the member administers: urn, handle, name."""
    listed = await linkedin.call("GET", f"{API}/organizationAcls", params={"q": "roleAssignee", "state": "APPROVED"})
    for each in listed.get("elements") or ():
        urn = str(each.get("organization") or "")
        if each.get("role") not in _POSTERS or not urn.startswith("urn:li:organization:"):
            continue
        told = await linkedin.call("GET", f"{API}/organizations/{quote(urn.rpartition(':')[2], safe='')}")
        name = str(told.get("localizedName") or told.get("vanityName") or urn)
        yield urn, str(told.get("vanityName") or name), name, None


def _grant(answer: Answer, urn: str, handle: str, name: str, picture: Any) -> Grant:
    return Grant(
        platform_user_id=urn,
        handle=handle,
        display_name=name,
        access_token=str(answer.need("access_token")),
        refresh_token=answer.get("refresh_token"),
        expires_in=seconds(answer, "expires_in"),
        refresh_expires_in=seconds(answer, "refresh_token_expires_in"),
        scope=answer.get("scope"),
        avatar_url=picture if isinstance(picture, str) else None,
        profile={"organisation": urn.startswith("urn:li:organization:")},
    )


def _code_gone(answer: Answer) -> bool:
    """LinkedIn says `invalid_request` of a code that is spent or late."""
    said = str(answer.get("error_description") or "").lower()
    return answer.get("error") == "invalid_request" and ("authorization code" in said or "retrieve access token" in said)


def _secret(app: App) -> dict[str, str | None]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


OAUTH = LinkedInAuth()
