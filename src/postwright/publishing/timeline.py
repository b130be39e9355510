"""A post's life told in moments, from the rows that keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.edge.render import local
from postwright.platforms import registry
from postwright.publishing import read
from postwright.publishing.models import Attempt, PostRow, TimelineEntry
from postwright.publishing.read import Commitment, Decision, EditMade, MoveMade, RemovalMade
from postwright.publishing.tries import tell_try

_AT_ONCE = 2  # seconds between the wish and its moment


async def tell(db: Conn, workspace: UUID, row: PostRow, attempts: list[Attempt], metrics_at: datetime | None) -> list[TimelineEntry]:
    """Planned, scheduled by whom, each try and what came of it, what people decided, published, measured; oldest first."""
    names, platform = await read.names(db, workspace), registry.get(row.platform).name
    decisions = await read.decisions(db, workspace, row.id)
    moves = _with_older(await read.moves(db, workspace, row.id), decisions)
    commitments = await read.commitments(db, workspace, row.id)
    entries = [_planned(row, moves, names)]
    entries += [_scheduled(each, moves, row.timezone, names) for each in commitments]
    entries += [_moved(each, row.timezone, names) for each in moves if not _sent_off(each, commitments)]
    entries += [entry for each in decisions if (entry := _decided(each, names)) is not None]
    entries += [_edited(each, names) for each in await read.edits(db, workspace, row.id)]
    entries += [entry for each in attempts for entry in tell_try(each, platform, row.timezone or "UTC")]
    if row.published_at is not None:
        entries.append(TimelineEntry(row.published_at, "published", _published(row), url=row.opens_at))
    if metrics_at is not None:
        entries.append(TimelineEntry(metrics_at, "measured", "Figures read from the platform."))
    if row.published_post_id is not None:
        entries += [entry for each in await read.removals(db, workspace, row.id) for entry in _removed(each, names)]
    return sorted(entries, key=lambda each: each.at)


def _planned(row: PostRow, moves: Sequence[MoveMade], names: Mapping[UUID, str]) -> TimelineEntry:
    """Its first time, whatever it was moved to since; why that one was found is known only as long as it stands there."""
    first = moves[0].was if moves else row.slot_at
    slot = f" for {_at(first, row.timezone)}" if first else ""
    reason = f": {row.slot_reason}" if row.slot_reason and not moves else ""
    return TimelineEntry(row.created_at, "planned", f"Planned{slot}{reason}", names.get(row.author_id) if row.author_id else None)


def _scheduled(each: Commitment, moves: Sequence[MoveMade], zone: str | None, names: Mapping[UUID, str]) -> TimelineEntry:
    later = next((move for move in moves if move.committed and move.at >= each.created_at), None)
    first = (later.was if later else None) or each.scheduled_for
    now = abs((first - each.created_at).total_seconds()) < _AT_ONCE
    text = "Sent off to be published at once" if now else f"Scheduled for {_at(first, zone or each.timezone)}"
    return TimelineEntry(each.created_at, "scheduled", text, names.get(each.user_id))


def _moved(each: MoveMade, zone: str | None, names: Mapping[UUID, str]) -> TimelineEntry:
    who = names.get(each.user_id) if each.user_id else None
    was = f" from {_at(each.was, zone)}" if each.was else ""
    if each.becomes is None:
        return TimelineEntry(each.at, "decided", "Taken out of its slot", who)
    if abs((each.becomes - each.at).total_seconds()) < _AT_ONCE:
        return TimelineEntry(each.at, "decided", f"Sent off at once instead of at {_at(each.was, zone)}", who)
    return TimelineEntry(each.at, "decided", f"Moved{was} to {_at(each.becomes, zone)}", who)


def _sent_off(move: MoveMade, commitments: Sequence[Commitment]) -> bool:
    """Whether a planned post took this time because it was sent off at once: that line is told already."""
    return not move.committed and any(
        move.becomes == each.scheduled_for and abs((move.at - each.created_at).total_seconds()) < _AT_ONCE for each in commitments
    )


def _with_older(moves: Sequence[MoveMade], decisions: Sequence[Decision]) -> list[MoveMade]:
    """With those that are in the audit log alone: events are kept for 30 days, and only admins see the log."""
    known = {(each.was, each.becomes) for each in moves}
    found = (_move_of(each) for each in decisions if each.was == each.becomes == "scheduled" and each.from_time != each.to_time)
    return sorted([*moves, *(each for each in found if (each.was, each.becomes) not in known)], key=lambda each: each.at)


def _move_of(each: Decision) -> MoveMade:
    return MoveMade(each.created_at, each.user_id, datetime.fromisoformat(each.from_time), datetime.fromisoformat(each.to_time), True)


def _decided(each: Decision, names: Mapping[UUID, str]) -> TimelineEntry | None:
    words = {
        ("scheduled", "cancelled"): ("canceled", "Canceled"),
        ("failed", "scheduled"): ("decided", "Sent off again"),
        ("needs_review", "scheduled"): ("decided", "Decided: it is not there, send again"),
        ("needs_review", "completed"): ("decided", "Decided: it is there"),
        ("needs_review", "failed"): ("decided", "Decided: given up"),
    }.get((each.was, each.becomes))
    return TimelineEntry(each.created_at, *words, who=names.get(each.user_id)) if words else None


def _edited(each: EditMade, names: Mapping[UUID, str]) -> TimelineEntry:
    said = "Brought back to what it said before" if each.restored else "Changed what it says"
    void = "; it needs a new approval" if each.voided_approval else ""
    return TimelineEntry(each.created_at, "edited", said + void, names.get(each.user_id) if each.user_id else None)


def _removed(each: RemovalMade, names: Mapping[UUID, str]) -> list[TimelineEntry]:
    said = [TimelineEntry(each.created_at, "deleting", "Asked to have it deleted there", names.get(each.user_id) if each.user_id else None)]
    if each.status == "deleted" and each.finished_at:
        left = (each.error or {}).get("message")
        said.append(TimelineEntry(each.finished_at, "deleted", f"Deleted there. {left}" if left else "Deleted there", said[0].who))
    elif each.status == "refused" and each.finished_at:
        said.append(TimelineEntry(each.finished_at, "kept", f"Not deleted: {(each.error or {}).get('message') or 'the platform refused.'}"))
    return said


def _published(row: PostRow) -> str:
    return "Published to sandbox" if row.simulated else "Published"


def _at(moment: datetime | None, zone: str | None) -> str:
    return f"{local(moment, zone or 'UTC')} ({zone or 'UTC'})"
