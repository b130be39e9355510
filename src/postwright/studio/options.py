"""What a platform is told besides text and media: which options there are, what is chosen, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from postwright.platforms.base import Finding, Option, Platform, Post

FIRST_COMMENT = "first_comment"  # no platform's option: the engine writes it under the post once that is out
DISCLOSURE = "disclosure"  # what somebody wants told of the post, whatever the platform calls it
WISHES = {"ai": "made with AI", "paid": "paid partnership"}

# Under which of its own names a platform tells it.
TELLS: Mapping[str, frozenset[str]] = {
    "ai": frozenset({"is_aigc", "is_ai_generated", "made_with_ai", "contains_synthetic_media", "containsSyntheticMedia"}),
    "paid": frozenset(
        {"brand_content_toggle", "paid_partnership", "paid_placement", "has_paid_product_placement", "hasPaidProductPlacement"}
    ),
}
_LONGEST_TEXT = 5000  # characters, where the platform names no limit
_MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What an account brings along: what was chosen for it once and for all, and what its platform lets it choose now."""

    profile: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    told_at: datetime | None = None
    asked_at: datetime | None = None
    error: str | None = None

    def choices_of(self, option: Option) -> tuple[tuple[str, str], ...]:
        """The values with their words: the account's own where the platform is asked for them, else everybody's."""
        told = self.choices.get(option.name) if option.asked else None
        if not isinstance(told, list | tuple):
            return option.choices
        words = dict(option.choices)
        return tuple(pair for each in told if (pair := _pair(each, words)) is not None)


NOTHING_KNOWN = Known()


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


@cache
def _first_comment(slug: str, limit: int, source: str) -> Option:
    help = "Written under the post as soon as that is out."
    return Option(FIRST_COMMENT, "First comment", "text", help=help, limit=limit, source=source)


def offered(platform: Platform, format: str | None = None) -> tuple[Option, ...]:
    """The options of the platform for that kind of post (None: for any), the first comment last where there can be one."""
    own = tuple(each for each in platform.options if format is None or not each.formats or format in each.formats)
    if platform.comment is None or any(each.name == FIRST_COMMENT for each in own):
        return own
    return (*own, _first_comment(platform.slug, platform.rules.limit, platform.rules.source))


def count(platform: Platform, option: Option, text: str) -> int:
    """The length of an option's text: a comment counts as the platform's posts do."""
    return platform.rules.count(text) if option.name == FIRST_COMMENT else len(text)


def value_of(option: Option, options: Mapping[str, Any]) -> Any:
    """What is chosen, else the default; None where somebody still has to choose."""
    value = options.get(option.name)
    return option.default if value is None or value == "" else value


def check_options(post: Post, platform: Platform, known: Known = NOTHING_KNOWN) -> list[Finding]:
    """What is wrong with the options of a post, and what of it the platform has no words for."""
    found = [each for option in offered(platform, post.format) if (each := _check_one(option, post, platform, known)) is not None]
    return [*found, *_check_disclosure(post, platform)]


def merged(found: Iterable[Finding], options: Iterable[Finding]) -> list[Finding]:
    """A platform's own findings with those of its options; of two that speak of one option, the stricter."""
    ours = list(options)
    stops = {each.field for each in ours if each.level == "error"}
    theirs = [each for each in found if not (each.level == "warning" and each.field in stops)]
    said = {each.field for each in theirs if each.level == "error"}
    return [*theirs, *(each for each in ours if each.field not in said or each.field == f"options.{DISCLOSURE}")]


def _check_one(option: Option, post: Post, platform: Platform, known: Known) -> Finding | None:
    value, name = value_of(option, post.options), f"options.{option.name}"
    if value is None or value == []:
        if not option.required or known.profile.get(option.name):
            return None
        words = f"{platform.name}: choose “{option.label}”. There is no default."
        return Finding(name, "option_required", words, source=option.source or None)
    check = _CHECKS[option.kind]
    words, limit, actual = check(option, value, platform, known) or ("", None, None)
    if not words:
        return None
    rule = "option_length" if limit is not None else "option_choice" if option.kind == "choice" else "option_kind"
    return Finding(name, rule, f"{platform.name}, “{option.label}”: {words}", limit, actual, option.source or None)


_Said = tuple[str, float | None, float | None] | None


def _choice(option: Option, value: Any, platform: Platform, known: Known) -> _Said:
    choices = known.choices_of(option)
    if not isinstance(value, str) or (choices and value not in dict(choices)):
        told = ", ".join(words for _, words in choices)
        return f"this account may choose {told or 'nothing'}; {str(value)[:60]} is none of it.", None, None
    return None


def _flag(option: Option, value: Any, platform: Platform, known: Known) -> _Said:
    return None if isinstance(value, bool) else ("this is yes or no.", None, None)


def _text(option: Option, value: Any, platform: Platform, known: Known) -> _Said:
    if not isinstance(value, str):
        return "this is a text.", None, None
    limit, length = option.limit or _LONGEST_TEXT, count(platform, option, value)
    return (f"{limit:,} characters fit; this has {length:,}.", limit, length) if length > limit else None


