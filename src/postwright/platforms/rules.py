"""What a platform takes: dated facts, how it counts, and what its rules find in a post."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from postwright.kit.text import UTF8_COUNTER, Counter, split_thread, utf8_bytes
from postwright.platforms.post import MediaKind


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about a field of a post. `level` error stops the post, warning does not."""

    field: str
    rule: str
    message: str
    limit: float | None = None
    actual: float | None = None
    source: str | None = None
    level: Literal["error", "warning"] = "error"
    fix: str | None = None  # a fix that one click applies: split_thread, add_card, add_card_video, trim_hashtags, auto_format, convert


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about a platform that may change: where it was read, and when."""

    value: float | str
    source: str
    checked_on: date
    sunset: date | None = None  # the day from which it is known not to hold

    @property
    def number(self) -> int:
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a format is made of, where that is narrower than what its platform takes. Bounds hold for its videos."""

    name: str  # with its article, as people say it
    kinds: tuple[MediaKind, ...]
    source: str
    least: int = 1
    most: int | None = None  # media; None: as many as the platform takes
    duration: tuple[float, float] | None = None  # seconds, least and greatest
    aspect: tuple[float, float] | None = None  # width / height, least and greatest
    fps: tuple[float, float] | None = None  # pictures a second, least and greatest
    words: bool = True  # False: nobody sees a text with it
    any_shape: bool = False  # pictures may be as wide or tall as they are
    least_size: tuple[int, int] | None = None  # width and height of a video, in pixels


@dataclass(frozen=True, slots=True)
class Rules:
    """How a platform counts and what it takes. Each number is a dated fact with a source."""

    limit: int
    unit: str  # "weighted characters", "graphemes", "UTF-16 units", ...
    count: Callable[[str], int]
    source: str
    checked_on: date
    default_format: str
    needs: MediaKind | None = None  # the platform takes no post without it
    max_images: int = 4
    image_mime_types: tuple[str, ...] = ("image/jpeg", "image/png")
    max_image_bytes: int = 5_000_000
    threads: bool = False
    title_limit: int | None = None  # None: the platform has no titles
    max_hashtags: int | None = None
    fold_at: int | None = None  # characters shown before the platform's "more"
    byte_limit: int | None = None  # a second limit in UTF-8 bytes, where there is one
    formats: tuple[str, ...] = ("post",)
    accepts: tuple[MediaKind, ...] = ("image", "video")
    max_mentions: int | None = None
    max_media: int = 20
    mixes_media: bool = False  # images and a video in one post
    aspect: tuple[float, float] | None = None  # width / height of an image, least and greatest
    video_mime_types: tuple[str, ...] = ("video/mp4", "video/quicktime")
    max_video_bytes: int = 512_000_000
    duration: tuple[float, float] | None = None  # seconds of a video, least and greatest
    media_source: str = ""
    video_codecs: tuple[str, ...] = ()  # as ffmpeg calls them; empty: not told
    fps: tuple[float, float] | None = None  # pictures a second of a video, least and greatest
    video_aspect: tuple[float, float] | None = None  # width / height of a video, least and greatest
    max_video_side: int | None = None  # pixels
    alt_limit: int | None = None  # characters of an alternative text
    pulls: tuple[MediaKind, ...] = ()  # what the platform fetches by itself from a public address of ours
    document_mime_types: tuple[str, ...] = ()
    max_document_bytes: int = 0
    max_document_pages: int | None = None
    document_source: str = ""
    comment: Fact | None = None  # characters of a first comment; None: it is counted as a text is
    video_source: str = ""  # where videos have a page of their own
    max_pixels: Mapping[str, int] = field(default_factory=dict)  # width times height, by kind
    gif: Fact | None = None  # bytes of a GIF, where more than of other images
    shapes: Mapping[str, Shape] = field(default_factory=dict)  # by format; one without may have any media that the platform takes

    def source_of(self, kind: MediaKind | None = None) -> str:
        """The page that says what the platform takes of this kind of media."""
        own = {"video": self.video_source, "document": self.document_source}.get(kind or "")
        return own or self.media_source or self.source

    def remaining(self, text: str) -> int:
        """What is left in the platform's own unit; negative when over."""
        return self.limit - self.count(text)

    def overflow_at(self, text: str) -> int | None:
        """The index of the first character that no longer fits, or None when all do."""
        index = self._cut(text) if self.remaining(text) < 0 else len(text)
        if self.byte_limit is not None and utf8_bytes(text) > self.byte_limit:
            index = min(index, UTF8_COUNTER.cut(text, self.byte_limit))
        return index if index < len(text) else None

    def split(self, text: str) -> list[str]:
        """The text as numbered parts of a thread, each within all limits; raises InvalidInput when that cannot be."""
        return split_thread(text, self.count if self.byte_limit is None else self._strictest, self.limit)

    def _strictest(self, text: str) -> int:
        """The length by whichever limit is nearer, in the platform's own unit."""
        return max(self.count(text), -(-utf8_bytes(text) * self.limit // (self.byte_limit or self.limit)))

    def _cut(self, text: str) -> int:
        if isinstance(self.count, Counter):
            return self.count.cut(text, self.limit)
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.count(text[:middle]) <= self.limit else (low, middle - 1)
        return low
