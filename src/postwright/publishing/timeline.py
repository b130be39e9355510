"""A post's life told in moments, from the rows that keep it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from postwright.db.queries import Conn
from postwright.edge.render import local
from postwright.publishing import read
from postwright.publishing.models import Attempt, PostRow, TimelineEntry
from postwright.publishing.read import Commitment, Decision, EditMade, RemovalMade


async def tell(db: Conn, workspace: UUID, row: PostRow, attempts: list[Attempt], metrics_at: datetime | None) -> list[TimelineEntry]:
    """Planned, scheduled by whom, each try and what came of it, what people decided, published, measured; oldest first."""
    names = await read.names(db, workspace)
    entries = [_planned(row, names)]
    entries += [_scheduled(each, row.timezone, names) for each in await read.commitments(db, workspace, row.id)]
    entries += [entry for each in await read.decisions(db, workspace, row.id) if (entry := _decided(each, names)) is not None]
    entries += [_edited(each, names) for each in await read.edits(db, workspace, row.id)]
    entries += [entry for each in attempts for entry in _tried(each)]
    if row.published_at is not None:
        entries.append(TimelineEntry(row.published_at, "published", _published(row), url=row.url))
    if metrics_at is not None:
        entries.append(TimelineEntry(metrics_at, "measured", "Figures read from the platform."))
    if row.published_post_id is not None:
        entries += [entry for each in await read.removals(db, workspace, row.id) for entry in _removed(each, names)]
    return sorted(entries, key=lambda each: each.at)


def _planned(row: PostRow, names: Mapping[UUID, str]) -> TimelineEntry:
    slot = f" for {_at(row.slot_at, row.timezone)}" if row.slot_at else ""
    reason = f": {row.slot_reason}" if row.slot_reason else ""
    return TimelineEntry(row.created_at, "planned", f"Planned{slot}{reason}", names.get(row.author_id) if row.author_id else None)


def _scheduled(each: Commitment, zone: str | None, names: Mapping[UUID, str]) -> TimelineEntry:
    now = abs((each.scheduled_for - each.created_at).total_seconds()) < 2
    text = "Sent off to be published at once" if now else f"Scheduled for {_at(each.scheduled_for, zone or each.timezone)}"
    return TimelineEntry(each.created_at, "scheduled", text, names.get(each.user_id))


def _decided(each: Decision, names: Mapping[UUID, str]) -> TimelineEntry | None:
    words = {
        ("scheduled", "cancelled"): ("canceled", "Canceled"),
        ("failed", "scheduled"): ("decided", "Sent off again"),
        ("needs_review", "scheduled"): ("decided", "Decided: it is not there, send again"),
        ("needs_review", "completed"): ("decided", "Decided: it is there"),
        ("needs_review", "failed"): ("decided", "Decided: given up"),
    }.get((each.was, each.becomes))
    if words is None and each.was == each.becomes == "scheduled" and each.from_time != each.to_time:
        words = ("decided", "Moved to another time")
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


def _tried(each: Attempt) -> list[TimelineEntry]:
    said = [TimelineEntry(each.started_at, "claimed", f"Try {each.number} begins")]
    if each.sent_at is not None:
        said.append(TimelineEntry(each.sent_at, "sent", "Handed to the platform"))
    if each.finished_at is not None and each.phase != "done":
        kind, lead = _ENDS[each.phase]
        if each.phase == "abandoned" and "part_0" in each.remote_ids:
            lead = "Broken off before the next part went out"
        message = (each.error or {}).get("message")
        said.append(TimelineEntry(each.finished_at, kind, f"{lead}: {message}" if message else lead))
    return said


_ENDS = {
    "refused": ("failed", "Refused"),
    "abandoned": ("retrying", "Given up before anything went out"),
    "unknown": ("unconfirmed", "No answer tells whether it went out"),
}


def _published(row: PostRow) -> str:
    return "Published to sandbox" if row.simulated else "Published"


def _at(moment: datetime | None, zone: str | None) -> str:
    return f"{local(moment, zone or 'UTC')} ({zone or 'UTC'})"
