"""How each platform says that it takes no more for now, in its own words: what a fault answers in its stead.

Shapes after each platform's page on limits or errors, read in November 2026. Meta tells in a header how many minutes a block
lasts, and answers with 400 or 403; Google and TikTok tell no time at all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.responses import PlainTextResponse, Response

from postwright.sandbox.wire import Refusal

# Those that count an account's or an app's day apart from what comes too fast.
DAILY = ("x", "linkedin", "instagram", "threads", "tiktok", "youtube")
# Those whose own words tell minutes, or no time, after which adapters wait a minute at least. A shorter wait can only come from
# what stands before them: a gateway's plain 429.
_IN_MINUTES = frozenset({"instagram", "facebook", "threads", "tiktok", "youtube"})
_GATEWAY_BELOW = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Wait:
    """For how long nothing is taken, from when, and whether the answer tells it. Seconds."""

    seconds: float
    now: float
    told: bool

    @property
    def whole(self) -> int:
        return max(1, round(self.seconds))

    @property
    def until(self) -> int:
        return int(self.now + self.seconds) + 1

    def headers(self, prefix: str, limit: int = 100, *, iso: bool = False, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Limit, remaining and reset under a prefix, besides others; none where nothing is told."""
        moment = datetime.fromtimestamp(self.until, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z") if iso else str(self.until)
        told = {f"{prefix}limit": str(limit), f"{prefix}remaining": "0", f"{prefix}reset": moment}
        return told | dict(more or {}) if self.told else {}

    def after(self) -> dict[str, str]:
        return {"Retry-After": str(self.whole)} if self.told else {}


def too_many(platform: str, wait: Wait) -> Response:
    """Too many calls in a short time."""
    if platform in _IN_MINUTES and wait.seconds < _GATEWAY_BELOW:
        return PlainTextResponse("429 Too Many Requests", 429, wait.after())
    match platform:
        case "x":
            refusal = _x(429, "Too Many Requests", "Too Many Requests", wait.headers("x-rate-limit-", more=wait.after()))
        case "linkedin":
            refusal = _linkedin("Resource level throttle limit for calls to this resource is reached.", wait.after())
        case "instagram":
            refusal = _graph(400, 80002, "There have been too many calls to this Instagram account.", _usage(wait, "instagram"))
        case "facebook" if wait.told:
            refusal = _graph(400, 80001, "There have been too many calls to this Page account.", _usage(wait, "pages"))
        case "facebook":
            refusal = _graph(403, 32, "(#32) Page request limit reached")
        case "threads":
            refusal = _graph(403, 4, "(#4) Application request limit reached", _usage(wait, "threads"))
        case "tiktok":
            refusal = _tiktok(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")
        case "youtube":
            refusal = _google(429, "rateLimitExceeded", "The request cannot be completed: too many requests.", "usageLimits")
        case "bluesky":
            words = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
            refusal = Refusal(429, words, wait.headers("ratelimit-", more={"ratelimit-policy": "100;w=3600"}))
        case "mastodon":
            refusal = Refusal(429, {"error": "Too many requests"}, wait.headers("x-ratelimit-", 300, iso=True))
        case "telegram":
            parameters: dict[str, Any] = {"parameters": {"retry_after": wait.whole}} if wait.told else {}
            said = f"Too Many Requests: retry after {wait.whole}" if wait.told else "Too Many Requests"
            refusal = Refusal(429, {"ok": False, "error_code": 429, "description": said, **parameters})
        case "discord":
            after: dict[str, Any] = {"retry_after": round(max(wait.seconds, 0.3), 3)} if wait.told else {}
            headers = wait.headers("x-ratelimit-", 5, more={"x-ratelimit-scope": "user", **wait.after()})
            refusal = Refusal(429, {"message": "You are being rate limited.", "global": False, **after}, headers)
        case "ghost":
            words = {"message": "Too many requests.", "type": "TooManyRequestsError"}
            refusal = Refusal(429, {"errors": [words]}, wait.after())
        case _:
            refusal = Refusal(429, {"code": "too_many_requests", "message": "Too many requests.", "data": {"status": 429}}, wait.after())
    return refusal.response()


def day_is_over(platform: str, wait: Wait) -> Response:
    """The posts of the day are used up, an app's or an account's; of a platform in DAILY."""
    match platform:
        case "x":  # 10,000 posts in 24 hours by all accounts of one app
            daily = wait.headers("x-app-limit-24hour-", 10_000)
            refusal = _x(429, "Too Many Requests", "Too Many Requests", wait.headers("x-rate-limit-") | daily)
        case "linkedin":
            refusal = _linkedin("Resource level throttle DAY limit for calls to this resource is reached.", {})
        case "instagram":
            refusal = _graph(403, 9, "Application request limit reached", subcode=2207042)
        case "threads":
            refusal = _graph(403, 9, "Application request limit reached", subcode=2207042)
        case "tiktok":
            words = "The daily post cap from the API is reached for the current user."
            refusal = _tiktok(403, "spam_risk_too_many_posts", words)
        case _:
            words = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
            refusal = _google(403, "quotaExceeded", words, "youtube.quota")
    return refusal.response()


def unpaid() -> Response:
    """X of an app whose credits are used up (docs.x.com/x-api/getting-started/pricing)."""
    detail = "Your enrolled account does not have any credits to fulfill this request."
    return _x(402, "CreditsDepleted", detail, {}, "https://api.twitter.com/2/problems/credits").response()


def _linkedin(words: str, headers: Mapping[str, str]) -> Refusal:
    return Refusal(429, {"status": 429, "code": "TOO_MANY_REQUESTS", "message": words}, headers)


def _graph(status: int, code: int, words: str, headers: Mapping[str, str] | None = None, **more: int) -> Refusal:
    error = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "sandbox"}
    told = {f"error_{name}": value for name, value in more.items()}
    return Refusal(status, {"error": error | told}, headers)


def _x(status: int, title: str, detail: str, headers: Mapping[str, str], kind: str = "about:blank") -> Refusal:
    return Refusal(status, {"title": title, "detail": detail, "type": kind, "status": status}, headers, "application/problem+json")


def _tiktok(status: int, code: str, words: str) -> Refusal:
    return Refusal(status, {"data": {}, "error": {"code": code, "message": words, "log_id": "sandbox"}})


def _google(status: int, reason: str, words: str, domain: str) -> Refusal:
    told = {"message": words, "domain": domain, "reason": reason}
    return Refusal(status, {"error": {"code": status, "message": words, "errors": [told]}})


def _usage(wait: Wait, kind: str) -> dict[str, str]:
    """Graph counts the wait in minutes."""
    use = {"type": kind, "call_count": 100, "total_cputime": 25, "total_time": 25}
    told = {"sandbox": [use | {"estimated_time_to_regain_access": max(1, math.ceil(wait.seconds / 60))}]}
    return {"X-Business-Use-Case-Usage": json.dumps(told)} if wait.told else {}
