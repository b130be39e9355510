"""How a WordPress site is called, and how it words its refusals.

https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/ (application passwords)
"""

from __future__ import annotations

import base64

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, too_many
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected
from postwright.platforms.sites import site_of


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    """The key is the user's name and the application password, joined by a colon."""
    basic = base64.b64encode(credentials.access_token.encode()).decode()
    return Caller("The WordPress site", http, {"Authorization": f"Basic {basic}"}, refuse)


def api_of(account: Account) -> str:
    return f"{site_of(account, 'WordPress').address}/wp-json/wp/v2"


def refuse(answer: Answer) -> PlatformError | None:
    """{"code", "message", "data"} as our errors."""
    code, said = str(answer.get("code") or ""), str(answer.get("message") or "")
    if not code:
        return None
    if answer.status == 401:
        return ReauthRequired(
            "The WordPress site no longer accepts this user's application password: connect it again", detail=answer.detail
        )
    if answer.status == 429:
        return too_many(answer)
    if answer.status == 403:
        return Rejected(f"The site does not let this user do that: {said[:200]}", field="account", rule="forbidden", detail=answer.detail)
    if code == "rest_no_route":
        return Rejected("The site does not offer what posting needs", field="account", rule="forbidden", detail=answer.detail)
    if answer.status == 413 or "upload" in code or "image" in code:
        return Rejected(f"The WordPress site does not take a medium: {said[:200]}", field="media", rule="media", detail=answer.detail)
    if code == "empty_content":
        return Rejected("The WordPress site says that the post is empty", field="text", rule="empty", detail=answer.detail)
    return Rejected(f"The WordPress site does not take this post: {said[:200]}", field="text", rule="invalid", detail=answer.detail)
