"""How TikTok is called, and how it words its refusals (https://developers.tiktok.com/doc/tiktok-api-v2-error-handling)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from postwright.platforms.account import Credentials
from postwright.platforms.answers import Answer, Caller, version_ended
from postwright.platforms.errors import PlatformError, QuotaExhausted, ReauthRequired, Rejected, Suspended
from postwright.platforms.permissions import not_permitted

API = "https://open.tiktokapis.com/v2"
_NEEDS = (("POST */post/publish/*", "video.publish"), ("POST */video/*", "video.list"), ("GET */user/info/*", "user.info.stats"))

_RULES: Mapping[str, tuple[str, str, str]] = {
    "privacy_level_option_mismatch": ("options.privacy_level", "privacy_level", "does not offer this audience to the account"),
    "unaudited_client_can_only_post_to_private_accounts": (
        "options.privacy_level",
        "unaudited",
        "lets an unaudited app post privately only",
    ),
    "url_ownership_unverified": ("media", "fetch", "pulls photos only from a domain that was verified there"),
    "spam_risk_text": ("text", "spam", "takes the text for spam"),
    "app_version_check_failed": ("account", "app_version", "asks for a newer app on the creator's phone"),
    "duration_check": ("media", "duration", "does not take the length of the video"),
    "file_format_check_failed": ("media", "format", "does not take the format of the file"),
    "duration_check_failed": ("media", "duration", "does not take the length of the video"),
    "frame_rate_check_failed": ("media", "frame_rate", "takes 23 to 60 frames a second"),
    "picture_size_check_failed": ("media", "size", "does not take the size of the picture"),
    "video_pull_failed": ("media", "fetch", "could not fetch the video"),
    "photo_pull_failed": ("media", "fetch", "could not fetch a photo"),
    "publish_cancelled": ("account", "cancelled", "says that the post was cancelled there"),
    "auth_removed": ("account", "forbidden", "says that the creator took back the permission"),
}
_BARRED = "spam_risk_user_banned_from_posting"
_DAILY = {"spam_risk_too_many_posts", "reached_active_user_cap", "spam_risk_too_many_pending_share"}


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    return Caller("TikTok", http, {"Authorization": f"Bearer {credentials.access_token}"}, refuse)


def refuse(answer: Answer) -> PlatformError | None:
    """The error object of an answer as ours; None when it holds none."""
    code = str(answer.get("error", "code") or "")
    if not code or code == "ok":
        return None
    if code in ("access_token_invalid", "access_token_expired"):
        return ReauthRequired("TikTok no longer accepts this account's access: connect it again", detail=answer.detail)
    if answer.status in (410, 426):
        return version_ended(answer)
    if code in _DAILY:
        return QuotaExhausted("TikTok takes no more posts today", wait=86_400, detail=answer.detail)
    if code == "rate_limit_exceeded":
        return QuotaExhausted("TikTok takes no more calls this minute", wait=60, detail=answer.detail)
    if code in ("scope_not_authorized", "scope_permission_missed"):
        return not_permitted(answer, _NEEDS)
    if code in ("internal_error", "internal"):
        return answer.unclear("TikTok has a passing fault")
    return rejection(code, answer)


def rejection(code: str, answer: Answer) -> Rejected:
    """The refusal for one of TikTok's codes or reasons of failure."""
    if code == _BARRED:
        return Suspended("TikTok", "to the app", done="bars posting from", rule="restricted", detail=answer.detail)
    field, rule, words = _RULES.get(code, ("text", code[:60], f"does not take this post: {answer.get('error', 'message') or code}"))
    return Rejected(f"TikTok {words}", field=field, rule=rule, detail=answer.detail)
