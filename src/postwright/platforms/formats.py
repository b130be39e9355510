"""Whether a post has the media that its format is made of, and the bounds that a format sets to its videos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from postwright.platforms.post import Media, Post
from postwright.platforms.rules import Finding, Rules, Shape

FIELD = "options.format"
_SLACK = 0.1  # seconds that a container's length may be off
_MANY = {"image": "images", "video": "videos", "document": "PDFs"}


def check_format(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    """What is wrong with the media for this kind of post."""
    shape = rules.shapes.get(post.format)
    if shape is not None:
        yield from _check_kinds(post, shape, rules, name)
        yield from _check_size(post, shape, name)


def check_words(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    """Whether anybody sees the text."""
    shape = rules.shapes.get(post.format)
    if shape is not None and not shape.words and any(piece.strip() for piece in post.pieces()):
        words = f"{name} shows no text with {shape.name}: yours is left out. Put it on the picture, or choose another format."
        yield Finding("text", "no_words", words, source=shape.source, level="warning")


def fits(post: Post, rules: Rules) -> bool:
    """Whether the media are what the format is made of."""
    shape = rules.shapes.get(post.format)
    return shape is None or next(_check_kinds(post, shape, rules, ""), None) is None


def bounds_of(post: Post, rules: Rules, medium: Media) -> Rules:
    """The rules for a medium of this post: where its format has bounds of its own, these instead of the platform's."""
    shape = rules.shapes.get(post.format)
    if shape is None or medium.kind == "document":
        return rules
    aspect = None if shape.any_shape else rules.aspect
    if medium.kind == "image":
        return replace(rules, aspect=aspect)
    return replace(
        rules,
        duration=shape.duration or rules.duration,
        fps=shape.fps or rules.fps,
        video_aspect=shape.aspect or (None if shape.any_shape else rules.video_aspect),
        video_source=shape.source if shape.duration or shape.fps or shape.aspect else rules.video_source,
    )


def within_bounds(medium: Media, shape: Shape) -> bool:
    """Whether a video keeps what the format asks of length and shape; what was never probed is not judged."""
    least, most = shape.duration or (0.0, float("inf"))
    ratio = medium.width / medium.height if medium.width and medium.height else None
    narrow, wide = shape.aspect or (0.0, float("inf"))
    fits_time = medium.duration is None or least <= medium.duration <= most + _SLACK
    return fits_time and (ratio is None or narrow <= ratio <= wide) and not _is_small(medium, shape)


def _check_kinds(post: Post, shape: Shape, rules: Rules, name: str) -> Iterator[Finding]:
    """Wrong media, too few, too many; what the rules for every post say already is not said twice."""
    count = len(post.media)
    fitting = sum(medium.kind in shape.kinds for medium in post.media)
    strange = next((medium for medium in post.media if medium.kind not in shape.kinds and medium.kind in rules.accepts), None)
    if strange is not None and fitting:
        if rules.mixes_media:
            words = f"{_capital(shape.name)} on {name} is made of {_kinds(shape)}; this has {_a(strange.kind)}"
            yield Finding(FIELD, "format", words, source=shape.source, fix="auto_format")
    elif fitting < shape.least:
        if count or not rules.needs:
            words = f"{_capital(shape.name)} on {name} needs {_counted(shape.least, shape)}; there {_there(count, strange)}"
            yield Finding("media", _rule(shape), words, shape.least, fitting, shape.source, fix=_fix(post, shape))
    elif shape.most is not None and fitting > shape.most and not _said(post, rules):
        words = f"{_capital(shape.name)} on {name} has {_counted(shape.most, shape)}; there {_there(count)}"
        yield Finding("media", "max_media", words, shape.most, count, shape.source, fix="auto_format")


def _said(post: Post, rules: Rules) -> bool:
    """Whether the rules for every post speak of too many videos."""
    return len(post.of_kind("video")) > 1 and not rules.mixes_media


def _check_size(post: Post, shape: Shape, name: str) -> Iterator[Finding]:
    for at, medium in enumerate(post.media):
        if shape.least_size is not None and _is_small(medium, shape):
            width, height = shape.least_size
            words = f"{name} takes {shape.name} of at least {width} x {height} pixels; this has {medium.width} x {medium.height}"
            yield Finding(f"media[{at}]", "size", words, width, medium.width, shape.source, fix="auto_format")


def _is_small(medium: Media, shape: Shape) -> bool:
    if medium.kind != "video" or shape.least_size is None or not medium.width:
        return False
    return medium.width < shape.least_size[0] or medium.height < shape.least_size[1]


def _rule(shape: Shape) -> str:
    return f"needs_{shape.kinds[0]}" if shape.least == 1 and len(shape.kinds) == 1 else "format"


def _fix(post: Post, shape: Shape) -> str | None:
    if post.media:
        return "auto_format"
    if shape.kinds == ("video",):
        return "add_card_video"
    return "add_card" if "image" in shape.kinds else None


def _counted(number: int, shape: Shape) -> str:
    if number > 1:
        return f"{number} {_kinds(shape)}"
    return "one " + " or ".join("PDF" if kind == "document" else kind for kind in shape.kinds)


def _kinds(shape: Shape) -> str:
    return " or ".join(_MANY[kind] for kind in shape.kinds)


def _a(kind: str) -> str:
    return {"image": "an image", "document": "a PDF"}.get(kind, f"a {kind}")


def _there(count: int, strange: Media | None = None) -> str:
    if strange is not None:
        return f"is {_a(strange.kind)}" if count == 1 else f"are {count} {_MANY[strange.kind]}"
    return "is none" if count == 0 else "is 1" if count == 1 else f"are {count}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
