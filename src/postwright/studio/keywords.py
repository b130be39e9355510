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
_JAPANESE_NOUN = regex.compile(r"[\p{Katakana}ー]{3,8}|\p{Han}{2,6}")
_VERBAL = regex.compile(r"(?:\p{L}{2}ed|ly|n't|’t)(?:\s|$)", regex.IGNORECASE)
_BEFORE_NOUNS = {
    "en": r"an?|the|our|your|their|my|his|her|its|of|every|each|this|these|those|no|some|any|many|more|most|few|with|about",
    "fr": r"une?|les?|la|des|du|de|notre|nos|votre|vos|leurs?|mon|ma|mes|son|sa|ses|cette|ces?|chaque",
    "es": r"un|una|el|la|los|las|del?|nuestr[oa]s?|su|sus|mi|mis|este|esta|estos|estas|cada",
    "it": r"un|una|il|lo|la|i|gli|le|del|della|dei|delle|nostr[oaie]|ogni|questo|questa",
    "pt": r"um|uma|o|a|os|as|do|da|dos|das|nosso|nossa|seu|sua|cada|este|esta",
    "nl": r"een|de|het|ons|onze|mijn|jouw|hun|elke|deze|dit",
}


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
    """Nouns that more than one sentence speaks of, and proper names. Often there are none: better no tag than an empty one."""
    told = [_without_links(text) for text in [reading.title, *(s.text for s in reading.sentences)]]
    text = "\n".join(told)[:_READ]
    if reading.language == "ja":
        return [word for word in dict.fromkeys(_JAPANESE_NOUN.findall(text)) if _spread(word, told) > 1]
    short = [phrase for phrase in _keywords(text, reading.language) if len(phrase) <= _LONGEST + 1]
    found = [phrase for phrase in short if not _is_generic(phrase) and not _VERBAL.search(phrase)]
    names = [] if reading.language == "de" else [phrase for phrase in found if _is_name(phrase, text)]
    return [phrase for phrase in found if phrase in names or (_spread(phrase, told) > 1 and _is_noun(phrase, text, reading.language))]


def _spread(phrase: str, told: list[str]) -> int:
    """In how many sentences it stands, as whole words where a script has them."""
    if _IDEOGRAPHS.search(phrase):
        return sum(phrase in text for text in told)
    whole = regex.compile(_whole(phrase), regex.IGNORECASE)
    return sum(bool(whole.search(text)) for text in told)


def _is_generic(phrase: str) -> bool:
    """A phrase with a word that tags nothing tags little itself: 'Friday afternoon'."""
    return any(word in _generic_words() for word in phrase.lower().split())


def _is_name(phrase: str, text: str) -> bool:
    """Written large within sentences, never small; not in a language that writes all nouns so (`_is_noun` knows those)."""
    if not all(word[:1].isupper() for word in phrase.split()):
        return False
    inside = regex.findall(rf"(?<=[\p{{Ll}},;] ){_whole(phrase)}", text)
    small = regex.search(_whole(phrase.lower()), text)
    return len(inside) > 0 and not small and len(phrase) > 2


def _is_noun(phrase: str, text: str, language: str) -> bool:
    """Whether the text itself uses it as a noun: after an article or the like; in German, written large within a sentence."""
    if language == "de":
        return all(regex.search(rf"(?<=[\p{{Ll}},;] ){_whole(word)}", text) for word in phrase.split() if word[:1].isupper()) and (
            phrase.split()[-1][:1].isupper()
        )
    before = _BEFORE_NOUNS.get(language)
    if before is None:
        return False
    # The last word by itself too: "the café opens" has an article and yet ends in a verb.
    return all(regex.search(rf"(?:^|[\s(])(?:{before})\s+{_whole(each)}", text, regex.IGNORECASE) for each in {phrase, phrase.split()[-1]})


def _whole(phrase: str) -> str:
    return rf"(?<![\p{{L}}\p{{N}}]){regex.escape(phrase)}(?![\p{{L}}\p{{N}}])"


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
