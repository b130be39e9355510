"""A workspace with accounts, baselines and drafts, ready to plan in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from postwright.db.session import Actor, Pool
from tests.cast import Cast, Person, acting, serving

# A Wednesday, 08:00 in Berlin: before every window of the day.
NOW = datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a test plans with."""

    db: psycopg.Connection[Any]  # the owner's
    pool: Pool  # the web's
    cast: Cast

    def actor(self, person: Person | None = None) -> Actor:
        """A person (Bob, who edits) looking at the workspace."""
        return Actor("authenticated", (person or self.cast.bob).id, self.cast.workspace)

    def account(self, platform: str = "x", name: str | None = None, zone: str | None = "Europe/Berlin") -> UUID:
        """Connects a sandbox account."""
        with acting(self.db, self.cast.alice, self.cast.workspace) as db:
            return _id(
                db,
                "insert into platform_connections (platform, platform_user_id, environment, handle, display_name, timezone, access_token)"
                " values (%s, %s, 'sandbox', %s, %s, %s, 'sealed') returning id",
                platform, name or platform, f"{name or platform}.example", name or f"Acme on {platform}", zone,
            )  # fmt: skip

    def baseline(self, platform: str = "x", *, days: Sequence[str] = WEEKDAYS, hours: Any = None, **limits: Any) -> None:
        """Puts one baseline in the place of those of the platform that are there."""
        columns = {"source": "Test", **limits}
        names = ", ".join(columns)
        with serving(self.db) as db:
            db.execute("delete from platform_timing_data where platform_id = (select id from platforms where slug = %s)", (platform,))
            db.execute(
                f"insert into platform_timing_data (platform_id, days, peak_hours, valid_from, {names})"
                f" select id, %s, %s, %s, {', '.join(['%s'] * len(columns))} from platforms where slug = %s",
                (list(days), json.dumps(hours or [{"start": 9, "end": 12}]), datetime(2025, 1, 1, tzinfo=UTC), *columns.values(), platform),
            )

    def draft(self, *platforms: str, text: str = "Hello") -> UUID:
        """A draft with a variant per platform."""
        variants = {each: {"text": f"{text} {each}"} for each in platforms or ("x",)}
        with acting(self.db, self.cast.bob, self.cast.workspace) as db:
            return _id(
                db, "insert into content_adaptations (original_idea, title, adaptations) values (%s, %s, %s) returning id",
                text, text, json.dumps(variants),
            )  # fmt: skip

    def prefer(self, person: Person | None, **wishes: Any) -> None:
        """Saves wishes of a person, or with None the workspace's."""
        values = {"timezone": "Europe/Berlin", "user_id": person.id if person else None, **wishes}
        with acting(self.db, person or self.cast.alice, self.cast.workspace) as db:
            db.execute(
                f"insert into user_scheduling_preferences ({', '.join(values)}) values ({', '.join(['%s'] * len(values))})",
                [json.dumps(each) if isinstance(each, list) and each and isinstance(each[0], dict) else each for each in values.values()],
            )

    def post(self, connection: UUID, utc: datetime, *, status: str = "queued", draft: UUID | None = None) -> UUID:
        """A post of the plan; `status` other than queued is set as the system does it."""
        with acting(self.db, self.cast.bob, self.cast.workspace) as db:
            item = _id(
                db,
                "insert into content_schedule_items (platform_id, platform_connection_id, adaptation_id, content, scheduled_at, timezone)"
                " select p.id, c.id, %s, %s, %s, 'Europe/Berlin' from platform_connections c join platforms p on p.slug = c.platform"
                " where c.id = %s returning id",
                draft, None if draft else json.dumps({"text": "standing"}), utc, connection,
            )  # fmt: skip
            if status != "queued":
                db.execute(
                    "insert into scheduled_posts (schedule_item_id, platform_connection_id, platform, content, scheduled_for, timezone)"
                    " select %s, id, platform, 'standing', %s, 'Europe/Berlin' from platform_connections where id = %s",
                    (item, utc, connection),
                )
        if status not in ("queued", "scheduled"):
            self.commitment(item, status)
        return item

    def commitment(self, item: UUID, status: str) -> None:
        """Takes the commitment of a post to a status, by the system's own steps."""
        with serving(self.db) as db:
            for step in ("processing", status) if status != "processing" else ("processing",):
                db.execute("update scheduled_posts set status = %s where schedule_item_id = %s", (step, item))

    def row(self, item: UUID) -> dict[str, Any]:
        """The post as it stands in the database."""
        with self.db.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            cursor.execute("select * from content_schedule_items where id = %s", (item,))
            found = cursor.fetchone()
            assert found is not None
            return found


def _id(db: psycopg.Connection[Any], text: str, *values: Any) -> UUID:
    row = db.execute(text.encode(), values).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found
