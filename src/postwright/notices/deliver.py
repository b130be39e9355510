"""Sends letters about notices: at least once, and never a storm of them.

What is due is taken with a lease in a transaction of its own, the letter is handed over with none open, and what became of it
is written down afterwards. A worker that dies in between leaves the lease to run out, and the letter is sent once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import structlog

from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.kit.mail import MailFailed
from postwright.notices import store
from postwright.notices.letter import Due, compose

log = structlog.get_logger()

LEASE = timedelta(minutes=2)  # longer than a conversation with the server may take
TRIES = 8
TOO_OLD = timedelta(hours=24)
_AT_ONCE = 500


async def deliver(state: State, *, now: datetime) -> int:
    """How many letters went out. Without a mail server nothing is tried, and nobody is told that anything was sent."""
    if not state.mailer.sends:
        return 0
    async with transaction(state.pool, SERVICE) as db:
        await store.drop_stale_deliveries(db, now=now, oldest=now - TOO_OLD)
        due = await store.take_deliveries(db, now=now, lease=now + LEASE, limit=_AT_ONCE)
    sent = 0
    for _, group in groupby(sorted(due, key=_whose), key=_whose):
        sent += await _send(state, list(group), now)
    return sent


def _whose(due: Due) -> tuple[UUID, UUID]:
    return (due.user_id, due.workspace_id)


async def _send(state: State, due: Sequence[Due], now: datetime) -> bool:
    """One letter for all of them."""
    ids = [each.id for each in due]
    try:
        await state.mailer.send(compose(due, state.settings.base_url))
    except MailFailed as failed:
        log.warning("a letter about notices was not sent", notices=len(due), error=str(failed))
        async with transaction(state.pool, SERVICE) as db:
            await store.delivery_failed(db, ids, now=now, error=str(failed)[:500], retry_at=_retry_at(now, due[0].tries), tries=TRIES)
        return False
    async with transaction(state.pool, SERVICE) as db:
        await store.delivered(db, ids, now=now)
    return True


def _retry_at(now: datetime, tries: int) -> datetime:
    """A minute, two, four, ... an hour at most."""
    return now + min(timedelta(minutes=2 ** min(tries, 10)), timedelta(hours=1))
