"""What a platform takes, in words: said before somebody uploads, not after."""

from __future__ import annotations

from postwright.platforms.post import MediaKind
from postwright.platforms.rules import Rules

_NAMES = {
    "image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WebP", "video/mp4": "MP4", "video/quicktime": "MOV",
    "video/webm": "WebM", "application/pdf": "PDF",
}  # fmt: skip


def takes(rules: Rules, name: str) -> str:
    """ "Instagram takes up to 10 images (JPEG, 8 MB, 4:5 to 1.91:1) or videos (MP4, MOV, 300 MB, 3 s to 15 min)." """
    parts = [_images(rules)] if "image" in rules.accepts and rules.max_images else []
    parts += [_video(rules)] if "video" in rules.accepts else []
    parts += [_document(rules)] if "document" in rules.accepts else []
    if not parts:
        return f"{name} takes no media."
    return f"{name} takes {_or(parts, 'and' if rules.mixes_media else 'or')}."


def accepted(rules: Rules) -> str:
    """For a file field: what the dialog offers. Everything that can be converted is offered, too."""
    kinds = [f"{kind}/*" for kind in ("image", "video") if kind in rules.accepts]
    kinds += rules.document_mime_types if "document" in rules.accepts else ()
    return ",".join(kinds) or "image/*,video/*"


def asks(rules: Rules) -> str:
    """What a person may add, for the field's own words: "images, a video or a PDF"."""
    words: dict[MediaKind, str] = {"image": "images", "video": "a video", "document": "a PDF"}
    return _or([word for kind, word in words.items() if kind in rules.accepts] or ["media"], "or")


def _or(parts: list[str], word: str) -> str:
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _images(rules: Rules) -> str:
    facts = [_list(rules.image_mime_types), _size(rules.max_image_bytes)]
    facts += [f"{_ratio(rules.aspect[0])} to {_ratio(rules.aspect[1])}"] if rules.aspect else []
    count = f"up to {rules.max_images} images" if rules.max_images > 1 else "an image"
    return f"{count} ({', '.join(facts)})"


def _video(rules: Rules) -> str:
    facts = [_list(rules.video_mime_types), _size(rules.max_video_bytes)]
    facts += [f"{_time(rules.duration[0])} to {_time(rules.duration[1])}"] if rules.duration else []
    facts += [f"{rules.fps[0]:g} to {rules.fps[1]:g} pictures a second"] if rules.fps and rules.fps[0] > 1 else []
    return f"a video ({', '.join(facts)})"


def _document(rules: Rules) -> str:
    facts = [_list(rules.document_mime_types), _size(rules.max_document_bytes)]
    facts += [f"{rules.max_document_pages} pages"] if rules.max_document_pages else []
    return f"a document ({', '.join(facts)})"


def _list(types: tuple[str, ...]) -> str:
    return " ".join(_NAMES.get(each, each) for each in types)


def _size(size: int) -> str:
    return f"{size / 1e9:g} GB" if size >= 1e9 else f"{size / 1e6:g} MB"


def _time(seconds: float) -> str:
    if seconds >= 3600:
        return f"{seconds / 3600:g} h"
    minutes, rest = divmod(round(seconds, 1), 60)
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{minutes:g} min {rest:g} s" if rest else f"{minutes:g} min"


def _ratio(value: float) -> str:
    known = {0.8: "4:5", 1.0: "1:1", 0.5625: "9:16", 1.91: "1.91:1"}
    return known.get(value, f"{value:.2f}:1")
