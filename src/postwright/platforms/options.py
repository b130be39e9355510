"""Options of a post: what a platform is told besides text and media, checked against the registry's list of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from postwright.platforms.base import Account, Finding, Media, Option, Platform, Post
from postwright.platforms.errors import Rejected

COVER = "cover"  # the id of an image among the post's media that is its video's cover, not a picture of its own
_ON = ("true", "yes", "on", "1")
_SECONDS = re.compile(r"\d{1,5}(\.\d{1,3})?")


def check_options(post: Post, options: Sequence[Option], name: str) -> list[Finding]:
    """What is wrong with the options of a post. One that must be chosen and was not is a warning: the account may have a choice."""
    return [finding for option in options if _applies(option, post) for finding in _check_one(post, option, name)]


def find_unchosen(platform: Platform, post: Post, account: Account) -> list[Finding]:
    """The options that a person must choose, and that neither the post nor the account has: these stop the post."""
    return [replace(_required(option, platform.name), level="error") for option in _unchosen(platform.options, post, account)]


def must_be_chosen(options: Sequence[Option], name: str, post: Post, account: Account) -> None:
    """Raises Rejected that names the first option that somebody must choose and nobody did: there is no default to fall back on."""
    for option in _unchosen(options, post, account):
        raise Rejected(_required(option, name).message, field=f"options.{option.name}", rule="required")


def choice_of(option: str, post: Post, account: Account) -> Any:
    """What was chosen for the post, else for the account; None when nothing was."""
    chosen = post.options.get(option)
    return account.profile.get(option) if chosen in (None, "") else chosen


def is_on(value: Any) -> bool:
    """Whether a flag, or a choice between yes and no, is yes. Forms tell it as text."""
    return value is True or (isinstance(value, str) and value.strip().lower() in _ON)


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
    if value in (None, ""):
        return
    at = milliseconds_of(value)
    longest = max((medium.duration or 0 for medium in post.of_kind("video")), default=0)
    if at is None or (longest and at > longest * 1000):
        yield Finding(f"options.{option}", "option", "Name a moment of the video in seconds, such as 1.5", longest or None, source=source)


def _unchosen(options: Sequence[Option], post: Post, account: Account) -> Iterator[Option]:
    for option in options:
        if option.required and _applies(option, post) and not _is_chosen(option, choice_of(option.name, post, account)):
            yield option


def _applies(option: Option, post: Post) -> bool:
    return not option.formats or post.format in option.formats


def _check_one(post: Post, option: Option, name: str) -> Iterator[Finding]:
    value = post.options.get(option.name)
    if value in (None, "", [], ()):
        if option.required:
            yield _required(option, name)
        return
    wrong = _wrong_kind(option, value)
    if wrong:
        yield Finding(f"options.{option.name}", "option", f"{option.label}: {wrong}", source=option.source or None)
    elif option.limit is not None and (size := len(texts_of(value)) if option.kind == "list" else len(str(value))) > option.limit:
        words = f"{option.label}: {name} takes {option.limit} {'entries' if option.kind == 'list' else 'characters'}; there are {size}"
        yield Finding(f"options.{option.name}", "option_length", words, option.limit, size, option.source or None)
    elif option.required and not _is_chosen(option, value):
        yield _required(option, name)


def _wrong_kind(option: Option, value: Any) -> str | None:
    """Why a value cannot be the option's; None when it can."""
    allowed = {each for each, _ in option.choices}
    match option.kind:
        case "choice":
            return _unknown({_as_choice(value)} - allowed, option) if allowed else None if isinstance(value, str) else "choose one"
        case "flag":
            return None if isinstance(value, bool) or str(value).lower() in (*_ON, "false", "no", "off", "0") else "say yes or no"
        case "list":
            if not isinstance(value, str | list | tuple):
                return "a list is asked for"
            return _unknown(set(texts_of(value)) - allowed, option) if allowed else None
        case "moment":
            return None if _is_moment(value) else "write a date and a time with its offset from UTC"
        case "text":
            return None if isinstance(value, str | int | float) and not isinstance(value, bool) else "write a text"


def _unknown(values: set[str], option: Option) -> str | None:
    if not values:
        return None
    return f"{', '.join(sorted(values))[:80]} is not offered; choose from {', '.join(each for each, _ in option.choices)[:300]}"


def _as_choice(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


def _is_chosen(option: Option, value: Any) -> bool:
    """A flag that is required is an agreement: only yes will do."""
    return is_on(value) if option.kind == "flag" else value not in (None, "", [], ())


def _required(option: Option, name: str) -> Finding:
    words = f"{name} asks: {option.label}. Choose for this post; else the choice made for the account counts"
    return Finding(f"options.{option.name}", "required", words, source=option.source or None, level="warning")


def languages_of(options: Mapping[str, Any]) -> list[str]:
    """The languages of a post, as BCP 47 tags: `langs`, else the one `language`."""
    return texts_of(options.get("langs")) or texts_of(options.get("language"))
