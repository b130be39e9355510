"""How X words its refusals."""

from __future__ import annotations

import re

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.answers import Answer, Caller, reset_in, too_many, version_ended
from postwright.platforms.errors import PlatformError, QuotaExhausted, ReauthRequired, Rejected, Suspended, Unpaid
from postwright.platforms.permissions import not_permitted
from postwright.platforms.x.options import OPTIONS

API = "https://api.x.com/2"
# https://docs.x.com/fundamentals/authentication/guides/v2-authentication-mapping
_NEEDS = (
    ("GET */2/tweets*", "tweet.read"),
    ("* */2/tweets*", "tweet.write"),
    ("* */2/media/*", "media.write"),
    ("* */2/users/*", "users.read"),
)
_UNPAID = 3600.0  # seconds until it is worth asking whether somebody paid
# The account's own state (https://developer.x.com/ja/docs/basics/response-codes): 64 suspended, 326 temporarily locked. Others'
# accounts are suspended, too: "User has been suspended" is about whom a post names.
_BARRED_CODES = {64, 326}
_BARRED = re.compile(r"\b(?:your|this) account (?:is|has been|was)(?: \w+){0,2} (?:suspended|locked|restricted)\b")


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    return Caller("X", http, {"Authorization": f"Bearer {credentials.access_token}"}, refuse)


def refuse(answer: Answer) -> PlatformError | None:
    """problem+json (https://docs.x.com/x-api/fundamentals/response-codes-and-errors) as our errors."""
    said = _words(answer)
    match answer.status:
        case 401 | 403 if _is_barred(answer, said):
            return Suspended("X", "at x.com", detail=answer.detail)
        case 401:
            return ReauthRequired("X no longer accepts this account's access: connect it again", detail=answer.detail)
        case 410 | 426:  # an endpoint that was turned off
            return version_ended(answer)
        case 402:
            words = "X asks for payment: the credits of this server's app are used up. Whoever runs the server has to buy more at X."
            return Unpaid(words, wait=_UNPAID, detail=answer.detail)
        case 429:
            daily = answer.headers.get("x-user-limit-24hour-remaining") == "0" or answer.headers.get("x-app-limit-24hour-remaining") == "0"
            names = ("x-user-limit-24hour-reset", "x-app-limit-24hour-reset") if daily else ("x-rate-limit-reset",)
            return too_many(answer, reset_in(answer, *names, "x-rate-limit-reset"))
        case 403 if "duplicate" in said:
            return Rejected("X has this text from this account already", field="text", rule="duplicate", detail=answer.detail)
        case 403 if "daily" in said or "limit" in said:
            return QuotaExhausted("X takes no more posts from this account for now", detail=answer.detail)
        case 403 if "not permitted" in said or "oauth" in said or said.strip() == "forbidden":
            return not_permitted(answer, _NEEDS)
        case 403:
            return Rejected("X does not let this account do that", field="account", rule="forbidden", detail=answer.detail)
        case 400 if "too long" in said:
            return Rejected("X says that the text is too long", field="text", rule="length", detail=answer.detail)
        case 400 if option := _option(said):
            return Rejected(f"X does not take the option {option}", field=f"options.{option}", rule="option", detail=answer.detail)
        case 400 if "media" in said:
            return Rejected("X does not take the media of this post", field="media", rule="media", detail=answer.detail)
        case 413:
            return Rejected("X says that a medium is too large", field="media", rule="size", detail=answer.detail)
        case 400 | 404 | 422:
            return Rejected(f"X does not take this post: {said[:200]}", field="text", rule="invalid", detail=answer.detail)
    return None


def _is_barred(answer: Answer, said: str) -> bool:
    errors = answer.get("errors")
    codes = {error.get("code") for error in errors if isinstance(error, dict)} if isinstance(errors, list) else set()
    return bool(codes & _BARRED_CODES) or _BARRED.search(said) is not None


def _option(said: str) -> str | None:
    """The option that a refusal names, as in "$.reply_settings: ..."."""
    return next((option.name for option in OPTIONS if f"$.{option.name}" in said), None)


def _words(answer: Answer) -> str:
    errors = answer.get("errors")
    messages = [str(error.get("message", "")) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return " ".join([str(answer.get("detail") or ""), *messages]).lower()
