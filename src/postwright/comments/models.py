"""What comments hand around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class About:
    """What a thread is about."""

    what: Literal["draft", "post"]
    id: UUID

    @property
    def path(self) -> str:
        return f"/{self.what}s/{self.id}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A draft or a post that exists: its name, and who made it."""

    title: str
    author: UUID | None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is stored: `<@user id>` in `body` stands for a member's present name."""

    id: UUID
    user_id: UUID | None
    adaptation_id: UUID | None
    schedule_item_id: UUID | None
    body: str
    mentions: list[UUID]
    origin: str
    created_at: datetime
    edited_at: datetime | None
    resolved_at: datetime | None
    resolved_by: UUID | None

    @property
    def about(self) -> About:
        if self.adaptation_id is not None:
            return About("draft", self.adaptation_id)
        if self.schedule_item_id is not None:
            return About("post", self.schedule_item_id)
        raise LookupError("a comment is about a draft or a post")

    @property
    def version(self) -> tuple[UUID, datetime | None, datetime | None]:
        """What two who change it must both have seen."""
        return self.id, self.edited_at, self.resolved_at


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by their present name; who left is told apart."""

    id: UUID | None
    name: str
    avatar_url: str | None
    is_member: bool


NOBODY = Person(None, "A former member", None, False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment as one reader sees it: with names, and with what that reader may do to it."""

    comment: Comment
    author: Person
    text: str  # as it reads, and as its writer edits it
    mentions: list[Person]
    resolved_by: Person | None
    may_edit: bool
    may_remove: bool
    may_settle: bool
