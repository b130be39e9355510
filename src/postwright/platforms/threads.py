"""Sending the parts of a thread one after the other, each at most once.

Before a part goes out the ledger says which one; after it, what it became. A try that begins anew
continues at the part that is missing; if that part was already on its way, the platform is asked
for it first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from postwright.platforms.base import Ledger

Send = Callable[[int, str, str | None], Awaitable[str]]  # number, text, id of the part before -> id
Probe = Callable[[int, str, datetime], Awaitable[str | None]]  # number, text, not older than -> id when it is out already
SKEW = timedelta(minutes=5)  # between our clock and the platform's


async def send_parts(pieces: Sequence[str], ledger: Ledger, send: Send, probe: Probe) -> list[str]:
    """Sends what is missing of the parts and returns the ids of all."""
    ids: list[str] = []
    for number, text in enumerate(pieces):
        name = f"part_{number}"
        known = ledger.remote_ids.get(name)
        if known is None and ledger.remote_ids.get("sending_part") == number:
            known = await probe(number, text, _sent_since(ledger))
            if known is not None:
                await ledger.keep(**{name: known})
        if known is None:
            await ledger.keep(sending_part=number, sending_at=datetime.now(UTC).isoformat())
            await ledger.enter("sending")
            known = await send(number, text, ids[-1] if ids else None)
            await ledger.keep(**{name: known})
        ids.append(str(known))
    return ids


def _sent_since(ledger: Ledger) -> datetime:
    return datetime.fromisoformat(str(ledger.remote_ids["sending_at"])) - SKEW
