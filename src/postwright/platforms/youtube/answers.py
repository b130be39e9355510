"""How YouTube is called, and how it words its refusals (https://developers.google.com/youtube/v3/docs/errors)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.answers import Answer, Caller, now_at, seconds_until, version_ended
from postwright.platforms.errors import PlatformError, QuotaExhausted, ReauthRequired, Rejected, Suspended, Transient
from postwright.platforms.permissions import not_permitted

API = "https://www.googleapis.com/youtube/v3"

_RULES: Mapping[str, tuple[str, str, str]] = {
    "invalidTitle": ("title", "invalid", "does not take the title"),
    "invalidVideoMetadata": ("title", "invalid", "does not take the title or the category"),
    "invalidDescription": ("text", "invalid", "does not take the description"),
    "invalidImage": ("options.cover", "media", "does not take the thumbnail"),
    "playlistNotFound": ("options.playlist_id", "gone", "no longer has the playlist"),
    "commentsDisabled": ("options.first_comment", "comments_off", "has comments turned off for this video"),
    "commentTextTooLong": ("options.first_comment", "length", "says that the comment is too long"),
    "videoNotFound": ("post", "gone", "no longer has this video"),
    "invalidTags": ("hashtags", "invalid", "does not take the tags"),
    "invalidCategoryId": ("options.category_id", "invalid", "does not know the category"),
    "mediaBodyRequired": ("media", "needs_video", "needs a video"),
    "invalidFilename": ("media", "name", "does not take the file's name"),
    "forbidden": ("account", "forbidden", "does not let this account do that"),
    "youtubeSignupRequired": ("account", "channel", "has no channel for this account"),
}
_BARRED: Mapping[str, tuple[str, str]] = {  # reason: rule, what was done
    "channelClosed": ("closed", "has closed the channel of"),
    "channelSuspended": ("suspended", "has suspended the channel of"),
    "authenticatedUserAccountClosed": ("closed", "has closed"),
    "authenticatedUserAccountSuspended": ("suspended", "has suspended"),
    "accountDelegationForbidden": ("delegation", "no longer lets this sign-in act for"),
}
_FIELDS = {
    "body.status.privacyStatus": "privacy",
    "body.status.selfDeclaredMadeForKids": "made_for_kids",
    "body.status.containsSyntheticMedia": "contains_synthetic_media",
    "body.status.embeddable": "embeddable",
    "body.snippet.categoryId": "category_id",
}
_NEEDS = (
    ("GET */v2/reports*", "yt-analytics.readonly"),
    ("* */upload/youtube/v3/videos*", "youtube.upload"),
    ("GET */youtube/v3/*", "youtube.readonly"),
    ("* */youtube/v3/*", "youtube.force-ssl"),
)
_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_SLOW = {"rateLimitExceeded", "userRateLimitExceeded"}


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    return Caller("YouTube", http, {"Authorization": f"Bearer {credentials.access_token}"}, refuse)


def refuse(answer: Answer) -> PlatformError | None:
    """The reason in {"error": {"errors": [{"reason"}]}} as our error; None when there is no such object."""
    reason = str(answer.get("error", "errors", 0, "reason") or answer.get("error", "status") or "")
    if not isinstance(answer.get("error"), dict):
        return None
    if reason in _BARRED and answer.status < 500:
        rule, done = _BARRED[reason]
        return Suspended("YouTube", "at youtube.com", done=done, rule=rule, detail=answer.detail)
    if answer.status == 401 or reason in ("authError", "UNAUTHENTICATED"):
        return ReauthRequired("YouTube no longer accepts this account's access: connect it again", detail=answer.detail)
    if answer.status in (410, 426):
        return version_ended(answer)
    if reason in _QUOTA:
        return QuotaExhausted("YouTube's quota of the app is used up today", wait=_till_midnight_pacific(answer), detail=answer.detail)
    if reason == "uploadLimitExceeded":
        return QuotaExhausted("YouTube takes no more uploads from this channel today", wait=86_400, detail=answer.detail)
    if reason in _SLOW or answer.status == 429:
        return Transient("YouTube asks us to slow down", retry_after=60, detail=answer.detail)
    if answer.status >= 500:
        return answer.unclear("YouTube has a passing fault")
    if reason in ("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
        return not_permitted(answer, _NEEDS)
    if option := _FIELDS.get(str(answer.get("error", "errors", 0, "location") or "")):
        return Rejected(f"YouTube does not take the option {option}", field=f"options.{option}", rule="option", detail=answer.detail)
    field, rule, words = _RULES.get(reason, ("text", reason or "invalid", f"does not take this video: {answer.get('error', 'message')}"))
    return Rejected(f"YouTube {words}", field=field, rule=rule, detail=answer.detail)


def _till_midnight_pacific(answer: Answer) -> float:
    """Quotas begin anew at midnight Pacific time: the seconds until then."""
    local = now_at(answer).astimezone(ZoneInfo("America/Los_Angeles"))
    return seconds_until(answer, (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0))
