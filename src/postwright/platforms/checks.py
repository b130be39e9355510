"""The checks that all platforms share: text, title, hashtags, mentions and media against their Rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from postwright.kit.text import extract_hashtags, extract_mentions, utf8_bytes
from postwright.platforms.formats import bounds_of, check_format
from postwright.platforms.post import Media, MediaKind, Post
from postwright.platforms.rules import Finding, Rules


def check_common(post: Post, rules: Rules, name: str) -> list[Finding]:
    """What every platform asks of a post; `name` is the platform's, for the messages."""
    return [
        *_check_content(post, rules, name),
        *_check_pieces(post, rules, name),
        *_check_title(post, rules, name),
        *_check_tags(post, rules, name),
        *_check_presence(post, rules, name),
        *_check_media_count(post, rules, name),
        *check_format(post, rules, name),
        *(
            finding
            for at, medium in enumerate(post.media)
            for finding in _check_medium(f"media[{at}]", medium, bounds_of(post, rules, medium), name)
        ),
    ]


def _check_content(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    if not any(piece.strip() for piece in post.pieces()) and not post.media:
        yield Finding("text", "empty", f"There is nothing to post on {name}: write something", source=rules.source)
    if any("\x00" in piece for piece in (*post.pieces(), post.title or "")):
        yield Finding("text", "control_character", "The text holds a NUL character: remove it", source=rules.source)
    for at, part in enumerate(post.parts):
        if not part.strip():
            yield Finding(f"thread[{at}]", "empty", f"Part {at + 1} of the thread is empty: write it or remove it", source=rules.source)


def _check_pieces(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    if len(post.parts) > 1 and not rules.threads:
        yield Finding("thread", "threads", f"{name} has no threads: make it one text", limit=1, actual=len(post.parts), source=rules.source)
    for at, piece in enumerate(post.pieces()):
        field = f"thread[{at}]" if post.parts else "text"
        yield from _check_length(post, field, piece, rules, name)


def _check_length(post: Post, field: str, piece: str, rules: Rules, name: str) -> Iterator[Finding]:
    length = rules.count(piece)
    if length > rules.limit:
        message = f"{name} takes {rules.limit:,} {rules.unit}; this has {length:,}, {length - rules.limit:,} too many"
        yield Finding(field, "length", message, rules.limit, length, rules.source, fix=_length_fix(post, field, rules))
    elif rules.byte_limit is not None and (size := utf8_bytes(piece)) > rules.byte_limit:
        message = f"{name} takes {rules.byte_limit:,} bytes; this has {size:,}"
        yield Finding(field, "bytes", message, rules.byte_limit, size, rules.source, fix=_length_fix(post, field, rules))


def _length_fix(post: Post, field: str, rules: Rules) -> str | None:
    if field == "text" and post.hashtags and rules.count(post.text) <= rules.limit:
        return "trim_hashtags"
    return "split_thread" if rules.threads else None


def _check_title(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    if rules.title_limit is None or post.title is None:
        return
    if (length := len(post.title)) > rules.title_limit:
        message = f"{name} takes a title of {rules.title_limit} characters; this has {length}"
        yield Finding("title", "length", message, rules.title_limit, length, rules.source)


def _check_tags(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    text = "\n".join(post.pieces())
    if rules.max_hashtags is not None and (tags := sum(1 for _ in extract_hashtags(text))) > rules.max_hashtags:
        message = f"{name} takes {rules.max_hashtags} hashtags; there are {tags}"
        yield Finding("hashtags", "max_hashtags", message, rules.max_hashtags, tags, rules.source, fix="trim_hashtags")
    if rules.max_mentions is not None and (mentions := sum(1 for _ in extract_mentions(text))) > rules.max_mentions:
        message = f"{name} takes {rules.max_mentions} mentions; there are {mentions}"
        yield Finding("text", "max_mentions", message, rules.max_mentions, mentions, rules.source)


def _check_presence(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    if rules.needs and not any(medium.kind in rules.accepts for medium in post.media):
        what, fix = ("a video", "add_card_video") if rules.needs == "video" else ("an image", "add_card")
        yield Finding("media", f"needs_{rules.needs}", f"{name} needs {what}", 1, 0, rules.source_of(rules.needs), fix=fix)


def _check_media_count(post: Post, rules: Rules, name: str) -> Iterator[Finding]:
    images, videos, source = len(post.of_kind("image")), len(post.of_kind("video")), rules.source_of()
    if images > rules.max_images and "image" in rules.accepts:
        yield Finding(
            "media", "max_images", f"{name} takes {rules.max_images} images; there are {images}", rules.max_images, images, source
        )
    if videos > 1 and not rules.mixes_media:
        yield Finding("media", "max_videos", f"{name} takes one video; there are {videos}", 1, videos, rules.source_of("video"))
    if images and videos and not rules.mixes_media:
        yield Finding("media", "mixed_media", f"{name} takes images or a video in one post, not both", source=source)
    if rules.mixes_media and len(post.media) > rules.max_media:
        yield Finding(
            "media",
            "max_media",
            f"{name} takes {rules.max_media} media; there are {len(post.media)}",
            rules.max_media,
            len(post.media),
            source,
        )


def _check_medium(field: str, medium: Media, rules: Rules, name: str) -> Iterator[Finding]:
    source = rules.source_of(medium.kind)
    if medium.kind not in rules.accepts:
        yield Finding(field, "media_kind", f"{name} takes no {medium.kind}s", 0, 1, source)
        return
    types, most = {
        "image": (rules.image_mime_types, rules.max_image_bytes),
        "video": (rules.video_mime_types, rules.max_video_bytes),
        "document": (rules.document_mime_types, rules.max_document_bytes),
    }[medium.kind]
    mends = None if medium.kind == "document" else "convert"
    if rules.gif is not None and medium.mime_type == "image/gif":
        most = rules.gif.number
    if medium.mime_type not in types:
        message = f"{name} takes {_list(types)}; this is {medium.mime_type}"
        yield Finding(field, "mime_type", message, source=source, fix=mends)
    if medium.size > most:
        yield Finding(
            field,
            "size",
            f"{name} takes {_A[medium.kind]} of at most {_megabytes(most)}; this has {_megabytes(medium.size)}",
            most,
            medium.size,
            source,
            fix=mends,
        )
    if rules.max_document_pages and medium.pages and medium.pages > rules.max_document_pages:
        message = f"{name} takes documents of {rules.max_document_pages} pages; this has {medium.pages:,}"
        yield Finding(field, "max_pages", message, rules.max_document_pages, medium.pages, source)
    if (pixels := medium.width * medium.height) > rules.max_pixels.get(medium.kind, pixels):
        limit = rules.max_pixels[medium.kind]
        message = f"{name} takes a {medium.kind} of {limit:,} pixels, width times height; this has {pixels:,}"
        yield Finding(field, "pixels", message, limit, pixels, source, fix="convert")
    yield from _check_aspect(field, medium, rules, name, source)
    yield from _check_duration(field, medium, rules, name, source)
    yield from _check_coding(field, medium, rules, name, source)
    yield from _check_alt(field, medium, rules, name, source)


def _check_aspect(field: str, medium: Media, rules: Rules, name: str, source: str) -> Iterator[Finding]:
    bounds = rules.aspect if medium.kind == "image" else rules.video_aspect
    if bounds is None or not medium.height:
        return
    least, most = bounds
    ratio = medium.width / medium.height
    if not least - 0.005 <= ratio <= most + 0.005:
        told = f"{name} takes {medium.kind}s from {least:g} to {most:g} in width to height"
        message = f"{told}; this is {ratio:.2f} ({medium.width} x {medium.height})"
        yield Finding(field, "aspect", message, least if ratio < least else most, round(ratio, 3), source, fix="convert")


def _check_duration(field: str, medium: Media, rules: Rules, name: str, source: str) -> Iterator[Finding]:
    if rules.duration is None or medium.duration is None:
        return
    least, most = rules.duration
    if not least <= medium.duration <= most + 0.1:
        message = f"{name} takes videos of {least:g} to {most:g} seconds; this has {medium.duration:.1f}"
        yield Finding(field, "duration", message, least if medium.duration < least else most, medium.duration, source)


def _check_coding(field: str, medium: Media, rules: Rules, name: str, source: str) -> Iterator[Finding]:
    """How a video is made inside; what was never probed is not judged."""
    if rules.video_codecs and medium.codec and medium.codec not in rules.video_codecs:
        told = " or ".join(_CODECS.get(each, each.upper()) for each in rules.video_codecs)
        message = f"{name} takes videos coded in {told}; this is {_CODECS.get(medium.codec, medium.codec.upper())}"
        yield Finding(field, "codec", message, source=source, fix="convert")
    if rules.fps and medium.fps and not rules.fps[0] - 0.1 <= medium.fps <= rules.fps[1] + 0.1:
        least, most = rules.fps
        message = f"{name} takes {least:g} to {most:g} pictures a second; this video has {medium.fps:g}"
        yield Finding(field, "fps", message, least if medium.fps < least else most, medium.fps, source, fix="convert")
    side = max(medium.width, medium.height)
    if medium.kind == "video" and rules.max_video_side and side > rules.max_video_side:
        message = f"{name} takes videos of {rules.max_video_side:,} pixels on a side; this has {side:,}"
        yield Finding(field, "pixels", message, rules.max_video_side, side, source, fix="convert")


def _check_alt(field: str, medium: Media, rules: Rules, name: str, source: str) -> Iterator[Finding]:
    if rules.alt_limit is not None and len(medium.alt) > rules.alt_limit:
        message = f"{name} takes an alternative text of {rules.alt_limit:,} characters; this has {len(medium.alt):,}"
        yield Finding(f"{field}.alt", "alt_length", message, rules.alt_limit, len(medium.alt), source)


_A: Mapping[MediaKind, str] = {"image": "an image", "video": "a video", "document": "a document"}
_CODECS = {"h264": "H.264", "hevc": "H.265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "mpeg4": "MPEG-4", "prores": "ProRes"}


def _list(types: tuple[str, ...]) -> str:
    return ", ".join(name.split("/")[1].upper() for name in types)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
