"""What can go wrong at a platform, sorted by what may be done next."""

from __future__ import annotations

from datetime import datetime, timedelta

_DAY = 86_400.0  # seconds; no platform counts over more, so that a longer wait is a mistake of somebody's


class PlatformError(Exception):
    """A failure at a platform. `message` is for people, `detail` keeps what the platform said."""

    kind = "platform_error"

    def __init__(self, message: str, *, detail: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class Transient(PlatformError):
    """Nothing went out; trying again later is safe."""

    kind = "transient"

    def __init__(self, message: str, *, retry_after: float | None = None, detail: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after  # seconds


class QuotaExhausted(PlatformError):
    """Nothing went out; the platform takes no more for `wait` seconds, a day at most, or until `until` by our clock (unknown: None).

    What a platform tells is a wait: a moment by its clock would be another one by ours."""

    kind = "quota_exhausted"

    def __init__(self, message: str, *, wait: float | None = None, until: datetime | None = None, detail: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.wait = None if wait is None else min(max(0.0, wait), _DAY)
        self.until = until

    def opens_at(self, now: datetime) -> datetime | None:
        """When it takes more again, by the clock that shows `now`."""
        return self.until if self.wait is None else now + timedelta(seconds=self.wait)


class Unpaid(QuotaExhausted):
    """The platform wants money from whoever runs this server before it takes more of anybody here."""


class ReauthRequired(PlatformError):
    """The platform refused the tokens of the call, and did nothing of what it was asked for; or, to a renewal, the grant itself."""

    kind = "reauth_required"


class Rejected(PlatformError):
    """The platform refused the post itself: `field` breaks `rule`; the person mends it."""

    kind = "rejected"

    def __init__(
        self,
        message: str,
        *,
        field: str,
        rule: str,
        detail: str | None = None,
        limit: float | None = None,
        actual: float | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(message, detail=detail)
        self.field = field
        self.rule = rule
        self.limit = limit
        self.actual = actual
        self.source = source  # the page that says so


class Suspended(Rejected):
    """The platform bars the account itself (banned, suspended, locked, restricted) and did nothing of what it was asked for. Nothing
    more is tried there until a person has settled it with the platform. `done`: what it did; `where`: the place to settle it."""

    kind = "account_suspended"

    def __init__(
        self, platform: str, where: str, *, done: str = "has suspended or locked", rule: str = "suspended", detail: str | None
    ) -> None:
        words = f"{platform} {done} this account. Sign in {where} and settle that, then choose Try again under Accounts."
        super().__init__(words, field="account", rule=rule, detail=detail)


class OutcomeUnknown(PlatformError):
    """The send may have landed: time out, reset, 5xx on the create. Never retried blindly."""

    kind = "outcome_unknown"
