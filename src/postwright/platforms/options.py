"""How the options of a post are read: forms and programs write the same choice in more than one way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from postwright.platforms.post import Media, Post
from postwright.platforms.rules import Finding

NOTHING: tuple[object, ...] = (None, "", [], ())  # what stands where nothing was chosen
COVER = "cover"  # the id of an image among the post's media that is its video's cover, not a picture of its own
_ON = ("true", "yes", "on", "1")
_OFF = ("false", "no", "off", "0")
_SECONDS = re.compile(r"\d{1,5}(\.\d{1,3})?")


def choice_of(option: str, post: Post, profile: Mapping[str, Any]) -> Any:
    """What was chosen for the post, else once for its account (`profile`); None when nothing was."""
    chosen = post.options.get(option)
    return profile.get(option) if chosen in NOTHING else chosen


def is_on(value: Any) -> bool:
    """Whether a flag, or a choice between yes and no, is yes. Forms tell it as text."""
    return value is True or (isinstance(value, str) and value.strip().lower() in _ON)


def is_flag(value: Any) -> bool:
    """Whether a value is yes or no."""
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in (*_ON, *_OFF))


def text_of(option: str, post: Post) -> str:
    """The option's text; empty where it has none, or what is no text: the rules for all platforms speak of that."""
    value = post.options.get(option)
    return value if isinstance(value, str) else ""


def texts_of(value: Any) -> list[str]:
    """The entries of a list option; a text is read as entries with commas or lines between."""
    entries = re.split(r"[,\n]", value) if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    return [entry.strip() for entry in entries if isinstance(entry, str) and entry.strip()]


def milliseconds_of(value: Any) -> int | None:
    """A moment within a video, told in seconds; None for what is none."""
    return round(float(str(value)) * 1000) if _SECONDS.fullmatch(str(value)) else None


def split_cover(post: Post) -> tuple[Post, Media | None]:
    """The post without its cover, and the cover. Only a video has one."""
    if not post.of_kind("video"):
        return post, None
    cover = next((medium for medium in post.of_kind("image") if medium.id == post.options.get(COVER)), None)
    return (post, None) if cover is None else (replace(post, media=tuple(each for each in post.media if each is not cover)), cover)


def check_moment(post: Post, option: str, source: str) -> Iterator[Finding]:
    """Whether an option that names a moment within the video does."""
    value = post.options.get(option)
    told = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else text_of(option, post)
    if not told:
        return
    at = milliseconds_of(told)
    longest = max((medium.duration or 0 for medium in post.of_kind("video")), default=0)
    if at is None or (longest and at > longest * 1000):
        yield Finding(f"options.{option}", "option", "Name a moment of the video in seconds, such as 1.5", longest or None, source=source)


def languages_of(options: Mapping[str, Any]) -> list[str]:
    """The languages of a post, as BCP 47 tags: `langs`, else the one `language`."""
    return texts_of(options.get("langs")) or texts_of(options.get("language"))
