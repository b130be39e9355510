"""How LinkedIn is called, and how it words its refusals."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Answer, Caller, now_at, retry_after, seconds_until, too_many, version_ended
from postwright.platforms.errors import OutcomeUnknown, PlatformError, ReauthRequired, Rejected, Suspended
from postwright.platforms.linkedin.limits import FACTS
from postwright.platforms.permissions import not_permitted

API = "https://api.linkedin.com/rest"
_NEEDS = (
    ("GET */memberCreatorPostAnalytics*", "r_member_postAnalytics"),
    ("GET */memberFollowersCount*", "r_member_profileAnalytics"),
    ("GET */organizationalEntityShareStatistics*", "r_organization_social"),
    ("* */rest/*", "w_member_social (of a page: w_organization_social)"),
)
_FIELDS = {
    "visibility": "visibility",
    "isReshareDisabledByAuthor": "reshare_disabled",
    "content/media/title": "document_title",
    "content/article/source": "link",
    "content/article/title": "link_title",
}
# No code of its own is documented for a member whom LinkedIn restricts: its words name member or account, and what was done.
_BARRED = re.compile(r"\b(?:member|account)[ _](?:(?:is|has been|was) )?(?:\w+ )?(?:restricted|suspended)\b", re.IGNORECASE)
VERSION = str(FACTS["version"].value)


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    headers = {"Authorization": f"Bearer {credentials.access_token}", "LinkedIn-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}
    return Caller("LinkedIn", http, headers, refuse)


def urn_of(account: Account) -> str:
    """The author: a member, or the organization that the account's id names."""
    name = account.platform_user_id
    return name if name.startswith("urn:li:") else f"urn:li:person:{name}"


def refuse(answer: Answer) -> PlatformError | None:
    """LinkedIn's errors (https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling) as ours."""
    said = f"{answer.get('code') or ''} {answer.get('message') or ''}"
    match answer.status:
        case 401 | 403 if _BARRED.search(said):
            return Suspended("LinkedIn", "at linkedin.com", done="restricts", detail=answer.detail)
        case 401:
            return ReauthRequired("LinkedIn no longer accepts this account's access: connect it again", detail=answer.detail)
        case 426:
            return version_ended(answer, VERSION)
        case 429:
            return too_many(answer, None if retry_after(answer) is not None else _till_midnight(answer))
        case 409 if answer.sends:
            return OutcomeUnknown("LinkedIn answered with a conflict; the post may be out", detail=answer.detail)
        case 400 | 422 if "DUPLICATE" in said.upper():
            return Rejected("LinkedIn has this text from this account already", field="text", rule="duplicate", detail=answer.detail)
        case 400 | 422 if "TOO_LONG" in said or "TOO_LONG" in answer.text:
            return Rejected("LinkedIn says that the text is too long", field="text", rule="length", detail=answer.detail)
        case 400 | 422 if option := _option(answer):
            return Rejected(f"LinkedIn does not take the option {option}", field=f"options.{option}", rule="option", detail=answer.detail)
        case 400 | 422 if "MEDIA" in said.upper() or "content/" in said:
            return Rejected("LinkedIn does not take the media of this post", field="media", rule="media", detail=answer.detail)
        case 403 if "permission" in said.lower() or "ACCESS_DENIED" in said:
            return not_permitted(answer, _NEEDS)
        case 403:
            return Rejected("LinkedIn does not let this account do that", field="account", rule="forbidden", detail=answer.detail)
        case 413:
            return Rejected("LinkedIn says that a file is too large", field="media", rule="size", detail=answer.detail)
        case 400 | 404 | 422:
            return Rejected(f"LinkedIn does not take this post: {said.strip()[:200]}", field="text", rule="invalid", detail=answer.detail)
    return None


def _option(answer: Answer) -> str | None:
    """Our name of the field that an input error points at."""
    path = str(answer.get("errorDetails", "inputErrors", 0, "input", "inputPath", "fieldPath") or "")
    return _FIELDS.get(path)


def _till_midnight(answer: Answer) -> float:
    """LinkedIn's daily counts begin anew at midnight UTC: the seconds until then."""
    return seconds_until(answer, (now_at(answer) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0))
