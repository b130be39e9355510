"""The sandbox's own ledger beside ours."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from postwright.db.session import SERVICE, transaction
from tests.publishing.chaos_posts import MARK, Shape
from tests.publishing.real import Studio

PHASES = ("claimed", "uploading", "sending", "confirming", "reconciling", "commenting")
_LOST_ANSWERS = ("cut_after", "timeout_after", "truncated_body")


@dataclass(slots=True)
class Told:
    """What the checker found. All of the first four must be 0. Parts of threads and first comments count as posts do."""

    duplicates: int = 0
    lost: int = 0
    untruthful: int = 0
    stuck: int = 0
    completed: int = 0
    failed: int = 0
    unconfirmed: int = 0
    threads: int = 0  # of those completed
    comments: int = 0  # first comments that were written
    comments_failed: int = 0  # their authors were told
    seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)  # what was done to them
    details: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(number for what, number in self.done.items() if what.startswith("kill"))

    def happened(self) -> dict[str, int]:
        """How often each fault that is named in the promise came about; not how often it was asked for."""
        return {
            "kill at random": self.done["kill at random"],
            **{f"kill in {phase}": self.done[f"kill in {phase}"] for phase in PHASES},
            "frozen longer than the lease": self.done["frozen longer than the lease"],
            "database restart": self.done["database restart"],
            "connections cut": self.done["connections cut"],
            "answer lost after the post landed": sum(self.done[f"struck {kind} on a send"] for kind in _LOST_ANSWERS),
            "5xx after the post landed": self.done["struck 5xx_after on a send"],
            "429 storm with headers": self.done["429 storm with headers"],
            "429 storm without": self.done["429 storm without"],
            "token ended": self.done["struck expired_token"] + self.done["struck revoked_token"],
            "token ended in mid-poll": self.done["token ended in mid-poll"],
            "clock skew followed": self.done["clock skew followed"],
        }

    def missing(self) -> list[str]:
        """What did not come about: a run that says nothing of it proves nothing of it."""
        return [name for name, number in self.happened().items() if number == 0]


@dataclass(frozen=True, slots=True)
class _There:
    """A post as the platform has it."""

    remote_id: str
    parent: str | None


async def check(studio: Studio, told: Told) -> None:
    """A post is lost when we say that it is out and it is not all there, or say nothing; untruthful is a post that failed here and is
    out there, or of which more parts are out than we know."""
    landed = _landed(studio.home / "sandbox.db")
    for row in await _commitments(studio):
        found = MARK.match(row["content"])
        assert found is not None, row["content"]
        shape = Shape.of(int(found.group(0).split("-")[1]))
        _check_post(told, shape, row, [landed.pop(mark, []) for mark in shape.marks])
        _check_comment(told, shape, row, landed.pop(shape.comment_mark, []))
    if landed:
        told.untruthful += len(landed)
        told.details.append(f"nobody wrote these: {landed}")


def _check_post(told: Told, shape: Shape, row: Mapping[str, Any], there: list[list[_There]]) -> None:
    status = row["status"]
    told.completed += status == "completed"
    told.failed += status == "failed"
    told.unconfirmed += status == "needs_review"
    told.threads += status == "completed" and shape.parts > 1
    stuck = status == "processing" and row["overtime"]
    double = sum(max(0, len(each) - 1) for each in there)
    out = sum(map(bool, there))
    missing = status not in {"completed", "failed", "needs_review"} or (status == "completed" and not _is_whole(shape, row, there))
    untruthful = status == "failed" and (out == shape.parts or out > row["known_parts"])
    told.stuck += stuck
    told.duplicates += double
    told.lost += missing
    told.untruthful += untruthful
    if stuck or double or missing or untruthful:
        told.details.append(f"{shape.mark} of {shape.slug}: {status}, ours {row['platform_post_id']} {row['part_ids']}, there {there}")


def _is_whole(shape: Shape, row: Mapping[str, Any], there: list[list[_There]]) -> bool:
    """Every part is there under the id that we keep, each below the one before."""
    ours = row["part_ids"] or [row["platform_post_id"]]
    if len(ours) != shape.parts or ours[0] != row["platform_post_id"]:
        return False
    known = [next((each for each in listed if each.remote_id == id), None) for id, listed in zip(ours, there, strict=True)]
    above = [None, *ours[:-1]]
    return all(each is not None and each.parent == parent for each, parent in zip(known, above, strict=True))


def _check_comment(told: Told, shape: Shape, row: Mapping[str, Any], there: list[_There]) -> None:
    """One whose outcome cannot be told counts as failed, and its author is told just that; so one that failed may be there."""
    status, double = row["comment_status"], max(0, len(there) - 1)
    wanted = shape.commented and row["status"] == "completed"
    told.duplicates += double
    told.comments += status == "sent"
    told.comments_failed += status == "failed"
    wrong_place = any(each.parent != row["platform_post_id"] for each in there) and row["status"] == "completed"
    lost = wanted and (
        status not in {"sent", "failed"} or (status == "sent" and row["comment_id"] not in {each.remote_id for each in there})
    )
    told.lost += lost
    told.untruthful += wrong_place or bool(there and not shape.commented)
    if double or lost or wrong_place:
        told.details.append(f"{shape.comment_mark} of {shape.slug}: {status}, ours {row['comment_id']}, there {there}")


def _landed(ledger: Path) -> dict[str, list[_There]]:
    found: dict[str, list[_There]] = {}
    asked = "select remote_id, parent, text, title from posts where deleted_at is null and origin = 'api'"
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        for remote_id, parent, text, title in db.execute(asked):
            marked = MARK.search(f"{title or ''} {text}")
            assert marked is not None, text
            found.setdefault(marked.group(0), []).append(_There(remote_id, parent))
    return found


async def _commitments(studio: Studio) -> list[dict[str, Any]]:
    async with transaction(studio.state.pool, SERVICE) as db, db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select s.content, s.status, p.platform_post_id, p.metadata -> 'part_ids' as part_ids,"
            " coalesce(s.lease_expires_at < clock_timestamp(), true) as overtime, f.status as comment_status, f.comment_id,"
            " (select count(*) from jsonb_object_keys(coalesce((select a.remote_ids from publish_attempts a"
            "   where a.workspace_id = s.workspace_id and a.scheduled_post_id = s.id order by a.number desc limit 1), '{}')) k"
            "   where k ~ '^part_[0-9]+$')::int as known_parts"
            " from scheduled_posts s"
            " left join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id"
            " left join first_comments f on f.workspace_id = s.workspace_id and f.scheduled_post_id = s.id"
        )
        return await cursor.fetchall()
