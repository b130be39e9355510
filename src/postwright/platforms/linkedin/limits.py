"""What LinkedIn takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.bounds import between, either_way, words_of
from postwright.platforms.checks import check_common
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

_CHECKED = date(2026, 11, 21)
_POSTS = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api"
_IMAGES = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api"
_SEVERAL = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/multiimage-post-api"
_DOCUMENTS = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api"
_VIDEOS = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api"

FACTS = {
    "text": Fact(3000, _POSTS, _CHECKED),
    "images_least": Fact(2, _SEVERAL, _CHECKED),  # of a post of several images
    "images": Fact(20, _SEVERAL, _CHECKED),
    "image_bytes": Fact(8_000_000, _IMAGES, _CHECKED),
    "video_bytes": Fact(500_000_000, _VIDEOS, _CHECKED),
    "video_seconds_least": Fact(3, _VIDEOS, _CHECKED),
    "video_seconds": Fact(1800, _VIDEOS, _CHECKED),
    "frames_least": Fact(10, _VIDEOS, _CHECKED),  # pictures a second
    "frames": Fact(60, _VIDEOS, _CHECKED),
    "video_aspect": Fact(2.4, _VIDEOS, _CHECKED),  # width to height, or height to width
    "video_codecs": Fact("h264", _VIDEOS, _CHECKED),
    "document_bytes": Fact(100_000_000, _DOCUMENTS, _CHECKED),
    "document_pages": Fact(300, _DOCUMENTS, _CHECKED),
    "comment": Fact(1250, "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api", _CHECKED),
    "alt_text": Fact(4086, _POSTS, _CHECKED),
    "posts_per_day": Fact(150, "https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin", _CHECKED),
    # A version lives about a year; a dead one answers 426 and names itself.
    "version": Fact("202610", "https://learn.microsoft.com/en-us/linkedin/marketing/versioning", _CHECKED, sunset=date(2027, 10, 15)),
    "access_token_seconds": Fact(
        5_184_000, "https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow", _CHECKED
    ),
}

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=_POSTS,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "image", "carousel", "video", "document"),
    accepts=("image", "video", "document"),
    document_mime_types=("application/pdf",),
    max_document_bytes=FACTS["document_bytes"].number,
    max_document_pages=FACTS["document_pages"].number,
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/gif"),
    max_image_bytes=FACTS["image_bytes"].number,
    fold_at=210,
    video_mime_types=("video/mp4",),
    max_video_bytes=FACTS["video_bytes"].number,
    duration=between("video_seconds_least", "video_seconds", FACTS),
    media_source=_IMAGES,
    video_source=_VIDEOS,
    document_source=_DOCUMENTS,
    video_codecs=words_of(FACTS["video_codecs"]),
    fps=between("frames_least", "frames", FACTS),
    video_aspect=either_way(FACTS["video_aspect"]),
    shapes={
        "image": Shape("an image post", ("image",), _IMAGES),
        "carousel": Shape("a post of several images", ("image",), _SEVERAL, least=FACTS["images_least"].number),
        "video": Shape("a video post", ("video",), _VIDEOS, most=1),
        "document": Shape("a document", ("document",), _DOCUMENTS, most=1),
    },
    alt_limit=FACTS["alt_text"].number,
    comment=FACTS["comment"],
)


def check(post: Post) -> list[Finding]:
    """What LinkedIn would refuse in the post."""
    return [
        *check_common(post, RULES, "LinkedIn"),
        *_check_document(post),
    ]


def _check_document(post: Post) -> Iterator[Finding]:
    if post.of_kind("document") and len(post.media) > 1:
        yield Finding("media", "document_alone", "LinkedIn takes one PDF, and nothing beside it", 1, len(post.media), _DOCUMENTS)
