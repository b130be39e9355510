"""What X takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from postwright.kit.text import X_COUNTER, extract_urls
from postwright.platforms.bounds import between, either_way, words_of
from postwright.platforms.capabilities import Price
from postwright.platforms.checks import check_common
from postwright.platforms.comments import FIRST_COMMENT
from postwright.platforms.options import text_of
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape
from postwright.platforms.x.options import OPTIONS

_CHECKED = date(2026, 11, 21)
_MEDIA = "https://docs.x.com/x-api/media/quickstart/best-practices"
_TEXT = "https://docs.x.com/fundamentals/counting-characters"

FACTS = {
    "text": Fact(280, _TEXT, _CHECKED),
    "images": Fact(4, _MEDIA, _CHECKED),
    "image_bytes": Fact(5_000_000, _MEDIA, _CHECKED),
    "gif_bytes": Fact(15_000_000, _MEDIA, _CHECKED),
    "video_bytes": Fact(512_000_000, _MEDIA, _CHECKED),
    "video_seconds_least": Fact(0.5, _MEDIA, _CHECKED),
    "video_seconds": Fact(140, _MEDIA, _CHECKED),
    "frames_least": Fact(1, _MEDIA, _CHECKED),  # pictures a second
    "frames": Fact(60, _MEDIA, _CHECKED),
    "video_aspect": Fact(3, _MEDIA, _CHECKED),  # width to height, or height to width
    "video_codecs": Fact("h264", _MEDIA, _CHECKED),
    "alt_text": Fact(1000, "https://docs.x.com/x-api/media/metadata-create", _CHECKED),
    "posts_per_15_minutes": Fact(100, "https://docs.x.com/x-api/fundamentals/rate-limits", _CHECKED),
    "access_token_seconds": Fact(7200, "https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code", _CHECKED),
    "dollars_per_post": Fact(0.015, "https://docs.x.com/x-api/getting-started/pricing", _CHECKED),
    "dollars_per_post_with_link": Fact(0.20, "https://docs.x.com/x-api/getting-started/pricing", _CHECKED),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="weighted characters",
    count=X_COUNTER,
    source=_TEXT,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "thread", "image", "video"),
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    max_image_bytes=FACTS["image_bytes"].number,
    threads=True,
    fold_at=280,
    video_mime_types=("video/mp4", "video/quicktime"),
    max_video_bytes=FACTS["video_bytes"].number,
    duration=between("video_seconds_least", "video_seconds", FACTS),
    media_source=_MEDIA,
    video_codecs=words_of(FACTS["video_codecs"]),
    fps=between("frames_least", "frames", FACTS),
    video_aspect=either_way(FACTS["video_aspect"]),
    gif=FACTS["gif_bytes"],
    shapes={"image": Shape("a picture post", ("image",), _MEDIA), "video": Shape("a video post", ("video",), _MEDIA, most=1)},
    alt_limit=FACTS["alt_text"].number,
)


def check(post: Post) -> list[Finding]:
    """What X would refuse in the post."""
    findings = [
        *check_common(post, RULES, "X"),
        *_check_community(post),
    ]
    gifs = [medium for medium in post.media if medium.mime_type == "image/gif"]
    if gifs and len(post.media) > 1:
        findings.append(Finding("media", "gif_alone", "X takes a GIF only alone", 1, len(post.media), _MEDIA))
    return findings


def _check_community(post: Post) -> Iterator[Finding]:
    community = text_of("community_id", post)
    if community and not community.isdigit():
        yield Finding("options.community_id", "option", "A community is named by its number", source=OPTIONS[-1].source)


def price(post: Post) -> Price:
    """What X bills: each part of a thread is a post, so is a first comment, and one with a link costs more."""
    plain, linked = FACTS["dollars_per_post"], FACTS["dollars_per_post_with_link"]
    dollars = sum((Decimal(str((linked if any(extract_urls(piece)) else plain).value)) for piece in _sent(post)), Decimal(0))
    return Price(dollars, plain.source, plain.checked_on)


def spends(post: Post) -> dict[str, int]:
    """Each part of a thread and a first comment are posts to X's limits, too."""
    more = len(_sent(post)) - 1
    return {"posts_per_15_minutes": more, "posts_per_day_per_app": more} if more else {}


def _sent(post: Post) -> tuple[str, ...]:
    """All that goes out as a post of its own."""
    comment = text_of(FIRST_COMMENT, post)
    return (*post.pieces(), comment) if comment.strip() else post.pieces()
