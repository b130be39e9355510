"""What YouTube takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import UTF8_COUNTER
from postwright.platforms.bounds import between
from postwright.platforms.checks import check_common
from postwright.platforms.comments import FIRST_COMMENT
from postwright.platforms.options import split_cover, text_of, texts_of
from postwright.platforms.post import Media, Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

_CHECKED = date(2026, 11, 21)
_VIDEO = "https://developers.google.com/youtube/v3/docs/videos"
_QUOTA = "https://developers.google.com/youtube/v3/determine_quota_cost"
_SHORTS = "https://support.google.com/youtube/answer/15424877"
_INSERT = "https://developers.google.com/youtube/v3/docs/videos/insert"

FACTS = {
    "title": Fact(100, _VIDEO, _CHECKED),
    "description_bytes": Fact(5000, _VIDEO, _CHECKED),
    "tags": Fact(500, _VIDEO, _CHECKED),  # characters of all tags, commas and quotes included
    "video_bytes": Fact(256_000_000_000, _INSERT, _CHECKED),
    "video_seconds_least": Fact(1, "https://support.google.com/youtube/answer/71673", _CHECKED),
    "short_seconds": Fact(180, _SHORTS, _CHECKED),
    "short_aspect": Fact(1, _SHORTS, _CHECKED),  # width to height: square, or taller
    "video_seconds": Fact(43_200, "https://support.google.com/youtube/answer/71673", _CHECKED),
    "comment": Fact(10_000, "https://developers.google.com/youtube/v3/docs/comments", _CHECKED),
    "thumbnail_bytes": Fact(2_000_000, "https://developers.google.com/youtube/v3/docs/thumbnails/set", _CHECKED),
    "uploads_per_day": Fact(100, _QUOTA, _CHECKED),
    # Uploads have a limit of their own; everything else draws on units.
    "units_per_day": Fact(10_000, _QUOTA, _CHECKED),
    "thumbnail_units": Fact(50, _QUOTA, _CHECKED),
    "captions_units": Fact(400, _QUOTA, _CHECKED),
    "playlist_units": Fact(50, _QUOTA, _CHECKED),
    "comment_units": Fact(50, _QUOTA, _CHECKED),
    "chunk_multiple": Fact(262_144, "https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol", _CHECKED),
}

RULES = Rules(
    limit=FACTS["description_bytes"].number,
    unit="bytes",
    count=UTF8_COUNTER,
    source=_VIDEO,
    checked_on=_CHECKED,
    default_format="video",
    formats=("video", "short"),
    needs="video",
    accepts=("video",),
    max_images=0,
    image_mime_types=(),
    title_limit=FACTS["title"].number,
    fold_at=125,
    video_mime_types=("video/mp4", "video/quicktime", "video/webm"),
    max_video_bytes=FACTS["video_bytes"].number,
    duration=between("video_seconds_least", "video_seconds", FACTS),
    media_source=_INSERT,
    shapes={
        "short": Shape(
            "a Short",
            ("video",),
            _SHORTS,
            most=1,
            duration=between("video_seconds_least", "short_seconds", FACTS),
            aspect=(0.0, float(FACTS["short_aspect"].value)),
        ),
    },
    comment=FACTS["comment"],
)


def check(post: Post) -> list[Finding]:
    """What YouTube would refuse in the post. Its text is the description."""
    content, cover = split_cover(post)
    words = [*check_common(content, RULES, "YouTube"), *_check_title(post), *_check_description(post), *_check_tags(post)]
    return [*words, *_check_cover(post, cover)]


def spends(post: Post) -> dict[str, int]:
    """The units of what follows an upload: thumbnail, captions, playlist, first comment."""
    options = {"cover": "thumbnail", "captions": "captions", "playlist_id": "playlist", FIRST_COMMENT: "comment"}
    units = sum(FACTS[f"{fact}_units"].number for name, fact in options.items() if text_of(name, post).strip())
    return {"units_per_day": units} if units else {}


def tags_of(post: Post) -> tuple[str, ...]:
    """What YouTube is told as tags: the hashtags and the tags of the options, each once."""
    return tuple(dict.fromkeys((*post.hashtags, *texts_of(post.options.get("tags")))))


def tags_length(tags: tuple[str, ...]) -> int:
    """As YouTube counts: a tag with a space is quoted, commas stand between tags."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)


def _check_title(post: Post) -> Iterator[Finding]:
    title = post.title or ""
    if not title.strip():
        yield Finding("title", "required", "YouTube needs a title", FACTS["title"].number, 0, _VIDEO)
    if "<" in title or ">" in title:
        yield Finding("title", "angle_brackets", "YouTube takes no < or > in a title", source=_VIDEO)


def _check_description(post: Post) -> Iterator[Finding]:
    if "<" in post.full_text() or ">" in post.full_text():
        yield Finding("text", "angle_brackets", "YouTube takes no < or > in a description", source=_VIDEO)


def _check_tags(post: Post) -> Iterator[Finding]:
    if (length := tags_length(tags_of(post))) > FACTS["tags"].number:
        most = FACTS["tags"].number
        yield Finding(
            "hashtags",
            "tags_length",
            f"YouTube takes {most} characters of tags; these have {length}",
            most,
            length,
            _VIDEO,
            fix="trim_hashtags",
        )


def _check_cover(post: Post, cover: Media | None) -> Iterator[Finding]:
    fact = FACTS["thumbnail_bytes"]
    if text_of("cover", post) and cover is None:
        yield Finding("options.cover", "option", "The thumbnail is none of the post's images", source=fact.source)
    if cover is not None and cover.mime_type not in ("image/jpeg", "image/png"):
        yield Finding(
            "options.cover", "mime_type", f"YouTube takes JPEG and PNG as thumbnail; this is {cover.mime_type}", source=fact.source
        )
    if cover is not None and cover.size > fact.number:
        words = f"YouTube takes a thumbnail of 2 MB; this has {cover.size / 1_000_000:.1f} MB"
        yield Finding("options.cover", "size", words, fact.number, cover.size, fact.source)
