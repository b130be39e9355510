"""Hashtags out of an idea's own words (yake: Campos et al., Information Sciences 509, 2020)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import regex

from postwright.kit.text import extract_urls, is_valid_hashtag
from postwright.studio.language import stopwords
from postwright.studio.models import Idea
from postwright.studio.reading import Reading

_READ = 12_000  # characters: more change little and cost much
_PARTS = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_CASELESS = regex.compile(r"[\p{Lo}]")  # scripts without capitals: an underscore keeps the words apart
_IDEOGRAPHS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")
_LONGEST = 28
_LONGEST_IDEOGRAPHS = 8
_SUBSTANCE = 6  # letters
_FEW = 3


def find_hashtags(idea: Idea, reading: Reading, most: int = 10) -> tuple[str, ...]:
    """Tags without '#', best first, in CamelCase, so that a screen reader reads words. The author's own tags stand first."""
    named = idea.source.get("tags")
    own = [tag for tag in named if isinstance(tag, str)] if isinstance(named, list | tuple) else []
    tags: dict[str, str] = {}
    for phrase in [*own, *_worth_a_tag(reading)]:
        tag = camel_case(phrase)
        if tag and not _covered(tag.lower(), tags):
            tags[tag.lower()] = tag
    return tuple(tags.values())[:most]


def camel_case(phrase: str) -> str:
    """'content calendar' -> 'ContentCalendar'; empty when it makes no tag that platforms know."""
    words = [word for word in _PARTS.split(phrase) if word]
    cased = len(words) > 1 and not _CASELESS.search(phrase)
    tag = "".join(word[0].upper() + word[1:] for word in words) if cased else "_".join(words)
    longest = _LONGEST_IDEOGRAPHS if _IDEOGRAPHS.search(tag) else _LONGEST
    return tag if 2 <= len(tag) <= longest and is_valid_hashtag(f"#{tag}") else ""


def _worth_a_tag(reading: Reading) -> list[str]:
    """What the idea says more than once, then a few words of substance: better few tags than empty ones."""
    text = _without_links("\n".join([reading.title, *(s.text for s in reading.sentences)])[:_READ])
    found = [phrase for phrase in _keywords(text, reading.language) if phrase.lower() not in _generic_words()]
    said_again = [phrase for phrase in found if text.lower().count(phrase.lower()) > 1]
    of_substance = [
        phrase for phrase in found if phrase not in said_again and len(phrase) >= _SUBSTANCE and not phrase.endswith(("ed", "ly"))
    ]
    return [*said_again, *of_substance[:_FEW]]


def _keywords(text: str, language: str) -> list[str]:
    """yake's keywords, best first."""
    if not any(c.isalpha() for c in text):
        return []
    import yake  # late: it brings networkx, which takes longer to load than all else

    extractor = yake.KeywordExtractor(lan=language, n=2, top=24, stopwords=set(stopwords(language)) or None)
    return [str(phrase) for phrase, _ in extractor.extract_keywords(text)]


@cache
def _generic_words() -> frozenset[str]:
    lines = files(__package__).joinpath("generic_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _without_links(text: str) -> str:
    out, position = [], 0
    for link in extract_urls(text):
        out.append(text[position : link.start])
        position = link.end
    return " ".join([*out, text[position:]])


def _covered(tag: str, tags: dict[str, str]) -> bool:
    """Whether one of the tags says it already: 'calendar' beside 'ContentCalendar'."""
    return any(tag in known or known in tag for known in tags)