def _list(option: Option, value: Any, platform: Platform, known: Known) -> _Said:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return "this is a list of texts.", None, None
    limit = option.limit or _MOST_ENTRIES
    if len(value) > limit:
        return f"{limit} entries fit; these are {len(value)}.", limit, len(value)
    choices = dict(known.choices_of(option))
    strange = next((each for each in value if choices and each not in choices), None)
    return (f"{strange[:60]} cannot be chosen.", None, None) if strange else None


def _moment(option: Option, value: Any, platform: Platform, known: Known) -> _Said:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    good = at is not None and at.tzinfo is not None
    return None if good else ("this is a moment with its offset, like 2026-12-01T09:00:00Z.", None, None)


_CHECKS = {"choice": _choice, "flag": _flag, "text": _text, "list": _list, "moment": _moment}


def _check_disclosure(post: Post, platform: Platform) -> list[Finding]:
    """A wish that the platform cannot express, or that its own option does not tell yet."""
    return [found for wish in _wishes(post) if (found := _check_wish(wish, post, platform)) is not None]


def _wishes(post: Post) -> list[str]:
    told = post.options.get(DISCLOSURE)
    return [each for each in WISHES if isinstance(told, list | tuple) and each in told]


def _check_wish(wish: str, post: Post, platform: Platform) -> Finding | None:
    ways = [each for each in platform.options if each.name in TELLS[wish]]
    if not ways:
        words = f"{platform.name} has no way to mark a post as “{WISHES[wish]}”: say it in the text."
        return Finding(f"options.{DISCLOSURE}", "disclosure", words, level="warning")
    if any(post.options.get(each.name) for each in ways):
        return None
    words = f"It is to be marked as “{WISHES[wish]}”: switch on “{ways[0].label}”."
    return Finding(f"options.{ways[0].name}", "disclosure_unset", words, source=ways[0].source or None, level="warning")


# What the panel shows.


@dataclass(frozen=True, slots=True)
class Shown:
    """An option with its value, as the form shows it."""

    option: Option
    value: Any
    choices: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    length: int | None  # of a text that has a limit
    by_account: str | None  # the words of what was chosen for the account, which counts while nothing is chosen here

    @property
    def left(self) -> int | None:
        return None if self.length is None or self.option.limit is None else self.option.limit - self.length


@dataclass(frozen=True, slots=True)
class Panel:
    """The options of a variant, and whether its platform told what the account may choose."""

    options: tuple[Shown, ...] = ()
    about: tuple[tuple[str, str], ...] = ()  # what the platform shows of the account: its name there
    asks: bool = False  # some choices are the account's
    told_at: datetime | None = None
    error: str | None = None
    disclosure: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(each for one in self.options for each in one.findings)

    @property
    def chosen(self) -> int:
        """How many are set to something that is no default."""
        return sum(each.value not in (None, "", [], False, each.option.default) for each in self.options)


def panel(post: Post, platform: Platform, known: Known, findings: Iterable[Finding]) -> Panel:
    """What the composer shows of a variant's options."""
    said = list(findings)
    shown = tuple(_shown(each, post, platform, known, said) for each in offered(platform, post.format))
    about = tuple((_words(name), str(value)) for name, value in known.choices.items() if isinstance(value, str) and value)
    asks = platform.choices is not None and any(each.option.asked for each in shown)
    return Panel(shown, about, asks, known.told_at, known.error, tuple(_wishes(post)))


def _shown(option: Option, post: Post, platform: Platform, known: Known, findings: list[Finding]) -> Shown:
    value, choices = value_of(option, post.options), known.choices_of(option)
    mine = tuple(each for each in findings if each.field == f"options.{option.name}")
    length = count(platform, option, value if isinstance(value, str) else "") if option.kind == "text" and option.limit else None
    once = known.profile.get(option.name) if post.options.get(option.name) in (None, "") else None
    by_account = dict(choices).get(str(once), str(once)) if isinstance(once, str) and once else None
    return Shown(option, value, choices, mine, length, by_account)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


# What a form sends.


def read_form(platform: Platform, names: Iterable[str], given: Mapping[str, list[str]]) -> dict[str, Any]:
    """The options that a form showed (`names`), from its fields `option.<name>`; an unticked box and an empty field are choices, too."""
    known = {each.name: each for each in offered(platform)}
    found: dict[str, Any] = {name: _read(known[name], given.get(f"option.{name}", [])) for name in names if name in known}
    if DISCLOSURE in names:
        found[DISCLOSURE] = [each for each in given.get(f"option.{DISCLOSURE}", []) if each in WISHES]
    return found


def _read(option: Option, values: list[str]) -> Any:
    text = values[-1].strip() if values else ""
    match option.kind:
        case "flag":
            return bool(text)
        case "list":
            return [part for value in values for each in value.replace("\r", "").split("\n") if (part := each.strip())]
        case "moment":
            return _utc(text)
        case _:
            return text or None


def _utc(text: str) -> str | None:
    """A moment from a field that shows UTC; what is no moment is kept as it is, for the finding that says so."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text or None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")


def of_accounts(known: Iterable[Known]) -> Known:
    """What holds for a platform's variant that goes to several accounts: what all of them have, and the first one's choices."""
    each = list(known)
    if not each:
        return NOTHING_KNOWN
    first = next((one for one in each if one.told_at is not None), each[0])
    common = {name: value for name, value in each[0].profile.items() if all(one.profile.get(name) for one in each)}
    return replace(first, profile=common)
