"""First comments: written under a post that is out, at most once; whatever becomes of one, its post stays published."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
import structlog
from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.errors import PostwrightError, Who
from postwright.kit.timely import SEND_BY, SendBy, awake_and_asleep
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, PlatformError, QuotaExhausted, ReauthRequired, Rejected, Suspended, Transient
from postwright.publishing import store
from postwright.publishing.engine import Engine
from postwright.publishing.ledger import LeaseLost

log = structlog.get_logger()
_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class FirstComment:
    """One in a worker's hands. `sent_at` is set when an earlier try may have written it."""

    workspace_id: UUID
    id: UUID
    fence: int
    connection_id: UUID
    platform: str
    remote_id: str
    content: str
    tries: int
    absent: int
    sent_at: datetime | None
    user_id: UUID
    item_id: UUID | None

    @property
    def account(self) -> tuple[UUID, UUID]:
        return self.workspace_id, self.connection_id


@dataclass(frozen=True, slots=True)
class _Late:
    """One that is given up; `there`: its post is."""

    workspace_id: UUID
    user_id: UUID
    item_id: UUID | None
    there: bool


@dataclass(frozen=True, slots=True)
class _Settled:
    """Where a try leaves it."""

    status: str
    comment_id: str | None = None
    next_try: datetime | None = None
    counted: int = 0
    absent: int = 0
    error: Mapping[str, Any] | None = None


async def take_comments(engine: Engine, room: int) -> list[FirstComment]:
    """Up to `room` first comments that are due."""
    now = engine.now()
    async with engine.transaction() as db:
        return await _sql["take_comments"].rows(
            db, FirstComment, worker=engine.worker, now=now, since=now - engine.pace.comment_patience, lease=now + engine.pace.lease,
            limit=min(room, engine.pace.batch),
        )  # fmt: skip


async def give_up_comments(engine: Engine) -> int:
    """Ends first comments that could not be written in time, with word to their authors; how many. Those of posts that were
    deleted meanwhile are missed by nobody."""
    now = engine.now()
    words = {"class": "late", "who": Who.YOU.value, "message": "It could not be written within a day. Write it by hand if it still helps."}
    async with engine.transaction() as db:
        late = await _sql["give_up_comments"].rows(db, _Late, now=now, since=now - engine.pace.comment_patience, error=Jsonb(words))
        for each in late:
            if each.there:
                await _tell_author(db, each.workspace_id, each.user_id, each.item_id, words)
    return len(late)


async def write_comment(engine: Engine, comment: FirstComment) -> None:
    """One try, and what came of it. Never raises for what a platform did wrong."""
    try:
        settled = await _try(engine, comment)
    except (LeaseLost, asyncio.CancelledError):
        raise
    except Exception as error:
        settled = _after(engine, comment, error)
    await _settle(engine, comment, settled)


async def _try(engine: Engine, comment: FirstComment) -> _Settled:
    if comment.sent_at is not None:
        found = await _look(engine, comment)
        if found is not None:
            return _Settled("sent", found)
        if comment.absent + 1 < engine.pace.absences:
            return _Settled("unknown", next_try=engine.now() + engine.pace.ask_again, absent=comment.absent + 1)
    return _Settled("sent", await _send(engine, comment))


async def _look(engine: Engine, comment: FirstComment) -> str | None:
    platform = engine.platform_of(comment.platform)
    if platform.find_comment is None:
        raise Rejected(f"{platform.name} cannot tell whether it is there", field="first_comment", rule="not_provable")
    async with _at_hand(engine, comment) as way:
        return await platform.find_comment(*way, comment.remote_id, comment.content)


async def _send(engine: Engine, comment: FirstComment) -> str:
    platform = engine.platform_of(comment.platform)
    if platform.comment is None:
        raise Rejected(f"{platform.name} has no comments that a program may write", field="first_comment", rule="no_comments")
    async with _at_hand(engine, comment) as way, _leaving(engine, comment):
        return await platform.comment(*way, comment.remote_id, comment.content)


@asynccontextmanager
async def _at_hand(engine: Engine, comment: FirstComment) -> AsyncIterator[tuple[httpx2.AsyncClient, Account, Credentials]]:
    """What a call to the platform needs; tokens that are about to end are renewed first. Raises ReauthRequired, Transient."""
    account, credentials, environment = await engine.accounts(comment.account)
    client = engine.clients.get(comment.platform, environment)
    credentials = await engine.fresh(comment.account, credentials)
    async with engine.signed_in(comment.account, credentials):
        yield client, account, credentials


