"""The numbers that the engine lives by, in one place."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

_DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Pace:
    """Spans of time and limits of one publisher.

    The order matters: an HTTP call ends (`timeout`) well within a lease; a doubtful send is asked
    about only after `quarantine`, which is longer than the call can last and than a platform's
    listing lags.
    """

    lease: timedelta = timedelta(seconds=60)
    beat: timedelta = timedelta(seconds=15)
    timeout: timedelta = timedelta(seconds=20)
    quarantine: timedelta = timedelta(seconds=45)
    ask_again: timedelta = timedelta(seconds=20)
    asks: int = 4  # answers of "cannot tell" before a person must look
    asks_confirming: int = 14  # the same where the platform had taken the post and was still working on it: about an hour
    absences: int = 2  # how often "not there" must be heard to count as proof
    longest_try: timedelta = timedelta(minutes=20)
    retry_base: timedelta = timedelta(seconds=15)
    retry_cap: timedelta = timedelta(minutes=15)
    tries: int = 8
    quota_patience: timedelta = timedelta(hours=25)  # a day, which is what platforms ask for, and what passes until they are asked
    quota_pause: timedelta = timedelta(minutes=15)
    quota_fresh: timedelta = timedelta(minutes=5)  # how long a platform's word on its quota is taken for true
    quota_wait: timedelta = timedelta(seconds=5)  # for that word; a post is not late for it
    comment_patience: timedelta = timedelta(hours=24)  # after its post is out, a first comment is no first one any more
    poll: timedelta = timedelta(seconds=30)  # stands behind every NOTIFY
    batch: int = 20
    in_flight: int = 64
    stop_patience: timedelta = timedelta(seconds=25)

    def __post_init__(self) -> None:
        if not (self.beat * 2 < self.lease and self.timeout < self.lease and self.timeout < self.quarantine):
            raise ValueError("a lease must outlast two heartbeats and a call; a quarantine must outlast a call")

    def retry_at(self, now: datetime, retries: int, retry_after: float | None = None) -> datetime:
        """When to try again: jitter up to a growing cap; never before what the platform asked for, a day at most."""
        ceiling = min(self.retry_cap, self.retry_base * float(2 ** min(retries, 20)))
        wait = ceiling * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
        return now + max(wait, timedelta(seconds=min(retry_after or 0, _DAY)))

    def ask_at(self, now: datetime, asked: int) -> datetime:
        """When to ask a platform again whether a post is there."""
        return now + min(timedelta(minutes=5), self.ask_again * float(2 ** min(asked, 10)))
