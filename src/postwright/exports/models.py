"""What is asked for, made and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """Whose data an archive holds."""

    PERSON = "person"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Export:
    """An archive as its maker sees it. `status`: waiting, running, ready, failed, expired."""

    id: UUID
    workspace_id: UUID
    workspace_name: str
    environment: str | None
    kind: Kind
    status: str
    rows_total: int | None  # None until they are counted
    rows_done: int
    bytes_total: int | None  # of media
    bytes_done: int
    size_bytes: int | None
    sha256: str | None
    error: str | None
    path: str | None  # among the archives
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None

    @property
    def simulated(self) -> bool:
        return self.environment == "sandbox"

    @property
    def under_way(self) -> bool:
        return self.status in {"waiting", "running"}

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1: half for the rows, half for the media, where there are any."""
        parts = [(self.rows_done, self.rows_total), (self.bytes_done, self.bytes_total)]
        known = [done / total for done, total in parts if total]
        return min(1.0, sum(known) / len(known)) if known else 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """An export that a worker has begun. Only the latest attempt may finish it."""

    id: UUID
    attempt: int
    kind: Kind
    user_id: UUID
    workspace_id: UUID
    workspace_name: str
    environment: str | None
    email: str
    full_name: str | None
    timezone: str
    role: str | None  # of its maker in the workspace, now

    @property
    def simulated(self) -> bool:
        return self.environment == "sandbox"


@dataclass(frozen=True, slots=True)
class Part:
    """One table of an export: its file's name and the query of its rows."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a table of an export would hold."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Medium:
    """A file of the library that an export takes along. `name` is what people called it."""

    id: UUID
    name: str
    mime_type: str | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Media:
    """All of them."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of a workspace when its member's account is deleted. `fate`: goes, blocks, stays."""

    workspace_id: UUID
    name: str
    environment: str | None
    personal: bool
    fate: str
    members: int
    accounts: int
    drafts: int
    scheduled: int
    published: int
    files: int
