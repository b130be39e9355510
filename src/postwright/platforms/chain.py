"""Sending the parts of a thread one after the other, each at most once.

Before a part goes out the ledger says which one; after it, what it became, or that it was refused.
A try that begins anew continues at the part that is missing; if that part was already on its way
and no answer came, the platform is asked for it first. What it cannot tell, a person may have said: `sending_denied` is their
word that the post is not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from postwright.platforms.capabilities import Ledger
from postwright.platforms.errors import OutcomeUnknown, PlatformError, Rejected

_DENIED = "sending_denied"

Send = Callable[[int, str, str | None], Awaitable[str]]  # number, text, id of the part before -> id
# number, text, sent at, ids of other parts -> id when it is out already
Probe = Callable[[int, str, datetime, Collection[str]], Awaitable[str | None]]


async def send_parts(pieces: Sequence[str], ledger: Ledger, send: Send, probe: Probe) -> list[str]:
    """Sends what is missing of the parts and returns the ids of all."""
    ids: list[str] = []
    for number, text in enumerate(pieces):
        name = f"part_{number}"
        known = ledger.remote_ids.get(name)
        sent_before = known is None and ledger.remote_ids.get("sending_part") == number
        if sent_before:
            known = await _look_for(probe, number, text, ledger, ids)
            if known is not None:
                await ledger.keep(**{name: known})
        if known is None:
            await ledger.keep(sending_part=number, sending_at=ledger.now().isoformat(), **_believed(ledger))
            await ledger.enter("sending")
            try:
                known = await send(number, text, ids[-1] if ids else None)
            except OutcomeUnknown:
                raise
            except PlatformError as refused:
                if sent_before and isinstance(refused, Rejected) and refused.rule == "duplicate":  # there already: maybe the earlier send
                    raise OutcomeUnknown(f"{refused.message}: it may be this post", detail=refused.detail) from refused
                await ledger.keep(sending_part=None, sending_at=None)  # nothing is out, so the next try has nothing to look for
                raise
            await ledger.keep(**{name: known})
        ids.append(str(known))
    return ids


async def find_parts(
    pieces: Sequence[str],
    remote_ids: Mapping[str, Any],
    recent: Callable[[], Awaitable[list[Any]]],
    pick: Callable[[list[Any], str, Collection[str]], str | None],
) -> list[str] | None:
    """The ids of all parts, None when one is missing. The platform's list is asked for once, and only when it is needed.

    `pick` is told which ids are other parts': two parts may say the same.
    """
    found = known_parts(remote_ids, len(pieces))
    listed = await recent() if len(found) < len(pieces) else []
    for number, text in enumerate(pieces):
        if number not in found:
            picked = pick(listed, text, tuple(found.values()))
            if picked is None:
                return None
            found[number] = picked
    return [found[number] for number in range(len(pieces))]


def known_parts(remote_ids: Mapping[str, Any], count: int) -> dict[int, str]:
    """Of the first `count` parts those whose ids were kept, by number."""
    return {number: str(kept) for number in range(count) if (kept := remote_ids.get(f"part_{number}")) is not None}


async def _look_for(probe: Probe, number: int, text: str, ledger: Ledger, ids: Sequence[str]) -> str | None:
    """What the platform says of a part that was on its way. Where it cannot tell, a person who looked and did not see it is believed."""
    try:
        return await probe(number, text, _sent_at(ledger), ids)
    except OutcomeUnknown:
        if not ledger.remote_ids.get(_DENIED):
            raise
        return None


def _believed(ledger: Ledger) -> dict[str, bool]:
    """A person's word is about the send before, and goes with the next one."""
    return {_DENIED: False} if ledger.remote_ids.get(_DENIED) else {}


def _sent_at(ledger: Ledger) -> datetime:
    return datetime.fromisoformat(str(ledger.remote_ids["sending_at"]))
