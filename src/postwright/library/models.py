"""What the library holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


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

    @property
    def kind(self) -> str:
        """ "image", "video" or "other"."""
        kind = (self.mime_type or "").partition("/")[0]
        return kind if kind in {"image", "video"} else "other"

    @property
    def generated(self) -> str | None:
        """What Postwright made it as: "card" or "card_video"; None for what people brought."""
        found = self.metadata.get("generated")
        return found if isinstance(found, str) else None
