"""Links, mentions and hashtags in a text, found as X finds them (twitter-text 3).

Every scan runs once over the text from left to right, so its cost is linear, whatever is pasted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import regex  # type: ignore[import-untyped,unused-ignore]


class EntityKind(StrEnum):
    URL = "url"
    MENTION = "mention"
    HASHTAG = "hashtag"


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of a text: `text[start:end]`, in code points. `value` is without '@' or '#'."""

    kind: EntityKind
    value: str
    start: int
    end: int


def extract_urls(text: str, *, without_protocol: bool = True) -> Iterator[Entity]:
    """Links from left to right, lazily; `without_protocol` also takes 'example.com/path'."""
    position = 0
    if "." not in text:
        return
    while found := _CANDIDATE.search(text, position):
        url = _with_protocol(text, found) if found["protocol"] else (_bare(text, found) if without_protocol else None)
        if url:
            yield url
        position = max(url.end if url else 0, found.end())


def extract_mentions(text: str) -> Iterator[Entity]:
    """@name; its list or its server, if any, is not part of the value."""
    for found in _MENTION.finditer(text):
        if not _AFTER_MENTION.match(text, found.end()):
            yield Entity(EntityKind.MENTION, found["name"], found.start("at"), found.end("name"))


def extract_lists(text: str) -> Iterator[Entity]:
    """@name/list; the value is 'name/list'."""
    for found in _MENTION.finditer(text):
        if found["list"]:
            yield Entity(EntityKind.MENTION, found["name"] + found["list"], found.start("at"), found.end("list"))


def extract_hashtags(text: str) -> Iterator[Entity]:
    """#tag with at least one letter, not inside of a link."""
    links = extract_urls(text)
    link = next(links, None)
    for found in _HASHTAG.finditer(text):
        while link and link.end <= found.start():
            link = next(links, None)
        if not (link and link.start < found.end()):
            yield Entity(EntityKind.HASHTAG, found["tag"], found.start(), found.end())


def is_valid_url(text: str, *, require_protocol: bool = True) -> bool:
    """Whether the whole text is one link that X would take as such."""
    found = _WHOLE_URL.fullmatch(text)
    if not found or (require_protocol and not found["scheme"]):
        return False
    return bool(found["ipv6"] or _is_ipv4(found["host"]) or _is_domain(found["host"]))


def is_valid_username(text: str) -> bool:
    """'@name', and nothing else."""
    found = next(extract_mentions(text), None)
    return bool(found and (found.start, found.end) == (0, len(text)))


def is_valid_list(text: str) -> bool:
    """'@name/list', and nothing else."""
    found = next(extract_lists(text), None)
    return bool(found and (found.start, found.end) == (0, len(text)))


def is_valid_hashtag(text: str) -> bool:
    """'#tag', and nothing else."""
    found = next(extract_hashtags(text), None)
    return bool(found and (found.start, found.end) == (0, len(text)))


# What follows are facts about X's own reading of a text: which characters may stand where.
# Source: the conformance data of twitter-text 3 (github.com/twitter/twitter-text), checked 2026-11-21.

