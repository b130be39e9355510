"""The options of a variant as the composer shows them, and as its form sends them back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from postwright.platforms.base import Option, Platform
from postwright.platforms.disclosure import DISCLOSURE, TELLS, WISHES, wishes_of
from postwright.platforms.offers import NOTHING_KNOWN, Known, count, offered, value_of
from postwright.platforms.options import NOTHING
from postwright.platforms.post import Post
from postwright.platforms.rules import Finding

SERVER = "server"  # in an account's profile: what its own server takes
_AVATAR = re.compile(r"/_sandbox/avatars/[\w:%.-]+\.svg")

LANGUAGES = (  # BCP 47 tags that a field offers; any other may be typed
    ("ar", "Arabic"), ("zh-Hans", "Chinese, simplified"), ("zh-Hant", "Chinese, traditional"), ("cs", "Czech"), ("da", "Danish"),
    ("nl", "Dutch"), ("en", "English"), ("en-GB", "English, British"), ("en-US", "English, American"), ("fi", "Finnish"),
    ("fr", "French"), ("de", "German"), ("el", "Greek"), ("he", "Hebrew"), ("hi", "Hindi"), ("id", "Indonesian"), ("it", "Italian"),
    ("ja", "Japanese"), ("ko", "Korean"), ("no", "Norwegian"), ("pl", "Polish"), ("pt", "Portuguese"), ("pt-BR", "Portuguese, Brazilian"),
    ("ru", "Russian"), ("es", "Spanish"), ("sv", "Swedish"), ("tr", "Turkish"), ("uk", "Ukrainian"), ("vi", "Vietnamese"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """An option with its value, as the form shows it."""

    option: Option
    value: Any
    choices: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    length: int | None  # of a text that has a limit
    by_account: str | None  # the words of what was chosen for the account, which counts while nothing is chosen here
    kept_off: bool = False  # by the account's own settings at the platform

    @property
    def suggestions(self) -> tuple[tuple[str, str], ...]:
        """What a field for any text offers to pick from."""
        return LANGUAGES if self.option.name == "language" and self.option.kind == "text" else ()

    @property
    def left(self) -> int | None:
        return None if self.length is None or self.option.limit is None else self.option.limit - self.length


@dataclass(frozen=True, slots=True)
class Panel:
    """The options of a variant, and whether its platform told what the account may choose."""

    options: tuple[Shown, ...] = ()
    about: tuple[tuple[str, str], ...] = ()  # what the platform shows of the account: its name there
    picture: str | None = None  # of the account there, where this server itself can show it
    asks: bool = False  # some choices are the account's
    told_at: datetime | None = None
    error: str | None = None
    disclosure: tuple[str, ...] = ()
    wishes: tuple[tuple[str, str], ...] = ()  # what is to be told and the platform has no option of its own for, with its words

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
    about = tuple((_words(name), value) for name, value in known.shown.items())
    asks = platform.choices is not None and any(each.option.asked for each in shown)
    own = {each.option.name for each in shown}
    wishes = tuple((wish, words[:1].upper() + words[1:]) for wish, words in WISHES.items() if not TELLS[wish] & own)
    return Panel(shown, about, _own_picture(known.picture), asks, known.told_at, known.error, tuple(wishes_of(post)), wishes)


def _shown(option: Option, post: Post, platform: Platform, known: Known, findings: list[Finding]) -> Shown:
    kept_off, choices = known.is_kept_off(option), _images(post) if option.kind == "file" else known.choices_of(option)
    value = False if kept_off else value_of(option, post.options)
    mine = tuple(each for each in findings if each.field == f"options.{option.name}")
    length = count(platform, option, value if isinstance(value, str) else "") if option.kind == "text" and option.limit else None
    once = known.profile.get(option.name) if post.options.get(option.name) in (None, "") else None
    by_account = dict(choices).get(str(once), str(once)) if isinstance(once, str) and once else None
    return Shown(option, value, choices, mine, length, by_account, kept_off)


def _images(post: Post) -> tuple[tuple[str, str], ...]:
    return tuple((each.id, f"Image {n}{': ' + each.alt[:60] if each.alt else ''}") for n, each in enumerate(post.of_kind("image"), 1))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize() if "_" in name or name.islower() else name


def _own_picture(address: str | None) -> str | None:
    """The sandbox's picture by the address under which this server passes it on. Pages load nothing from anywhere else, so that no
    platform learns who looks at what."""
    path = urlsplit(address).path if address else ""
    return path.replace("/_sandbox/", "/sandbox/", 1) if _AVATAR.fullmatch(path) else None


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
            # A box that asks for an agreement and stays empty says nothing: what was agreed for the account counts.
            return bool(text) or (None if option.required else False)
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
    common = {name: value for name, value in each[0].profile.items() if all(one.profile.get(name) not in NOTHING for one in each)}
    if servers := [one.profile[SERVER] for one in each if isinstance(one.profile.get(SERVER), Mapping)]:
        common[SERVER] = _strictest(servers)
    return replace(first, profile=common)


def _strictest(servers: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What every one of these servers takes: the least of each number, the types that all know."""
    names = {
        name: [server[name] for server in servers if name in server] for name in dict.fromkeys(key for each in servers for key in each)
    }
    found: dict[str, Any] = {}
    for name, values in names.items():
        numbers = [value for value in values if isinstance(value, int)]
        lists = [value for value in values if isinstance(value, list)]
        found |= {name: min(numbers)} if numbers else {}
        found |= {name: [each for each in lists[0] if all(each in other for other in lists)]} if lists else {}
    return found
