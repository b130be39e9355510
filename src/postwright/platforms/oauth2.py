"""What the platforms' OAuth has in common: RFC 6749 (codes, refreshing, errors), 7636 (PKCE), 6750 (bearer tokens).

Two rules stand above all: a code is exchanged once, and only the platform's definite word (`invalid_grant`, or what it says in
its place) takes an account away. A broken network, a page instead of JSON, a server error: Transient, nothing is lost.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, too_many
from postwright.platforms.auth import App, lifetime
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected

_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]*)?")
_NONSENSE = "postwright-tries-whether-this-app-is-known"  # no platform ever gave out this code


class OAuth:
    """What is alike at most platforms: see Authorizes, Renews and Revokes in platforms/auth.py."""

    pkce: ClassVar[bool] = False
    renew_before: ClassVar[timedelta | None] = timedelta(minutes=30)
    by_refresh_token: ClassVar[bool] = True

    async def revoke(self, http: httpx2.AsyncClient, app: App, account: Account, credentials: Credentials) -> None:
        """Takes the grant back, where the platform has a way. Raises as `renew`."""


def page_address(base: str, **parameters: str | None) -> str:
    """The address of a page that asks a person; what is None is left out. Raises ValueError without an app: never an
    authorise page with an empty client id."""
    if not (parameters.get("client_id") or parameters.get("client_key")):
        raise ValueError("an authorise page needs the app's client id")
    return f"{base}?{urlencode({name: value for name, value in parameters.items() if value is not None})}"


def claims_of(token: object) -> Mapping[str, Any]:
    """What a token says of itself. Not verified: it came from its issuer by the very call that asked for it."""
    try:
        body = str(token).split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def granted_by(person: object) -> Mapping[str, str]:
    """For `Grant.profile`: the person behind the account, where one has several and their grants end together."""
    return {"granted_by": person} if isinstance(person, str) and person else {}


async def ask_token(
    http: httpx2.AsyncClient,
    platform: str,
    url: str,
    form: Mapping[str, str | None],
    *,
    gone: Callable[[Answer], bool] | None = None,
    **request: Any,
) -> Answer:
    """Posts a form to a token endpoint. `gone` adds a platform's own words for `invalid_grant`.

    Raises ReauthRequired, Rejected (the app: field client_id or client_secret), Transient.
    """
    data = {name: value for name, value in form.items() if value is not None}
    caller = Caller(platform, http, {"Accept": "application/json"}, lambda answer: refusal_of(answer, gone))
    answer = await caller.call("POST", url, data=data, **request)
    if refused := refusal_of(answer, gone):  # TikTok refuses with status 200
        raise refused
    return answer


def refusal_of(answer: Answer, gone: Callable[[Answer], bool] | None = None) -> PlatformError | None:
    """RFC 6749, 5.2. None for what proves nothing."""
    if answer.status >= 500:
        return None
    name, error = answer.platform, answer.get("error")
    if answer.status == 429:
        return too_many(answer)
    if error == "invalid_grant" or (gone is not None and gone(answer)):
        return ReauthRequired(f"{name} no longer accepts this: connect the account again", detail=answer.detail)
    if error in ("invalid_client", "unauthorized_client") or (answer.status == 401 and isinstance(error, str)):
        return unknown_app(answer)
    if error == "invalid_scope":
        return Rejected(f"{name} does not grant this app what it asks for", field="scope", rule="scope", detail=answer.detail)
    return None


def unknown_app(answer: Answer) -> Rejected:
    """The platform does not know the app, or not with this secret."""
    field = "client_secret" if "secret" in answer.text.lower() else "client_id"
    message = f"{answer.platform} does not know this app: check the client id and the client secret"
    return Rejected(message, field=field, rule="app", detail=answer.detail)


async def try_with_nonsense(exchange: Callable[[str], Any]) -> None:
    """Exchanges a code that never was: a platform that minds the code has taken the app. Raises Rejected, Transient."""
    try:
        await exchange(_NONSENSE)
    except ReauthRequired:
        return


def need_scopes(platform: str, wanted: Iterable[str], granted: str | None) -> None:
    """Raises Rejected that names what the person did not allow. A platform that does not tell what it granted granted all."""
    if not granted:
        return
    given = set(granted.replace(",", " ").split())
    if missing := [scope for scope in wanted if scope not in given]:
        raise Rejected(
            f"{platform} was not allowed to let Postwright do all it needs: {', '.join(missing)} is missing. Connect again and allow it",
            field="scope",
            rule="scope",
        )


def seconds(answer: Answer, *names: str) -> int | None:
    """A lifetime that an answer tells under one of these names; None when it tells none."""
    for name in names:
        value = answer.get(name)
        if isinstance(value, int | float | str) and _NUMBER.fullmatch(str(value)) and (lives := lifetime(float(value))):
            return lives
    return None
