"""The rules for options that hold on every platform; what only one of them asks stands with its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postwright.platforms.base import Option, Platform
from postwright.platforms.comments import FIRST_COMMENT
from postwright.platforms.disclosure import check_disclosure
from postwright.platforms.errors import Rejected
from postwright.platforms.formats import check_words
from postwright.platforms.offers import NOTHING_KNOWN, Known, applies, count, offered, value_of
from postwright.platforms.options import NOTHING, choice_of, is_flag, is_on, texts_of
from postwright.platforms.post import Post
from postwright.platforms.rules import Finding

_LONGEST_TEXT = 5000  # characters, where the platform names no limit
_MOST_ENTRIES = 100


def check_options(post: Post, platform: Platform, known: Known = NOTHING_KNOWN) -> list[Finding]:
    """What is wrong with the options of a post for the account that it goes to, and what of it the platform has no words for."""
    found = (_check_one(option, post, platform, known) for option in offered(platform, post.format))
    rest = (*_check_comment(post, platform), *check_words(post, platform.rules, platform.name), *check_disclosure(post, platform))
    return [*(each for each in found if each is not None), *rest]


def must_be_chosen(options: Sequence[Option], name: str, post: Post, profile: Mapping[str, Any]) -> None:
    """An adapter's last line: raises Rejected for the first option that somebody must choose and nobody did, in the finding's words."""
    for option in options:
        if option.required and applies(option, post.format) and not _is_chosen(option, choice_of(option.name, post, profile)):
            missing = _required(option, name)
            raise Rejected(missing.message, field=missing.field, rule=missing.rule)


@dataclass(frozen=True, slots=True)
class _Wrong:
    rule: str
    words: str
    limit: int | None = None
    actual: int | None = None


def _check_one(option: Option, post: Post, platform: Platform, known: Known) -> Finding | None:
    # Where somebody must choose, the account's choice stands in for a default.
    value = choice_of(option.name, post, known.profile) if option.required else value_of(option, post.options)
    if option.required and not _is_chosen(option, value):
        return _required(option, platform.name)
    wrong = None if value in NOTHING else _CHECKS[option.kind](option, value, platform, known)
    if wrong is None:
        return None
    words = f"{platform.name}, “{option.label}”: {wrong.words}"
    return Finding(f"options.{option.name}", wrong.rule, words, wrong.limit, wrong.actual, option.source or None)


def _is_chosen(option: Option, value: Any) -> bool:
    """A flag that is required is an agreement: only yes will do."""
    return is_on(value) if option.kind == "flag" else value not in NOTHING


def _required(option: Option, name: str) -> Finding:
    if option.kind == "flag":
        words = f"{name} asks: “{option.label}”. Only yes will do."
    else:
        words = f"{name}: choose “{option.label}”. There is no default."
    return Finding(f"options.{option.name}", "option_required", words, source=option.source or None)


def _check_comment(post: Post, platform: Platform) -> Iterator[Finding]:
    if platform.comment is None and post.options.get(FIRST_COMMENT):
        words = f"{platform.name} lets no program comment: the post goes out without its first comment."
        yield Finding(f"options.{FIRST_COMMENT}", "first_comment", words, level="warning")


def _choice(option: Option, value: Any, platform: Platform, known: Known) -> _Wrong | None:
    """A value with one reading only is taken: True where “true” can be chosen, 22 where “22” can."""
    if isinstance(value, str | int):
        return _not_offered([str(value).lower() if isinstance(value, bool) else str(value)], option, known)
    return _Wrong("option_choice", "this is one of the choices.")


def _flag(option: Option, value: Any, platform: Platform, known: Known) -> _Wrong | None:
    return None if is_flag(value) else _Wrong("option_kind", "this is yes or no.")


def _text(option: Option, value: Any, platform: Platform, known: Known) -> _Wrong | None:
    if not isinstance(value, str):
        return _Wrong("option_kind", "this is a text.")
    limit, length = option.limit or _LONGEST_TEXT, count(platform, option, value)
    return _Wrong("option_length", f"{limit:,} characters fit; this has {length:,}.", limit, length) if length > limit else None


def _number(option: Option, value: Any, platform: Platform, known: Known) -> _Wrong | None:
    """Forms tell it as text. Whether it makes sense, the platform's own check says."""
    return None if isinstance(value, str | int | float) and not isinstance(value, bool) else _Wrong("option_kind", "this is a number.")


def _list(option: Option, value: Any, platform: Platform, known: Known) -> _Wrong | None:
    several = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    if not several and not isinstance(value, str):
        return _Wrong("option_kind", "this is a list of texts.")
    limit, entries = option.limit or _MOST_ENTRIES, texts_of(value)
    if len(entries) > limit:
        return _Wrong("option_length", f"{limit} entries fit; these are {len(entries)}.", limit, len(entries))
    return _not_offered(entries, option, known)


def _moment(option: Option, value: Any, platform: Platform, known: Known) -> _Wrong | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    good = at is not None and at.tzinfo is not None
    return None if good else _Wrong("option_kind", "this is a moment with its offset, like 2026-12-01T09:00:00Z.")


def _not_offered(values: Iterable[str], option: Option, known: Known) -> _Wrong | None:
    """The first value that is no choice; where no choices are known, any may be one."""
    choices, told = dict(known.choices_of(option)), known.tells(option)
    strange = next((each for each in values if each not in choices), None)
    if strange is None or not (choices or told):
        return None
    may = f"choose from {', '.join(choices.values())[:300]}" if choices else "there is nothing to choose from"
    return _Wrong("option_choice", f"“{strange[:60]}” is not offered{' to this account' if told else ''}; {may}.")


_CHECKS: Mapping[str, Callable[[Option, Any, Platform, Known], _Wrong | None]] = {
    "choice": _choice, "flag": _flag, "text": _text, "list": _list, "moment": _moment, "number": _number,
    "file": _text,
}  # fmt: skip
