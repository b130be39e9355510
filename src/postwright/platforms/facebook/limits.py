"""What a Facebook Page takes."""

from __future__ import annotations

from datetime import date

from postwright.kit.text import CHARACTER_COUNTER
from postwright.platforms.bounds import between
from postwright.platforms.checks import check_common
from postwright.platforms.meta_version import GRAPH
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

_CHECKED = date(2026, 11, 21)
_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed"
_PHOTOS = "https://developers.facebook.com/docs/graph-api/reference/page/photos"
_REELS = "https://developers.facebook.com/docs/video-api/guides/reels-publishing"
_STORIES = "https://developers.facebook.com/docs/page-stories-api"
_VIDEOS = "https://developers.facebook.com/docs/graph-api/reference/page/videos"

FACTS = {
    "text": Fact(63_206, _FEED, _CHECKED),
    "images": Fact(10, _FEED, _CHECKED),
    "image_bytes": Fact(4_000_000, _PHOTOS, _CHECKED),
    "video_bytes": Fact(1_000_000_000, _VIDEOS, _CHECKED),
    "video_seconds_least": Fact(1, _VIDEOS, _CHECKED),
    "video_seconds": Fact(1200, _VIDEOS, _CHECKED),
    "reel_seconds_least": Fact(3, _REELS, _CHECKED),
    "reel_seconds": Fact(90, _REELS, _CHECKED),
    "reel_frames_least": Fact(24, _REELS, _CHECKED),  # pictures a second
    "reel_frames": Fact(60, _REELS, _CHECKED),
    "reel_width_least": Fact(540, _REELS, _CHECKED),  # pixels, of a story's video too
    "reel_height_least": Fact(960, _REELS, _CHECKED),
    "story_seconds_least": Fact(3, _STORIES, _CHECKED),
    "story_seconds": Fact(60, _STORIES, _CHECKED),
    "reels_per_day": Fact(30, _REELS, _CHECKED),  # "30 API-published posts within a 24-hour moving period"; a budget counts them
    "comment": Fact(8000, "https://developers.facebook.com/docs/graph-api/reference/object/comments", _CHECKED),
    "version": GRAPH,
}

_FRAMES = between("reel_frames_least", "reel_frames", FACTS)
_LEAST = (FACTS["reel_width_least"].number, FACTS["reel_height_least"].number)

RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters",
    count=CHARACTER_COUNTER,
    source=_FEED,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "image", "carousel", "video", "reel", "story"),
    max_images=FACTS["images"].number,
    image_mime_types=("image/jpeg", "image/png", "image/gif"),
    max_image_bytes=FACTS["image_bytes"].number,
    fold_at=477,
    max_video_bytes=FACTS["video_bytes"].number,
    duration=between("video_seconds_least", "video_seconds", FACTS),
    media_source=_PHOTOS,
    video_source=_VIDEOS,
    shapes={
        "image": Shape("a photo post", ("image",), _PHOTOS),
        "carousel": Shape("a carousel", ("image",), _FEED, least=2),
        "video": Shape("a video post", ("video",), _VIDEOS, most=1),
        "reel": Shape(
            "a reel",
            ("video",),
            _REELS,
            most=1,
            duration=between("reel_seconds_least", "reel_seconds", FACTS),
            fps=_FRAMES,
            least_size=_LEAST,
        ),
        "story": Shape(
            "a story",
            ("image", "video"),
            _STORIES,
            most=1,
            duration=between("story_seconds_least", "story_seconds", FACTS),
            words=False,
            least_size=_LEAST,
        ),
    },
    comment=FACTS["comment"],
)


def check(post: Post) -> list[Finding]:
    """What Facebook would refuse in the post."""
    return check_common(post, RULES, "Facebook")
