"""How a Bluesky server (PDS) is called, and how it words its refusals (https://atproto.com/specs/xrpc)."""

from __future__ import annotations

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, reset_in, too_many
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected, Suspended

_SIGNED_OUT = {
    "ExpiredToken",
    "InvalidToken",
    "AuthMissing",
    "AuthenticationRequired",
}
_BARRED = {
    "AccountTakedown": "has taken down",
    "AccountSuspended": "has suspended",
    "AccountDeactivated": "has deactivated",
}


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    return Caller("Bluesky", http, {"Authorization": f"Bearer {credentials.access_token}"}, refuse)


def xrpc(account: Account, method: str) -> str:
    """The address of a method on the account's own server."""
    return f"https://{account.host or 'bsky.social'}/xrpc/{method}"


def refuse(answer: Answer) -> PlatformError | None:
    """{"error", "message"} as our errors; None when the answer holds none."""
    code, said = str(answer.get("error") or ""), str(answer.get("message") or "")
    if not code:
        return None
    if barred := barring_of(answer):
        return barred
    if code in _SIGNED_OUT or answer.status == 401:
        return ReauthRequired("Bluesky no longer accepts this account's access: connect it again", detail=answer.detail)
    if answer.status == 429 or code == "RateLimitExceeded":
        return too_many(answer, reset_in(answer, "ratelimit-reset"))
    if answer.status >= 500:
        return answer.unclear("Bluesky has a passing fault")
    low = f"{code} {said}".lower()
    if "grapheme" in low or ("too big" in low and "text" in low) or "must not be longer" in low:
        return Rejected("Bluesky says that the text is too long", field="text", rule="length", detail=answer.detail)
    if "blob" in low or "mime" in low or "image" in low or answer.status == 413:
        return Rejected(f"Bluesky does not take a medium: {said[:200]}", field="media", rule="media", detail=answer.detail)
    return Rejected(f"Bluesky does not take this post: {said[:200]}", field="text", rule="invalid", detail=answer.detail)


def barring_of(answer: Answer) -> Suspended | None:
    """What a server says of an account that it does not let in (https://atproto.com/specs/account)."""
    done = _BARRED.get(str(answer.get("error") or "")) if answer.status < 500 else None
    return Suspended("Bluesky", "at bsky.app", done=done, detail=answer.detail) if done else None