@asynccontextmanager
async def _leaving(engine: Engine, comment: FirstComment) -> AsyncIterator[None]:
    """Notes, before the first byte leaves, that it may leave; and lets none leave so late that others already look for it."""
    began, now = awake_and_asleep(), engine.now()
    async with engine.transaction() as db:
        held = await _sql["comment_leaves"].run(
            db, workspace=comment.workspace_id, comment=comment.id, fence=comment.fence, now=now, lease=now + engine.pace.lease
        )
    if not held:
        raise LeaseLost(str(comment.id))
    before = SEND_BY.set(SendBy(began + (engine.pace.lease - engine.pace.timeout).total_seconds()))
    try:
        yield
    except (Transient, QuotaExhausted, ReauthRequired, Rejected, OutcomeUnknown):
        raise
    except Exception as error:
        raise OutcomeUnknown(f"Something unexpected happened here ({type(error).__name__})") from error
    finally:
        SEND_BY.reset(before)


def _after(engine: Engine, comment: FirstComment, error: Exception) -> _Settled:
    now, words = engine.now(), _words(error)
    last = comment.tries + 1 >= engine.pace.tries
    if isinstance(error, OutcomeUnknown) and not last:
        return _Settled("unknown", next_try=now + engine.pace.quarantine, counted=1, error=words)
    if isinstance(error, Suspended):  # the account is set aside: taken up again once a person has settled that
        return _Settled(_as_before(comment), next_try=now, error=words)
    if isinstance(error, QuotaExhausted):
        return _Settled(_as_before(comment), next_try=_once_open(engine, comment, error), error=words)
    if isinstance(error, Transient) and not last:
        next_try = engine.pace.retry_at(now, comment.tries, error.retry_after)
        return _Settled(_as_before(comment), next_try=next_try, counted=1, error=words)
    if not isinstance(error, PlatformError | PostwrightError) and not last:
        return _Settled(_as_before(comment), next_try=engine.pace.retry_at(now, comment.tries), counted=1, error=words)
    return _Settled("failed", counted=1, error=words)


def _once_open(engine: Engine, comment: FirstComment, error: QuotaExhausted) -> datetime:
    """When to ask again of a platform that takes no more for now: a wait and no failure. Ever later where none is told; the fence
    counts how often it was taken up."""
    now, pace = engine.now(), engine.pace
    opens = error.opens_at(now) or now + pace.quota_pause
    return max(pace.retry_at(opens, 0), pace.retry_at(now, comment.fence - 1))


def _as_before(comment: FirstComment) -> str:
    return "waiting" if comment.sent_at is None else "unknown"


async def _settle(engine: Engine, comment: FirstComment, to: _Settled) -> None:
    async with engine.transaction() as db:
        written = await _sql["settle_comment"].run(
            db, workspace=comment.workspace_id, comment=comment.id, fence=comment.fence, status=to.status, next_try=to.next_try,
            counted=to.counted, absent=to.absent, comment_id=to.comment_id, error=Jsonb(to.error) if to.error else None,
        )  # fmt: skip
        if written and to.status == "failed" and to.error is not None:
            await _tell_author(db, comment.workspace_id, comment.user_id, comment.item_id, to.error)
    log.info("first comment settled" if written else "fence lost, outcome not written", comment=str(comment.id), status=to.status)


async def _tell_author(db: Conn, workspace: UUID, user: UUID, item: UUID | None, error: Mapping[str, Any]) -> None:
    body = f"The post is out; its first comment was not written, or we cannot tell: {error['message']}"
    await store.notify_about(db, workspace, user, item, kind="post_failed", title="A first comment is missing", body=body)


def _words(error: Exception) -> dict[str, Any]:
    """{class, who, message, field, rule}, as of posts."""
    known = isinstance(error, PlatformError | PostwrightError)
    words = {
        "class": error.kind if isinstance(error, PlatformError) else "internal",
        "who": (Who.YOU if isinstance(error, Rejected) else Who.RECONNECT if isinstance(error, ReauthRequired) else Who.WE).value,
        "message": str(getattr(error, "message", "")).replace("\x00", "") if known else f"something unexpected ({type(error).__name__})",
    }
    return words | ({"field": error.field, "rule": error.rule} if isinstance(error, Rejected) else {})
