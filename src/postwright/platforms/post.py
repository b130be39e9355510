"""A post as it goes out, with the files that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from postwright.kit.text import extract_hashtags

MediaKind = Literal["image", "video", "document"]


@dataclass(frozen=True, slots=True)
class Media:
    """A file that goes with a post. `path` is readable here; `url` is a signed address for platforms that pull."""

    id: str
    kind: MediaKind
    mime_type: str
    size: int  # bytes
    width: int
    height: int
    duration: float | None  # seconds, of a video
    alt: str
    path: Path
    url: str
    codec: str | None = None  # of a video's pictures, as ffmpeg calls it; None: not known
    fps: float | None = None  # pictures a second, of a video; None: not known
    pages: int | None = None  # of a document; None: not known
    name: str = ""  # what people call it


@dataclass(frozen=True, slots=True)
class Post:
    """One post as it goes out. `parts` holds a thread, first part included; else it is empty."""

    text: str
    format: str
    title: str | None = None
    parts: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()  # without '#'
    media: tuple[Media, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def full_text(self) -> str:
        """The text with its hashtags after a blank line, as it is sent and counted."""
        tags = " ".join(f"#{tag}" for tag in self.hashtags)
        return f"{self.text}\n\n{tags}".strip() if tags else self.text

    def pieces(self) -> tuple[str, ...]:
        """The texts that go out, one by one: the thread's parts, or the one text.

        Hashtags that no part has yet close the last part.
        """
        if not self.parts:
            return (self.full_text(),)
        said = {entity.value.casefold() for part in self.parts for entity in extract_hashtags(part)}
        tags = " ".join(f"#{tag}" for tag in self.hashtags if tag.casefold() not in said)
        return (*self.parts[:-1], f"{self.parts[-1]}\n\n{tags}") if tags else self.parts

    def of_kind(self, kind: MediaKind) -> tuple[Media, ...]:
        return tuple(medium for medium in self.media if medium.kind == kind)
