"""A mark right before the one call that cannot be looked up afterwards.

It is saved together with the phase `sending`, so a try without the mark sent nothing, and one with it may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postwright.platforms.capabilities import Ledger

_MARK = "sending_at"


async def begin(ledger: Ledger) -> None:
    """A try begins anew only when what became of the one before is known: its mark goes."""
    await ledger.enter("uploading")
    if may_be_out(ledger.remote_ids):
        await ledger.keep(**{_MARK: None})


async def about_to_send(ledger: Ledger) -> None:
    await ledger.keep(**{_MARK: ledger.now().isoformat()})
    await ledger.enter("sending")


def may_be_out(remote_ids: Mapping[str, Any]) -> bool:
    """Whether the call was begun."""
    return remote_ids.get(_MARK) is not None
