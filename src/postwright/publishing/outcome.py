"""What a failure means for the post: where it goes, who must act, what is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from postwright.errors import PostwrightError, Who
from postwright.platforms.errors import (
    OutcomeUnknown,
    PlatformError,
    QuotaExhausted,
    ReauthRequired,
    Rejected,
    Suspended,
    Transient,
    Unpaid,
)
from postwright.publishing.pace import Pace
from postwright.publishing.store import Claim, Settlement

SIGNED_OUT = "sign_in"  # the rule that a post names while its platform cannot be asked
_AT_ONCE = 2  # tries of a post whose account was mended meanwhile that wait for nothing
_PART = re.compile(r"part_\d+")


def settlement_of(error: BaseException, claim: Claim, pace: Pace, now: datetime, *, phase: str, sent: bool) -> Settlement:
    """What follows from an error of a try. `sent` says whether something may have left when it came."""
    if isinstance(error, Rejected) and error.rule == "duplicate" and claim.first_sent_at is not None:
        # An earlier try was sent and not found: what is there may well be that one.
        return review(_words(error, Who.YOU), f"an earlier try was sent, and now {error.message}.")
    if isinstance(error, Suspended):  # of what the platform had taken before, that says nothing
        barred = _words(error, Who.YOU, field=error.field, rule=error.rule)
        return unknown(error, pace, now, confirming=True) if phase == "confirming" else _set_aside(barred, claim, pace, now)
    if isinstance(error, Rejected):
        return _failed(_words(error, Who.YOU, field=error.field, rule=error.rule, **_measure(error)))
    if phase == "confirming":
        # The platform has taken the post: whatever kept us from hearing the end of it, the post may be there.
        return unknown(error, pace, now, confirming=True)
    if isinstance(error, ReauthRequired):
        return _set_aside(_words(error, Who.RECONNECT), claim, pace, now)
    if isinstance(error, OutcomeUnknown):
        return unknown(error, pace, now)  # also before our own send: an earlier try may have landed
    if isinstance(error, QuotaExhausted):
        return _quota(error, claim, pace, now, foreseen=phase == "claimed")
    if isinstance(error, Transient):
        return _again(error, claim, pace, now)
    if sent:
        return unknown(error, pace, now)
    if isinstance(error, PostwrightError) and error.status < 500:
        return _failed(_words(error, error.who))
    return _again(error, claim, pace, now)


def unknown(error: BaseException, pace: Pace, now: datetime, *, confirming: bool = False) -> Settlement:
    """Parked until the quarantine is over; then the platform is asked. Never sent again before that."""
    words = _words(error, Who.WE) | {"class": OutcomeUnknown.kind, "asked": 0, "absent": 0, "confirming": confirming}
    return Settlement("processing", "unknown", attempt_error=words, look_again=now + pace.quarantine, stays_open=True)


def absent(claim: Claim, pace: Pace, now: datetime) -> Settlement:
    """The platform proved that the send did not land: a new attempt may be made. Its grace counts from the send, so that
    what was found out only after a long downtime is held like everything that is late."""
    message = "The platform confirmed that the post did not arrive."
    words = {"class": "proven_absent", "who": Who.WE.value, "message": message}
    if claim.retry_count + 1 >= pace.tries:
        return Settlement(
            "failed", "abandoned", error=words | {"message": f"{message} Tried {pace.tries} times.", "who": Who.YOU.value}, counts=True
        )
    return Settlement("scheduled", "abandoned", error=words, retry_at=claim.sent_at or now, counts=True)


def with_public_parts(found: Settlement, remote_ids: Mapping[str, Any]) -> Settlement:
    """A thread that broke off says how much of it is out; a further try goes on behind that."""
    out = sum(bool(_PART.fullmatch(name)) for name in remote_ids)
    if not out or found.error is None:
        return found
    said = "The first part of the thread is out" if out == 1 else f"The first {out} parts of the thread are out"
    return replace(found, error={**found.error, "message": f"{found.error['message']} {said}; another try goes on behind that."})


def taken_elsewhere() -> Settlement:
    """Other hands took it and left no attempt: what they did is not known here."""
    return review({}, "another program took it and did not say what became of it.")


def signed_out(attempt_error: dict[str, Any]) -> Settlement:
    """The platform cannot be asked before a person connects the account again; then it is (`store.ask_after_sign_in`). Until that
    moment whoever looks at the account may say what they see."""
    found = review(attempt_error, "the account must be connected again before we can ask.")
    return replace(found, error={**(found.error or {}), "rule": SIGNED_OUT, "who": Who.RECONNECT.value})


def review(attempt_error: dict[str, Any], reason: str) -> Settlement:
    """Nobody but a person can say whether it went out."""
    words = {
        "class": OutcomeUnknown.kind, "who": Who.YOU.value,
        "message": f"We do not know whether this post went out: {reason} Look at the account, then say what you see.",
    }  # fmt: skip
    return Settlement("needs_review", "unknown", error=words, attempt_error=attempt_error | words)


def overdue() -> dict[str, Any]:
    """What an overdue post says."""
    return {
        "class": "overdue", "rule": "late_grace", "who": Who.YOU.value,
        "message": "Its time passed while it could not go out, so it is held. Publish it now, give it a new time, or cancel it.",
    }  # fmt: skip


def held_back() -> dict[str, Any]:
    """What a post says while its account's budget has nothing left for it."""
    return {
        "class": QuotaExhausted.kind, "rule": "budget", "who": Who.WE.value,
        "message": "The platform takes no more from this account for now. The post goes out as soon as it does.",
    }  # fmt: skip


