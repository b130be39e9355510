"""Seals all tokens and secrets with the present key, in batches, while everything runs.

Stopped in the middle it leaves a mixture that opens as before; the next run goes on with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from postwright.connections import store
from postwright.connections.credentials import seal_context
from postwright.connections.store import SealedTokens
from postwright.db.queries import Conn
from postwright.db.session import SERVICE, Pool, transaction
from postwright.kit.crypto import Box, CannotOpen

_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many accounts and apps were sealed anew, and the accounts whose tokens no key here opens."""

    accounts: int = 0
    apps: int = 0
    lost: tuple[UUID, ...] = ()


async def reseal_all(pool: Pool, box: Box, *, batch: int = 100) -> Rotated:
    """Seals what older keys sealed; a transaction a batch. Runs as service_role."""
    done, lost, after = 0, list[UUID](), _FIRST
    while True:
        async with transaction(pool, SERVICE) as db:
            rows = await store.stale_accounts(db, box, after=after, limit=batch)
            await store.say_resealing(db)
            for row in rows:
                if await _reseal(db, row, box):
                    done += 1
                else:
                    lost.append(row.id)
        if len(rows) < batch:
            break
        after = rows[-1].id
    async with transaction(pool, SERVICE) as db:
        apps = await store.reseal_apps(db, box)
    return Rotated(done, apps, tuple(lost))


async def is_mixed(pool: Pool, box: Box) -> bool:
    """Whether something is still sealed by an older key: a rotation that was stopped."""
    async with transaction(pool, SERVICE) as db:
        return bool(await store.stale_accounts(db, box, after=_FIRST, limit=1)) or await store.has_stale_apps(db, box)


async def _reseal(db: Conn, row: SealedTokens, box: Box) -> bool:
    """False when no key here opens it: it stays as it is, and its account must be connected again."""
    context = seal_context(row.workspace_id, row.platform, row.platform_user_id, row.host)
    try:
        access = box.open(row.access_token, f"{context}:access")
        refresh = box.open(row.refresh_token, f"{context}:refresh") if row.refresh_token else None
    except CannotOpen:
        return False
    sealed = box.seal(refresh, f"{context}:refresh") if refresh else None
    await store.reseal_account(db, row, access_token=box.seal(access, f"{context}:access"), refresh_token=sealed)
    return True
