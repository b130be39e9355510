"""The publisher's statements, one typed function each. Each is a step of a short transaction of the service role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.platforms.capabilities import Quota
from postwright.publishing.heard import Told
from postwright.publishing.shares import Shares

_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A commitment in a worker's hands, with its open attempt. `fence` is what makes its writes count."""

    workspace_id: UUID
    id: UUID
    fence: int
    user_id: UUID
    item_id: UUID | None
    connection_id: UUID
    platform: str
    content: str
    snapshot: Mapping[str, Any]
    scheduled_for: datetime
    retry_count: int
    lease_expires_at: datetime
    attempt_id: UUID | None  # None only where a row was made to look processing by other hands
    attempt: int
    phase: str
    remote_ids: Mapping[str, Any]
    sent_at: datetime | None
    first_sent_at: datetime | None  # of any try; from when on the platform is asked
    attempt_error: Mapping[str, Any] | None
    wanted_from: datetime  # its time, or when a person last sent it off again

    @property
    def account(self) -> tuple[UUID, UUID]:
        return self.workspace_id, self.connection_id


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a try that did not complete leaves the commitment and its attempt."""

    status: str
    phase: str
    error: Mapping[str, Any] | None = None  # shown to people; None leaves what is there
    attempt_error: Mapping[str, Any] | None = None
    retry_at: datetime | None = None
    look_again: datetime | None = None  # while `status` is processing: when the outcome is asked about
    counts: bool = False  # whether it counts as a failed try
    stays_open: bool = False
    unsent: bool = False  # nothing was asked of the platform that it would count


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is written when a post is out."""

    claim: Claim
    remote_id: str
    url: str
    remote_ids: Mapping[str, Any]
    metadata: Mapping[str, Any]
    told: Sequence[Told] = ()  # of the account's budgets


@dataclass(frozen=True, slots=True)
class Step:
    """A phase that an attempt enters, and handles that are saved with it."""

    claim: Claim
    phase: str
    remote_ids: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A published post and its commitment."""

    post: UUID
    workspace_id: UUID
    published: UUID


@dataclass(frozen=True, slots=True)
class Held:
    """A post that is the worker's own until then."""

    id: UUID
    until: datetime


async def claim(
    db: Conn, *, worker: str, now: datetime, lease: datetime, limit: int, shares: Shares, held: Mapping[str, Any]
) -> list[Claim]:  # fmt: skip
    """`held` is said on posts that are due and wait for their account's budget."""
    return await _sql["claim"].rows(
        db, Claim, worker=worker, now=now, lease=lease, limit=limit, held=Jsonb(held), held_message=held["message"], **_shared_out(shares)
    )


async def take_over(db: Conn, *, worker: str, now: datetime, lease: datetime, limit: int, shares: Shares) -> list[Claim]:
    return await _sql["take_over"].rows(db, Claim, worker=worker, now=now, lease=lease, limit=limit, **_shared_out(shares))


def _shared_out(shares: Shares) -> dict[str, Any]:
    return {"full": shares.full, "left": Jsonb({str(each): more for each, more in shares.left.items()}), "most": shares.most}


async def is_shared(db: Conn) -> bool:
    """Whether more than one workspace publishes here."""
    return bool(await _sql["is_shared"].value(db))


async def next_due(db: Conn, *, now: datetime, comments_since: datetime) -> datetime | None:
    """First comments count of posts that are out since `comments_since`."""
    found: datetime | None = await _sql["next_due"].value(db, now=now, comments_since=comments_since)
    return found


async def mark_overdue(db: Conn, *, now: datetime, error: Mapping[str, Any]) -> list[UUID]:
    return await _sql["mark_overdue"].values(db, now=now, error=Jsonb(error), message=error["message"])


async def renew_leases(db: Conn, claims: Sequence[Claim], *, worker: str, now: datetime, lease: datetime) -> set[UUID]:
    return set(
        await _sql["renew_leases"].values(
            db, worker=worker, now=now, lease=lease, ids=[each.id for each in claims],
            workspaces=[each.workspace_id for each in claims], fences=[each.fence for each in claims],
        )
    )  # fmt: skip


async def beat(db: Conn, *, worker: str, kind: str, started: datetime, now: datetime, pid: int) -> None:
    await _sql["beat"].run(db, worker=worker, kind=kind, started=started, now=now, pid=pid)


async def database_time(db: Conn) -> datetime:
    found: datetime = await _sql["database_time"].value(db)
    return found


async def forget_worker(db: Conn, *, worker: str, kind: str, stale: datetime) -> None:
    await _sql["forget_worker"].run(db, worker=worker, kind=kind, stale=stale)


async def keep_remote_ids(db: Conn, kept: Sequence[tuple[Claim, Mapping[str, Any]]]) -> set[UUID]:
    """Handles of several attempts; which attempts have them now."""
    return set(
        await _sql["keep_remote_ids"].values(
            db, workspaces=[each.workspace_id for each, _ in kept], attempts=[each.attempt_id for each, _ in kept],
            fences=[each.fence for each, _ in kept], remote_ids=[Jsonb(given) for _, given in kept],
        )
    )  # fmt: skip


async def hold_leases(
    db: Conn, claims: Sequence[Claim], *, worker: str, now: datetime, enough: datetime, lease: datetime
) -> dict[UUID, datetime]:
    """Until when each of the posts is the worker's own, those left out that no longer are."""
    found = await _sql["hold_leases"].rows(
        db, Held, workspaces=[each.workspace_id for each in claims], posts=[each.id for each in claims],
        fences=[each.fence for each in claims], worker=worker, now=now, enough=enough, lease=lease,
    )  # fmt: skip
    return {each.id: each.until for each in found}


