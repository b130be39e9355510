"""What Threads takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from postwright.kit.counting import Counter, Token, iterate_graphemes
from postwright.kit.text import utf8_bytes
from postwright.platforms.bounds import between
from postwright.platforms.checks import check_common
from postwright.platforms.options import text_of
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules, Shape

_CHECKED = date(2026, 11, 21)
_POSTS = "https://developers.facebook.com/docs/threads/posts"
_OVERVIEW = "https://developers.facebook.com/docs/threads/overview"
_TOKENS = "https://developers.facebook.com/docs/threads/get-started/long-lived-tokens"

FACTS = {
    "text": Fact(500, _POSTS, _CHECKED),
    "carousel": Fact(20, _POSTS, _CHECKED),
    "image_bytes": Fact(8_000_000, _POSTS, _CHECKED),
    "video_bytes": Fact(1_000_000_000, _POSTS, _CHECKED),
    "video_seconds_least": Fact(0.1, _POSTS, _CHECKED),
    "carousel_least": Fact(2, _POSTS, _CHECKED),
    "video_seconds": Fact(300, _POSTS, _CHECKED),
    "topic_tag": Fact(50, _POSTS, _CHECKED),
    "alt_text": Fact(1000, _POSTS, _CHECKED),
    "container_seconds": Fact(86_400, "https://developers.facebook.com/docs/threads/troubleshooting", _CHECKED),
    "posts_per_day": Fact(250, _OVERVIEW, _CHECKED),
    "replies_per_day": Fact(1000, _OVERVIEW, _CHECKED),
    "deletions_per_day": Fact(100, _OVERVIEW, _CHECKED),
    "version": Fact("v1.0", "https://developers.facebook.com/docs/threads/changelog", _CHECKED),
    "access_token_seconds": Fact(5_184_000, _TOKENS, _CHECKED),
}
TOPIC_TAG = FACTS["topic_tag"]
REPLY_CONTROL = (
    ("everyone", "Everyone"),
    ("accounts_you_follow", "Accounts you follow"),
    ("mentioned_only", "Only who is mentioned"),
)
# "Emojis are counted as the number of UTF-8 bytes": whatever is drawn as a picture, its joiners and variation marks included.
_PICTURE = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]")


def _weight(grapheme: str) -> int:
    return utf8_bytes(grapheme) if _PICTURE.search(grapheme) else len(grapheme)


def _tokens(text: str) -> Iterator[Token]:
    return ((len(grapheme), _weight(grapheme)) for grapheme in iterate_graphemes(text))


def _length(text: str) -> int:
    return sum(weight for _, weight in _tokens(text)) if _PICTURE.search(text) else len(text)


RULES = Rules(
    limit=FACTS["text"].number,
    unit="characters, an emoji by its bytes",
    count=Counter(_length, _tokens),
    source=_POSTS,
    checked_on=_CHECKED,
    default_format="post",
    formats=("post", "thread", "image", "video", "carousel"),
    max_images=FACTS["carousel"].number,
    max_media=FACTS["carousel"].number,
    mixes_media=True,
    max_image_bytes=FACTS["image_bytes"].number,
    threads=True,
    max_video_bytes=FACTS["video_bytes"].number,
    duration=between("video_seconds_least", "video_seconds", FACTS),
    media_source=_POSTS,
    shapes={
        "image": Shape("a picture post", ("image",), _POSTS),
        "video": Shape("a video post", ("video",), _POSTS),
        "carousel": Shape("a carousel", ("image", "video"), _POSTS, least=FACTS["carousel_least"].number),
    },
    pulls=("image", "video"),
)


def check(post: Post) -> list[Finding]:
    """What Threads would refuse in the post."""
    return [*check_common(post, RULES, "Threads"), *_check_topic(post)]


def _check_topic(post: Post) -> Iterator[Finding]:
    tag = text_of("topic_tag", post)
    if "." in tag or "&" in tag:
        yield Finding("options.topic_tag", "characters", "Threads takes no . and no & in a topic", source=TOPIC_TAG.source)