_LATIN = (
    r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289\u028B\u02BB"
    r"\u0300-\u036F\u1E00-\u1EFF"
)
_NOT_HOST = r"\s\p{Z}\p{Cc}!-,./:-@\[-`{-~\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF\-"
_LABEL = rf"[^{_NOT_HOST}]"
_BEFORE_URL = regex.compile(r"(?<![A-Za-z0-9@＠$#＃\uFEFF\uFFFE\uFFFF])")
# A run of host characters is a candidate when it holds a dot. It is tried from its beginning only, so a text is read once.
_RUN = rf"(?:[a-z0-9]++|[{_LATIN}\-](?!https?://))"
_CANDIDATE = regex.compile(
    rf"(?i)(?P<protocol>https?://)|"
    rf"(?<![a-z0-9{_LATIN}.\-])(?P<run>{_RUN}{{1,1000}}+\.(?!https?://|[\s.]|$)(?:{_RUN}|\.(?!https?://)){{0,4096}}+)"
)
_HOST = regex.compile(rf"(?:{_LABEL}|[.\-_])++")
_SUBDOMAIN = regex.compile(rf"{_LABEL}(?:[\-_]*+{_LABEL})*+")
_DOMAIN = regex.compile(rf"{_LABEL}(?:-*+{_LABEL})*+")
_PUNYCODE = regex.compile(r"(?i)xn--[-0-9a-z]+")
_PORT = regex.compile(r":[0-9]+")
_PATH_CHAR = rf"a-zA-Z0-9\u0400-\u04FF{_LATIN}!*';:=+,.$/%#\[\]\-\u2013_~@|&"
_PATH = regex.compile(rf"/(?:[{_PATH_CHAR}]|\((?:[{_PATH_CHAR}]++|[{_PATH_CHAR}]*+\([{_PATH_CHAR}]++\)[{_PATH_CHAR}]*+)\))*+")
_QUERY = regex.compile(r"(?i)\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*+")
_NOT_LAST_OF_PATH = "!*';:,.$%[]\u2013~@|&"
_NOT_LAST_OF_QUERY = "!?*'@();:+$%[].,~|"
_SHORTENED = regex.compile(r"(?i)https?://t\.co/(?P<slug>[a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?")
_MENTION = regex.compile(
    r"(?i)(?:(?<![a-z0-9_!#$%&*@＠])|(?<=(?:^|[^a-z0-9_+~.\-])RT:?))"
    r"(?P<at>[@＠])(?P<name>[a-z0-9_]{1,20})(?P<list>/[a-z][a-z0-9_\-]{0,24})?+(?![a-z0-9_]*@)"
)
_AFTER_MENTION = regex.compile(rf"[@＠{_LATIN}]|://")
_TAG_CHAR = r"\p{L}\p{M}\p{Nd}_\u200C\u200D\uA67E\u05BE\u05F3\u05F4\uFF5E\u301C\u309B\u309C\u30A0\u30FB\u3003\u0F0B\u0F0C\u00B7"
_HASHTAG = regex.compile(
    rf"(?:(?<=[\uFE0E\uFE0F])|(?<![&{_TAG_CHAR}]))[#＃](?!\uFE0F|\u20E3)(?P<tag>[{_TAG_CHAR}]*+(?<=[\p{{L}}\p{{M}}][\p{{Nd}}{_TAG_CHAR}]*))(?![#＃]|://)"
)
_WHOLE_URL = regex.compile(
    r"(?i)(?:(?P<scheme>https?)://(?:(?:[a-z0-9\-._~!$&'()*+,;=:]|%[0-9a-f]{2})++@)?)?"
    r"(?:\[(?P<ipv6>[0-9a-f:]++(?:\.[0-9.]+)?)\]|(?P<host>[^\s/?#@:\[\]]++))(?P<port>:[0-9]{1,5})?"
    rf"(?P<path>/(?:[{_PATH_CHAR}()]|%[0-9a-f]{{2}})*+)?(?P<query>\?[^\s\"<>\\^`{{}}#]*+)?(?P<fragment>#[^\s\"<>\\^`{{}}]*+)?"
)
_MAX_URL = 4096


def _load_tlds() -> list[str]:
    lines = files(__package__).joinpath("tlds.txt").read_text("utf-8").splitlines()
    return [tld for line in lines if not line.startswith("#") for tld in line.split()]


_TLDS = frozenset(tld.lower() for tld in _load_tlds())
_TLD_RUN = regex.compile(rf"{_LABEL}{{1,{max(map(len, _TLDS))}}}+")
_NOT_AFTER_TLD = regex.compile(r"[A-Za-z0-9@+\-]")


def _with_protocol(text: str, found: regex.Match[str]) -> Entity | None:
    """The link that begins with http:// at `found`, or None when it is not one."""
    start, at = found.span()
    if not _BEFORE_URL.match(text, start):
        return None
    host = _HOST.match(text, at, min(len(text), at + _MAX_URL))
    end = _domain_end(text, at, host.end(), unicode=True) if host else None
    if end is None or not _is_resolvable(text[at:end]):
        return None
    return _finish(text, start, _tail_end(text, end))


