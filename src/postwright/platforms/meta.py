"""What Instagram and Facebook share: Graph API calls and its error codes.

https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.answers import Answer, Caller, version_ended
from postwright.platforms.errors import OutcomeUnknown, PlatformError, QuotaExhausted, ReauthRequired, Rejected, Suspended, Transient
from postwright.platforms.permissions import not_permitted

# Calling again while throttled makes the block longer, so these are never tried early.
_THROTTLED = {4, 17, 32, 341, 613, 1390008, *range(80000, 80015)}
_BLOCKED = 368  # "Temporarily blocked for policies violations"
_CHECKPOINT = {459, 464}  # of a token: the person must sign in at the platform and mend something; a new token would not help
_RESTRICTED = {2207050, 2207051}  # Instagram: inactive, checkpointed or restricted; an action that is barred
_MOST_MINUTES = 24 * 60
_DAILY = {2207042}
_PASSING = {2207001, 2207032, 2207053}  # "try again": on the send they prove nothing
_PERMISSION = {3, 10, *range(200, 300)}
_SCOPE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")  # scopes are the only words of a refusal that are written so
_RULES: Mapping[int, tuple[str, str, str]] = {  # error_subcode: field, rule, words
    2207009: ("media", "aspect", "does not take the aspect ratio of the image"),
    2207010: ("text", "length", "says that the caption is too long or has too many hashtags or mentions"),
    2207005: ("media", "mime_type", "does not take this type of image"),
    2207026: ("media", "format", "does not take the format of the video"),
    2207022: ("media", "carousel", "does not take this carousel"),
    2207023: ("media", "media_type", "does not know this type of media"),
    2207028: ("media", "carousel", "does not take this number of items in a carousel"),
    2207052: ("media", "fetch", "could not fetch the medium from its address"),
    2207003: ("media", "fetch", "took too long to fetch the medium from its address"),
    33: ("post", "gone", "no longer has this post"),
    2207004: ("media", "size", "says that the image is too large"),
    2207040: ("options.user_tags", "option", "takes no more than 20 tagged people"),
    2207057: ("options.cover_at", "option", "finds no such moment in the video for its cover"),
    2207020: ("media", "expired", "no longer has the medium"),
    1363128: ("media", "duration", "takes reels of 3 to 90 seconds only"),
    1363129: ("media", "size", "takes reels of at least 540 x 960 pixels only"),
    1363024: ("media", "format", "does not take the format of the video"),
    2069019: ("media", "format", "does not take the format of the image"),
}
_OPTIONS: Mapping[str, str] = {  # parameter: option
    "collaborators": "collaborators",
    "user_tags": "user_tags",
    "location_id": "location_id",
    "cover_url": "cover",
    "thumb_offset": "cover_at",
    "share_to_feed": "share_to_feed",
    "Param place": "place",
    "Param link": "link",
    "Param sponsor_id": "sponsor_id",
}
_BY_CODE: Mapping[int, tuple[str, str, str]] = {
    9004: ("media", "fetch", "could not fetch the medium from its address"),
    36000: ("media", "size", "says that the image is too large"),
    36001: ("media", "mime_type", "does not take this type of image"),
    36003: ("media", "aspect", "does not take the aspect ratio of the image"),
    324: ("media", "format", "does not take the image"),
    352: ("media", "format", "does not take the format of the video"),
    506: ("text", "duplicate", "has this text from this account already"),
}


def caller(platform: str, http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    """The token goes in a header: an address ends up in logs."""
    return Caller(platform, http, {"Authorization": f"Bearer {credentials.access_token}"}, refuse)


def refuse(answer: Answer) -> PlatformError | None:
    """Graph's error object as ours; None when the answer holds none."""
    code, subcode = answer.get("error", "code"), answer.get("error", "error_subcode")
    if not isinstance(code, int):
        return None
    name, words = answer.platform, str(answer.get("error", "error_user_msg") or answer.get("error", "message") or "")
    if barred := _barring_of(answer, code, subcode):
        return barred
    if code in (102, 190):
        return ReauthRequired(f"{name} no longer accepts this account's access: connect it again", detail=answer.detail)
    if subcode in _DAILY or (code == 9 and subcode is None):
        return QuotaExhausted(f"{name} takes no more posts from this account today", wait=86_400, detail=answer.detail)
    if code in _THROTTLED or subcode in _THROTTLED or answer.status == 429:
        return QuotaExhausted(f"{name} slows this account down", wait=_regained_in(answer), detail=answer.detail)
    if subcode == 2207027:
        return Transient(f"{name} is not ready with the medium yet", retry_after=30, detail=answer.detail)
    if subcode == 1366051:
        return OutcomeUnknown(f"{name} says that these photos were already posted", detail=answer.detail)
    if code in (1, 2) or subcode in _PASSING or answer.get("error", "is_transient") is True:
        return answer.unclear(f"{name} has a passing fault")
    if rule := _RULES.get(subcode if isinstance(subcode, int) else 0) or _BY_CODE.get(code):
        return Rejected(f"{name} {rule[2]}", field=rule[0], rule=rule[1], detail=answer.detail)
    if code in _PERMISSION and "permission" in words.lower():
        named = _SCOPE.search(words)
        return not_permitted(answer, scope=named[0] if named else None)
    if code in _PERMISSION:
        return Rejected(f"{name} does not let this account do that: {words[:200]}", field="account", rule="forbidden", detail=answer.detail)
    if code in (12, 2635):
        return version_ended(answer)
    if option := _option(f"{answer.get('error', 'message')} {words}"):
        return Rejected(f"{name} does not take an option: {words[:200]}", field=f"options.{option}", rule="option", detail=answer.detail)
    return Rejected(f"{name} does not take this post: {words[:200]}", field="text", rule="invalid", detail=answer.detail)


def _barring_of(answer: Answer, code: int, subcode: object) -> Suspended | None:
    """What is about the account itself. 458, 460 and 463 are not: who connects it again has mended them."""
    where, name = f"at {answer.platform}", answer.platform
    if code == _BLOCKED or subcode == _BLOCKED:
        return Suspended(name, where, done="temporarily blocks", detail=answer.detail)
    if code in (102, 190) and subcode in _CHECKPOINT:
        return Suspended(name, where, done="has locked", detail=answer.detail)
    if subcode in _RESTRICTED:
        return Suspended(name, where, done="restricts", rule="restricted", detail=answer.detail)
    return None


def _option(said: str) -> str | None:
    """Our name of the parameter that Graph names in its words, as in "(#100) Param place must be ..."."""
    return next((ours for theirs, ours in _OPTIONS.items() if re.search(rf"\b{theirs}\b", said)), None)


def _regained_in(answer: Answer) -> float:
    """Seconds after which Meta says that access comes back, else an hour."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
        minutes = max(int(entry["estimated_time_to_regain_access"]) for entries in usage.values() for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        minutes = 0
    return 60.0 * (min(max(minutes, 0), _MOST_MINUTES) or 60)