async def enter_phases(db: Conn, entered: Sequence[Step], now: datetime) -> set[UUID]:
    """Which attempts have their phase now."""
    return set(
        await _sql["enter_phases"].values(
            db, workspaces=[each.claim.workspace_id for each in entered], attempts=[each.claim.attempt_id for each in entered],
            fences=[each.claim.fence for each in entered], phases=[each.phase for each in entered],
            remote_ids=[Jsonb(each.remote_ids) for each in entered], now=now,
        )
    )  # fmt: skip


async def complete(db: Conn, done: Sequence[Outcome], now: datetime) -> dict[UUID, UUID]:
    """The published posts by their commitments; those left out whose fence is no longer the worker's."""
    claims = [each.claim for each in done]
    made = await _sql["complete"].rows(
        db, Made, workspaces=[each.workspace_id for each in claims], posts=[each.id for each in claims],
        fences=[each.fence for each in claims], attempts=[each.attempt_id for each in claims],
        remotes=[each.remote_id for each in done], urls=[each.url for each in done],
        remote_ids=[Jsonb(each.remote_ids) for each in done], metadata=[Jsonb(each.metadata) for each in done], now=now,
    )  # fmt: skip
    return {each.post: each.published for each in made}


async def settle(db: Conn, claim: Claim, to: Settlement, now: datetime) -> bool:
    """False when the fence is no longer the worker's; then nothing was written."""
    attempt_error = to.attempt_error or to.error
    found = await _sql["settle"].value(
        db, workspace=claim.workspace_id, post=claim.id, fence=claim.fence, now=now, status=to.status, phase=to.phase,
        lease=to.look_again, retry_at=to.retry_at, counted=int(to.counts), open=to.stays_open,
        error=Jsonb(to.error) if to.error else None, message=to.error["message"] if to.error else None,
        attempt_error=Jsonb(attempt_error) if attempt_error else None,
        error_class=attempt_error["class"] if attempt_error else None,
    )  # fmt: skip
    return found is not None


async def correct_budget(db: Conn, claim: Claim, *, left: int | None, until: datetime | None, now: datetime) -> None:
    await _sql["correct_budget"].value(db, workspace=claim.workspace_id, connection=claim.connection_id, left=left, until=until, now=now)


async def hear(db: Conn, claim: Claim, told: Told, now: datetime) -> None:
    """What the answer to a send said of one of the account's budgets."""
    if told.budget is None:
        await correct_budget(db, claim, left=told.left, until=told.until, now=now)
    else:
        await _sql["correct_named_budget"].value(
            db, workspace=claim.workspace_id, connection=claim.connection_id, budget=told.budget, left=told.left, most=told.most,
            until=told.until, now=now,
        )  # fmt: skip


async def ask_quota(db: Conn, claim: Claim, budget: str, *, now: datetime, before: datetime) -> bool:
    """Whether the platform is to be asked now for the account's quota: it was not since `before`."""
    found = await _sql["ask_quota"].value(
        db, workspace=claim.workspace_id, connection=claim.connection_id, budget=budget, now=now, before=before
    )
    return found is not None


async def hear_quota(db: Conn, claim: Claim, quota: Quota, now: datetime) -> datetime | None:
    """Keeps what the platform said; when it takes the next post, should it take none now."""
    found: datetime | None = await _sql["hear_quota"].value(
        db, workspace=claim.workspace_id, connection=claim.connection_id, budget=quota.budget, used=quota.used, most=quota.limit,
        seconds=quota.seconds, now=now,
    )  # fmt: skip
    return found


async def spend_tokens(db: Conn, claim: Claim, spent: Mapping[str, int], now: datetime) -> None:
    """Counts what a post takes of its account's limits besides the one of each that its claim took."""
    for budget, amount in sorted(spent.items()):
        await _sql["spend_tokens"].value(
            db, workspace=claim.workspace_id, connection=claim.connection_id, budget=budget, amount=amount, now=now
        )


async def return_token(db: Conn, claim: Claim) -> None:
    await _sql["return_token"].value(db, workspace=claim.workspace_id, connection=claim.connection_id, format=claim.snapshot.get("format"))


async def enqueue_measuring(db: Conn, workspace: UUID, published: Sequence[UUID]) -> None:
    """The first figures are fetched right after publishing; the job itself sees to the later ones."""
    await _sql["enqueue_measuring"].value(db, workspace=workspace, ids=list(published))


async def adopt_confirmed(db: Conn) -> list[UUID]:
    """What people said is there becomes published posts; the commitments concerned."""
    return await _sql["adopt_confirmed"].values(db)


async def ask_after_sign_in(db: Conn, *, now: datetime, rule: str) -> int:
    """Takes up unconfirmed posts that waited for their account to be connected again, now that it is; how many."""
    return len(await _sql["ask_after_sign_in"].values(db, now=now, rule=rule))


async def notify_author(db: Conn, claim: Claim, *, kind: str, title: str, body: str, part_of: str | None = None) -> None:
    await notify_about(db, claim.workspace_id, claim.user_id, claim.item_id, kind=kind, title=title, body=body, part_of=part_of)


async def notify_about(
    db: Conn, workspace: UUID, user: UUID, item: UUID | None, *, kind: str, title: str, body: str, part_of: str | None = None
) -> None:
    """Word about a post to the person who scheduled it, unless they have it already with the incident that it is `part_of`."""
    await _sql["notify_author"].run(
        db, workspace=workspace, user=user, kind=kind, title=title, body=body, link=f"/posts/{item}" if item else "/posts",
        data=Jsonb({"post": str(item)}), incident=f"post:{item}" if item else None, part_of=part_of,
    )  # fmt: skip