def _bare(text: str, found: regex.Match[str]) -> Entity | None:
    """The link without a protocol in the run of plain letters at `found`, or None."""
    start, stop = found.span()
    if start and (text[start - 1] in "@＠$#＃/_\ufeff\ufffe\uffff"):
        return None
    end = _domain_end(text, start, min(stop, start + _MAX_URL), unicode=False)
    if end is None or not _is_resolvable(text[start:end]):
        return None
    port = _PORT.match(text, end)
    after_port = port.end() if port else end
    tail = _tail_end(text, end)
    end = tail if tail > after_port else end  # a port alone is not part of a link without a protocol
    return Entity(EntityKind.URL, text[start:end], start, end)


def _finish(text: str, start: int, end: int) -> Entity | None:
    """X cuts its own short links after the slug, and knows none with more than 40 characters."""
    short = _SHORTENED.match(text, start, end)
    if short:
        if len(short["slug"]) > 40:
            return None
        end = short.end()
    return Entity(EntityKind.URL, text[start:end], start, end) if end - start <= _MAX_URL else None


def _domain_end(text: str, start: int, stop: int, *, unicode: bool) -> int | None:
    """Where the longest domain name that begins at `start` ends: labels, and a known top-level domain.

    `stop` is the end of the host's characters; a top-level domain in another script may follow it.
    """
    best, at, labels = None, start, 0
    plain = True  # no underscore so far in the label that would be the domain's name
    while at <= stop:
        if at - start > _MAX_URL:
            return None
        if labels and plain and (top := _top_level_end(text, at)):
            best = top
        label = (_SUBDOMAIN if unicode else _DOMAIN).match(text, at, stop)
        if not label or label.end() >= stop or text[label.end()] != ".":
            break
        plain = "_" not in label[0]
        at, labels = label.end() + 1, labels + 1
    return best


def _top_level_end(text: str, start: int) -> int | None:
    """Where the longest top-level domain that begins at `start` ends. Looked up in a set: a pattern of all of them tries each."""
    if puny := _PUNYCODE.match(text, start):
        return None if _NOT_AFTER_TLD.match(text, puny.end()) else puny.end()
    run = _TLD_RUN.match(text, start)
    for end in range(run.end() if run else start, start, -1):
        if text[start:end].lower() in _TLDS and not _NOT_AFTER_TLD.match(text, end):
            return end
    return None


def _is_resolvable(host: str) -> bool:
    """Each label fits into 63 bytes of punycode; 'xn--' stands only before plain letters."""
    for label in host.split("."):
        if label[:4].lower() == "xn--" and not label.isascii():
            return False
        if len(label) > 63 or (not label.isascii() and len(label.lower().encode("punycode")) + 4 > 63):
            return False
    return True


def _tail_end(text: str, end: int) -> int:
    """Where port, path and query after the host end; closing punctuation belongs to the sentence."""
    if port := _PORT.match(text, end):
        end = port.end()
    if path := _PATH.match(text, end, min(len(text), end + _MAX_URL)):
        end += max(1, len(path[0].rstrip(_NOT_LAST_OF_PATH)))
    if query := _QUERY.match(text, end, min(len(text), end + _MAX_URL)):
        kept = query[0].rstrip(_NOT_LAST_OF_QUERY)
        end += len(kept)
    return end


def _is_ipv4(host: str) -> bool:
    numbers = host.split(".")
    return len(numbers) == 4 and all(n.isascii() and n.isdigit() and len(n) <= 3 and int(n) <= 255 for n in numbers)


def _is_domain(host: str) -> bool:
    *subdomains, name, top = host.split(".") if host.count(".") else ["", "", ""]
    return bool(
        _DOMAIN.fullmatch(name)
        and all(_SUBDOMAIN.fullmatch(label) for label in subdomains)
        and (regex.fullmatch(r"\p{L}{2,}", top) or _PUNYCODE.fullmatch(top))
    )
