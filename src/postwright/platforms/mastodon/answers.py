"""How a Mastodon server is called, and how it words its refusals."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, reset_in, too_many
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected, Suspended
from postwright.platforms.permissions import not_permitted

# app/controllers/api/base_controller.rb of Mastodon: suspended or disabled, not confirmed, not approved
_BARRED = ("login is currently disabled", "login is missing a confirmed e-mail", "login is currently pending approval")
_NEEDS = (
    ("GET */statuses*", "read:statuses"),
    ("GET */api/v1/accounts/*", "read:accounts"),
    ("* */api/v?/media*", "write:media"),
    ("* */api/v1/statuses*", "write:statuses"),
)


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    return Caller("Mastodon", http, {"Authorization": f"Bearer {credentials.access_token}"}, refuse)


def base_of(account: Account) -> str:
    """The server's address; the account names its host."""
    host = account.host or account.handle.lstrip("@").partition("@")[2]
    if not host:
        raise Rejected("The account does not name its Mastodon server: connect it again", field="account", rule="host")
    return f"https://{host}"


def refuse(answer: Answer) -> PlatformError | None:
    """{"error": ...} (https://docs.joinmastodon.org/entities/Error/) as our errors."""
    said = str(answer.get("error") or "")
    match answer.status:
        case 401:
            return ReauthRequired("The Mastodon server no longer accepts this account's access: connect it again", detail=answer.detail)
        case 429:
            return too_many(answer, reset_in(answer, "x-ratelimit-reset"))
        case 403 if any(words in said for words in _BARRED):
            return Suspended("The Mastodon server", "on its page", done="has disabled", detail=answer.detail)
        case 403 if "scope" in said.lower():
            return not_permitted(answer, _NEEDS)
        case 403:
            return Rejected(
                f"The Mastodon server does not let this account do that: {said[:200]}",
                field="account",
                rule="forbidden",
                detail=answer.detail,
            )
        case 413:
            return Rejected("The Mastodon server says that a file is too large", field="media", rule="size", detail=answer.detail)
        case 400 | 404 | 422 if said:
            return _of_words(answer, said)
    return None


def _of_words(answer: Answer, said: str) -> Rejected:
    low = said.lower()
    field, rule = "text", "invalid"
    if "character limit" in low:
        rule = "length"
    elif "blank" in low:
        rule = "empty"
    elif any(word in low for word in ("file", "attach", "media", "description")):
        field, rule = "media", "media"
    return Rejected(f"The Mastodon server says: {said[:200]}", field=field, rule=rule, detail=answer.detail)
