"""What the library takes, whatever a platform takes less of."""

from __future__ import annotations

from typing import ClassVar

from postwright.errors import InvalidInput

LARGEST_IMAGE = 50_000_000  # bytes; no platform takes a larger one
LARGEST_VIDEO = 8_000_000_000  # bytes; twice what TikTok takes
LARGEST_DOCUMENT = 200_000_000  # bytes; twice what LinkedIn takes
LARGEST = LARGEST_VIDEO
LARGEST_AT_ONCE = 512_000_000  # bytes of one request; what is larger is sent in pieces (uploads)
MOST_PIXELS = 60_000_000  # of an image: 180 MB of memory when it is drawn
MOST_SIDE = 16_384  # pixels: the largest side that WebP and most decoders know
MOST_PAGES = 1_000  # of a document; LinkedIn takes 300
MOST_POINTS = 14_400.0  # of a page's side: 200 inches, the largest that PDF readers know (ISO 32000-1, annex C.2)
LONGEST = 12 * 3600.0  # seconds of a video: YouTube's own limit
SHORTEST = 0.1  # seconds: less is a still
QUOTA = 50_000_000_000  # bytes of media of a workspace, unless its settings say otherwise
MOST_UPLOADS = 5  # that a person has open in a workspace
LONGEST_NAME = 200  # characters
LONGEST_ALT = 4_096  # characters: LinkedIn's, the largest


class TooLarge(InvalidInput):
    """There is no room for so many bytes; nothing was kept."""

    status: ClassVar[int] = 413


def megabytes(size: float) -> str:
    """A size as people read it."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"


def most_of(kind: str) -> int:
    """Bytes of one image, video or document."""
    return {"image": LARGEST_IMAGE, "document": LARGEST_DOCUMENT}.get(kind, LARGEST_VIDEO)


def check_size(size: int, kind: str, most: int | None = None) -> None:
    """Raises TooLarge. `kind` is "image", "video", "document", or "file" where that is not known yet."""
    most = min(most or LARGEST, most_of(kind) if kind != "file" else LARGEST)
    if size > most:
        article = "An" if kind == "image" else "A"
        raise TooLarge(f"{article} {kind} has at most {megabytes(most)}; this has {megabytes(size)}.", field="file", rule="size")
