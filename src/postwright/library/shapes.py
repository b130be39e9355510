"""Media as JSON shows and takes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.fields import Next
from postwright.edge.state import State
from postwright.library.models import FileRow, Kind, Room
from postwright.library.storage import PREVIEW, media_url

SHOWN_FOR = timedelta(hours=2)
_ID = "01a02f7c-5f0e-7c3a-9d0b-3f6d2a41c9e7"


class MediaShown(BaseModel):
    """A picture, video or document. `url` is signed and shows it (a document: downloads it) for two hours without a session."""

    id: UUID = Field(examples=[_ID])
    kind: Kind
    name: str = Field(examples=["launch.jpg"])
    mime_type: str | None = Field(examples=["image/jpeg"])
    size: int | None = Field(description="Bytes.", examples=[482_133])
    width: int | None = Field(description="Pixels, as it is shown; points of a document's first page.", examples=[1080])
    height: int | None = Field(examples=[1350])
    duration: float | None = Field(description="Seconds, of a video.", examples=[None])
    codec: str | None = Field(description="Of a video's pictures.", examples=[None])
    fps: float | None = Field(description="Pictures a second, of a video.", examples=[None])
    audio: str | None = Field(description="The codec of a video's sound; null: silent.", examples=[None])
    pages: int | None = Field(description="Of a document.", examples=[None])
    alt_text: str = Field(examples=["Three people around a whiteboard."])
    generated: str | None = Field(description="`card` or `card_video` where Postwright made it.", examples=[None])
    original: UUID | None = Field(description="The file that this one was cut or converted from; it is kept.", examples=[None])
    url: str = Field(examples=[f"http://127.0.0.1:8484/media/{_ID}/media.jpg?exp=1798934400&sig=5f0c9d3a77b1"])
    preview_url: str | None = Field(description="A picture of a document's first page, signed likewise.", examples=[None])
    created_at: datetime
    deleted_at: datetime | None = Field(description="It can be restored for 30 days.", examples=[None])

    @classmethod
    def of(cls, row: FileRow, state: State, now: datetime) -> MediaShown:
        """With a fresh address."""
        sound = row.metadata.get("audio")
        return cls(
            id=row.id, kind=row.kind, name=row.name,
            mime_type=row.mime_type, size=row.size_bytes, width=row.width, height=row.height,
            duration=float(row.duration_seconds) if row.duration_seconds is not None else None, codec=row.codec, fps=row.fps,
            audio=sound if isinstance(sound, str) else None, pages=row.pages, alt_text=row.alt_text or "", generated=row.generated,
            original=row.original,
            url=media_url(state, row.id, now + SHOWN_FOR, row.path.rpartition("/")[2]),
            preview_url=media_url(state, row.id, now + SHOWN_FOR, PREVIEW) if row.kind == "document" else None, created_at=row.created_at,
            deleted_at=row.deleted_at,
        )  # fmt: skip


class MediaPage(BaseModel):
    """Some of the library."""

    items: list[MediaShown]
    next: Next


class MediaChange(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=400, examples=["launch.jpg"])
    alt_text: str | None = Field(default=None, max_length=10_000, examples=["Three people around a whiteboard."])


class Cut(BaseModel):
    """A part of a picture, in its pixels; or a ratio alone for its middle."""

    model_config = ConfigDict(extra="forbid")

    ratio: Literal["1:1", "4:5", "16:9", "9:16", "1.91:1", "free"] = Field(default="free", examples=["4:5"])
    x: int | None = Field(default=None, ge=0, le=16_384, examples=[0])
    y: int | None = Field(default=None, ge=0, le=16_384, examples=[120])
    width: int | None = Field(default=None, ge=1, le=16_384, examples=[1080])
    height: int | None = Field(default=None, ge=1, le=16_384, examples=[1350])


class RoomShown(BaseModel):
    """What the media of the workspace take. Deleted ones count until they are gone, uploads by what they announced."""

    used: int = Field(description="Bytes.", examples=[73_400_320])
    quota: int = Field(description="Bytes.", examples=[50_000_000_000])

    @classmethod
    def of(cls, room: Room) -> RoomShown:
        return cls(used=room.used, quota=room.quota)


class RoomChange(BaseModel):
    """What the media may take."""

    model_config = ConfigDict(extra="forbid")

    quota: int = Field(description="Bytes.", examples=[50_000_000_000])


class UploadShown(BaseModel):
    """A large file on its way in."""

    id: UUID = Field(examples=[_ID])
    received: int = Field(description="Bytes that are kept.", examples=[64_000_000])
    total: int = Field(examples=[812_000_000])
    expires_at: datetime
    file: MediaShown | None = Field(description="What it became, once it is whole.", examples=[None])
