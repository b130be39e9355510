"""What the library holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

Kind = Literal["image", "video", "document", "other"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a workspace. `path` is its place in the storage, `metadata.generated` says what Postwright made."""

    id: UUID
    user_id: UUID
    path: str
    mime_type: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    duration_seconds: Decimal | None
    alt_text: str | None
    metadata: Mapping[str, Any]
    created_at: datetime
    deleted_at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """By its type."""
        if self.mime_type == "application/pdf":
            return "document"
        kind = (self.mime_type or "").partition("/")[0]
        return "image" if kind == "image" else "video" if kind == "video" else "other"

    @property
    def pages(self) -> int | None:
        """Of a document."""
        found = self.metadata.get("pages")
        return found if isinstance(found, int) and found > 0 else None

    @property
    def name(self) -> str:
        """What people call it."""
        found = self.metadata.get("name")
        return found if isinstance(found, str) and found else self.path.rpartition("/")[2]

    @property
    def codec(self) -> str | None:
        """Of a video's pictures, as ffmpeg calls it."""
        found = self.metadata.get("codec")
        return found if isinstance(found, str) else None

    @property
    def moves(self) -> bool:
        """Whether it is an animated GIF. Of other animated pictures only the first frame is ever converted."""
        return self.mime_type == "image/gif" and self.metadata.get("animated") is True

    @property
    def fps(self) -> float | None:
        """Pictures a second, of a video."""
        found = self.metadata.get("fps")
        return float(found) if isinstance(found, int | float) else None

    @property
    def original(self) -> UUID | None:
        """The file that this one was cut or converted from."""
        found = self.metadata.get("of")
        try:
            return UUID(found) if isinstance(found, str) else None
        except ValueError:
            return None

    @property
    def generated(self) -> str | None:
        """What Postwright made it as: "card" or "card_video"; None for what people brought."""
        found = self.metadata.get("generated")
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class Upload:
    """A large file on its way in, piece by piece."""

    id: UUID
    name: str
    alt_text: str
    total_bytes: int
    received_bytes: int
    file_id: UUID | None
    expires_at: datetime
    lease: int  # how often it was taken


@dataclass(frozen=True, slots=True)
class Conversion:
    """A copy of a file that is made to fit a platform. `status`: waiting, running, ready, failed."""

    id: UUID
    file_id: UUID
    platform: str
    adaptation_id: UUID | None
    user_id: UUID
    status: str
    progress: int  # per cent
    result_file_id: UUID | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Room:
    """What a workspace's media take: also deleted ones that can still be restored, and uploads on their way by what they announced."""

    used: int  # bytes
    quota: int  # bytes

    @property
    def left(self) -> int:
        return max(self.quota - self.used, 0)
