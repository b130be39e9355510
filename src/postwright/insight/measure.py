"""Reads figures from the platforms: what was added becomes an event, the latest totals stand on the post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog

from postwright.connections.answered import note_answered
from postwright.connections.at_platform import at_platform
from postwright.db.queries import Conn
from postwright.db.session import SERVICE, transaction
from postwright.edge.state import State
from postwright.insight import store
from postwright.insight.models import FIGURES, Target
from postwright.platforms.figures import WORDS
from postwright.publishing.unread import REFUSALS, Unread, why_unread

log = structlog.get_logger()

_ENGAGED = ("likes", "comments", "shares", "saves")


async def measure_posts(state: State, workspace: UUID, ids: Sequence[UUID]) -> int:
    """Measures posts one after the other, a short transaction on each side of every call; how many answered."""
    async with transaction(state.pool, SERVICE) as db:
        targets = await store.targets(db, workspace, ids)
    told = [(each, await measure_post(state, each)) for each in targets]
    answered = [(target, figures) for target, figures in told if figures is not None]
    if answered:
        async with transaction(state.pool, SERVICE) as db:
            await store.sum_up(db)
            # Some platforms have no figures: nobody was asked there.
            await note_answered(db, {(each.workspace_id, each.connection_id) for each, figures in answered if figures}, state.clock())
    return len(answered)


async def measure_post(state: State, target: Target) -> Mapping[str, int] | None:
    """Asks the platform and records what it says. None when it did not tell, or told what cannot be kept: then the figures
    stay as they were, and the post waits its turn. Whatever one platform or server says, the others are measured."""
    try:
        figures = await _ask(state, target)
        async with transaction(state.pool, SERVICE) as db:
            await record(db, target, figures, state.clock())
            await store.settle_refused(db, target)
    except psycopg.OperationalError:
        raise  # the database is away: nothing to do with this post
    except Exception as error:
        await _note(state, target, error)
        return None
    return figures


async def record(db: Conn, target: Target, figures: Mapping[str, int], now: datetime) -> None:
    """Writes a look down: totals on the post, the difference as an event. The same look twice adds nothing."""
    before = await store.lock_metrics(db, target)
    known = {name: int(figures[name]) for name in FIGURES if name in figures}
    kept = {name: int(figures[name]) for name in WORDS if name in figures}
    if not await store.keep_metrics(db, target, kept | _derived({**before, **kept}) | {"last_synced": now.isoformat()}, now):
        return
    added = {name: known[name] - int(before.get(name) or 0) if name in known else None for name in FIGURES}
    if any(added.values()):
        await store.add_event(db, target, added, now)


def _derived(totals: Mapping[str, Any]) -> dict[str, Any]:
    """The engagement rate of the totals, where there is a view to divide by."""
    seen = totals.get("views") or totals.get("impressions")
    engaged = [int(totals[name]) for name in _ENGAGED if totals.get(name) is not None]
    return {"engagement_rate": round(sum(engaged) / int(seen), 6)} if seen and engaged else {}


async def _ask(state: State, target: Target) -> Mapping[str, int]:
    async with at_platform(state, target.workspace_id, target.connection_id) as there:
        return await there.platform.adapter.measure(there.http, there.account, there.credentials, target.remote_id)


def _said(why: Unread) -> str:
    return f"{why.message.rstrip('.')}. Next: {why.who}. They are asked for again every quarter of an hour."


async def _note(state: State, target: Target, error: Exception) -> None:
    now = state.clock()
    why = why_unread(error, now)
    log.warning("figures not read", post=str(target.id), platform=target.platform, error=type(error).__name__, rule=why.rule)
    async with transaction(state.pool, SERVICE) as db:
        if why.rule in REFUSALS:
            await store.tell_refused(db, target, rule=why.rule, body=_said(why))
        await store.note_failure(db, target, now, why.as_json())
