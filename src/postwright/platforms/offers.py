"""What there is to choose for a post on a platform, by the platform's own list and by what the account may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from postwright.platforms.base import Option, Platform
from postwright.platforms.comments import FIRST_COMMENT
from postwright.platforms.options import NOTHING
from postwright.platforms.rules import Rules


@dataclass(frozen=True, slots=True)
class Known:
    """What an account brings along: what was chosen for it once and for all, and what its platform lets it choose now."""

    profile: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    told_at: datetime | None = None
    error: str | None = None

    def choices_of(self, option: Option) -> tuple[tuple[str, str], ...]:
        """The values with their words: the account's own where the platform told them, else everybody's."""
        if not self.tells(option):
            return option.choices
        words = dict(option.choices)
        return tuple(pair for each in self.choices[option.name] if (pair := _pair(each, words)) is not None)

    @property
    def shown(self) -> Mapping[str, str]:
        """What the platform wants to be shown beside the options: whose post it will be, first."""
        told = self.choices.get("shown")
        plain = {name: value for name, value in self.choices.items() if isinstance(value, str) and name != "picture"}
        mine = told if isinstance(told, Mapping) else {}
        return {str(name): str(value) for name, value in ({**mine, **plain}).items() if isinstance(value, str | int) and value != ""}

    @property
    def picture(self) -> str | None:
        """The address of the account's picture there."""
        told = self.choices.get("picture")
        return told if isinstance(told, str) and told else None

    def is_kept_off(self, option: Option) -> bool:
        """Whether the account's own settings at the platform keep a flag off."""
        forced = self.choices.get("forced")
        return option.kind == "flag" and isinstance(forced, list | tuple) and option.name in forced

    def told(self) -> Mapping[str, Any]:
        """All of it; what the platform says now stands before what was kept when the account was connected."""
        return {**self.profile, **self.choices}

    def tells(self, option: Option) -> bool:
        """Whether the platform told what this account may choose of it; that may be nothing."""
        return option.asked and isinstance(self.choices.get(option.name), list | tuple)


NOTHING_KNOWN = Known()


def offered(platform: Platform, format: str | None = None) -> tuple[Option, ...]:
    """The options of the platform for that kind of post (None: for any), the first comment last where there can be one."""
    own = tuple(each for each in platform.options if format is None or applies(each, format))
    return own if platform.comment is None else (*own, _first_comment(platform.rules))


def applies(option: Option, format: str) -> bool:
    """Whether that kind of post has the option."""
    return not option.formats or format in option.formats


def count(platform: Platform, option: Option, text: str) -> int:
    """The length of an option's text: a comment counts as the platform's posts do, where it has no limit of its own."""
    return platform.rules.count(text) if option.name == FIRST_COMMENT and platform.rules.comment is None else len(text)


def value_of(option: Option, options: Mapping[str, Any]) -> Any:
    """What is chosen, else the default; None where somebody still has to choose."""
    value = options.get(option.name)
    return option.default if value in NOTHING else value


@cache
def _option_of_comment(limit: int, source: str) -> Option:
    help = "Written under the post as soon as that is out."
    return Option(FIRST_COMMENT, "First comment", "text", help=help, limit=limit, source=source)


def _first_comment(rules: Rules) -> Option:
    own = rules.comment
    return _option_of_comment(rules.limit, rules.source) if own is None else _option_of_comment(own.number, own.source)


def _pair(told: Any, words: Mapping[str, str]) -> tuple[str, str] | None:
    """A choice as platforms tell it: a value, a value with its words, or an object of both."""
    if isinstance(told, Mapping):
        value = told.get("value", told.get("id"))
        said = told.get("words") or told.get("label") or told.get("title") or told.get("name")
    elif isinstance(told, list | tuple) and len(told) == 2:
        value, said = told
    else:
        value, said = told, None
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    return str(value), words.get(str(value)) or (str(said) if said else str(value).replace("_", " ").capitalize())
