"""What is posted while everything breaks: plain posts, media, threads and first comments, each text with a mark of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn
from postwright.db.session import Actor, transaction
from postwright.library.files import add_file, keep_bytes
from tests.publishing.real import Studio
from tests.sandbox.conftest import movie, picture

SHAPES = ("x", "instagram", "youtube", "mastodon")  # plain; pulls and containers; resumable; idempotent
MARK = re.compile(r"chaos-\d+-(?:[a-z]\d?-)?")  # of a post; with a letter: of a further part (p1, p2...) or of a comment (c)
_LOAF = "a loaf of bread and nothing but a loaf"


@dataclass(frozen=True, slots=True)
class Shape:
    """What number so-and-so is: where it goes, of how many parts, and whether a first comment follows."""

    number: int
    slug: str
    parts: int = 1
    commented: bool = False

    @classmethod
    def of(cls, number: int) -> Shape:
        """Of five posts on X one is a thread and one has a first comment; so it is elsewhere, where a platform has the like."""
        slug, turn = SHAPES[number % len(SHAPES)], number // len(SHAPES) % 5
        threads = {"x": 3, "mastodon": 2}
        return cls(number, slug, threads.get(slug, 1) if turn == 1 else 1, slug in {"x", "instagram"} and turn == 3)

    @property
    def mark(self) -> str:
        return f"chaos-{self.number}-"

    @property
    def marks(self) -> list[str]:
        """Of all its parts, in order."""
        return [self.mark, *(f"{self.mark}p{part}-" for part in range(1, self.parts))]

    @property
    def comment_mark(self) -> str:
        return f"{self.mark}c-"

    def content(self, media: dict[str, str]) -> dict[str, Any]:
        """As a row of the plan has it."""
        made: dict[str, Any] = {"text": f"{self.mark} {_LOAF}"}
        if self.parts > 1:
            made["thread"] = [f"{mark} {_LOAF}" for mark in self.marks]
        if self.commented:
            made["options"] = {"first_comment": f"{self.comment_mark} and butter"}
        match self.slug:
            case "instagram":
                return made | {"media": [media["image/jpeg"]]}
            case "youtube":
                return made | {"title": f"{self.mark} bread", "media": [media["video/mp4"]]}
            case _:
                return made


async def keep_media(studio: Studio, actor: Actor) -> dict[str, str]:
    """A picture and a film; their ids by type."""
    found = {}
    for name, data, mime, facts in (
        ("picture.jpg", picture(), "image/jpeg", {"width": 1080, "height": 1080}),
        ("film.mp4", movie(), "video/mp4", {"width": 1080, "height": 1920, "duration": 8.0}),
    ):
        file = studio.home / name
        file.write_bytes(data)
        new = await keep_bytes(studio.state.storage, file, name, mime, **facts)
        async with transaction(studio.api, actor) as db:
            found[mime] = str((await add_file(db, actor, new)).id)
    return found


async def plan(db: Conn, workspace: UUID, slug: str, account: UUID, content: dict[str, Any], at: datetime) -> UUID:
    """A row of the plan."""
    row = await db.execute(
        "insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, content, scheduled_at,"
        " timezone) select %s, c.id, p.id, %s, %s, %s, 'UTC' from platforms p, content_calendar c"
        " where p.slug = %s and c.workspace_id = %s and c.is_default returning id",
        (workspace, account, Jsonb(content), at, slug, workspace),
    )
    found = await row.fetchone()
    assert found is not None
    return found[0]  # type: ignore[no-any-return]