def released(now: datetime) -> Settlement:
    """Given back untouched because the publisher stops: nothing was sent and it is no failure."""
    words = {"class": "released", "who": Who.WE.value, "message": "The publisher was stopped before anything was sent."}
    return Settlement("scheduled", "abandoned", retry_at=now, attempt_error=words, unsent=True)


def worker_lost(claim: Claim, pace: Pace) -> Settlement:
    """Taken up again where its worker was lost before the send. It counts as a try: a post that brings down every publisher
    that takes it up must not do so for ever."""
    words = {"class": "worker_lost", "who": Who.WE.value, "message": "The publisher stopped before anything was sent."}
    if claim.retry_count + 1 >= pace.tries:
        message = f"The publisher stopped {pace.tries} times before this post was sent; its log tells why."
        return Settlement("failed", "abandoned", error=words | {"who": Who.OPERATOR.value, "message": message}, counts=True)
    return Settlement("scheduled", "abandoned", retry_at=claim.lease_expires_at, attempt_error=words, counts=True, unsent=True)


def _again(error: BaseException, claim: Claim, pace: Pace, now: datetime) -> Settlement:
    words = _words(error, Who.WE)
    if claim.retry_count + 1 >= pace.tries:
        return Settlement(
            "failed",
            "abandoned",
            error=words | {"message": f"{words['message']} Tried {pace.tries} times.", "who": Who.YOU.value},
            counts=True,
        )
    retry_after = error.retry_after if isinstance(error, Transient) else None
    return Settlement("scheduled", "abandoned", error=words, retry_at=pace.retry_at(now, claim.retry_count, retry_after), counts=True)


def _quota(error: QuotaExhausted, claim: Claim, pace: Pace, now: datetime, *, foreseen: bool) -> Settlement:
    """What was found out before anything was tried (`foreseen`) is a wait and no failure, however long it takes."""
    until = max(error.opens_at(now) or now + pace.quota_pause, now)
    if not foreseen and until > claim.wanted_from + pace.quota_patience:
        return _failed(_words(error, Who.OPERATOR if isinstance(error, Unpaid) else Who.YOU))
    words = _words(error, Who.OPERATOR if isinstance(error, Unpaid) else Who.WE)
    return Settlement("scheduled", "abandoned", error=words, retry_at=_once_open(until, claim, pace, now, foreseen))


def _once_open(until: datetime, claim: Claim, pace: Pace, now: datetime, foreseen: bool) -> datetime:
    """When to ask again. Where the platform refuses without naming a wait, or one that it does not keep to, ever later."""
    opens = pace.retry_at(until, 0)
    return opens if foreseen else max(opens, pace.retry_at(now, claim.attempt - 1))


def _set_aside(words: dict[str, Any], claim: Claim, pace: Pace, now: datetime) -> Settlement:
    """The account is barred or signed out, and nothing is wrong with the post: it waits with the account's others, and nobody claims
    it before a person acted; then it goes out at once, unless what they did has not helped again and again."""
    again = now if claim.attempt <= _AT_ONCE else pace.retry_at(now, claim.attempt - _AT_ONCE)
    return Settlement("scheduled", "abandoned", error=words, retry_at=again)


def _failed(words: dict[str, Any]) -> Settlement:
    return Settlement("failed", "refused", error=words, counts=True)


def _measure(error: Rejected) -> dict[str, Any]:
    """By how much a limit is passed, and the page that names the limit, where that is known."""
    found = {"limit": error.limit, "actual": error.actual, "source": error.source}
    return {name: value for name, value in found.items() if value is not None}


def _words(error: BaseException, who: Who, **more: Any) -> dict[str, Any]:
    """{class, who, message, field, rule}. What a platform said verbatim stays out: it may echo what was sent."""
    if isinstance(error, PlatformError):
        said = error.message.replace("\x00", "")  # some name what the platform said, and a NUL cannot be stored
        return {"class": error.kind, "who": who.value, "message": said} | more
    if isinstance(error, PostwrightError):
        found = {"field": error.field, "rule": error.rule}
        return {"class": error.code, "who": error.who.value, "message": error.message} | {k: v for k, v in found.items() if v}
    return {"class": "internal", "who": Who.WE.value, "message": f"Something unexpected happened here ({type(error).__name__})."}
