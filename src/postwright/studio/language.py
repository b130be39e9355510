"""Which language a text is in, well enough to cut it into sentences and to leave out its stopwords.

By script where the script tells, else by the share of stopwords (the lists that yake ships).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import regex

_LOOK_AT = 4000  # characters: more tell nothing new
_SCRIPTS = (
    ("ja", regex.compile(r"[\p{Hiragana}\p{Katakana}]"), 0.05),
    ("zh", regex.compile(r"\p{Han}"), 0.2),
    ("ko", regex.compile(r"\p{Hangul}"), 0.2),
    ("th", regex.compile(r"\p{Thai}"), 0.2),
    ("he", regex.compile(r"\p{Hebrew}"), 0.2),
    ("hi", regex.compile(r"\p{Devanagari}"), 0.2),
    ("el", regex.compile(r"\p{Greek}"), 0.2),
    ("hy", regex.compile(r"\p{Armenian}"), 0.2),
)
_BY_STOPWORDS = {
    "arabic": (regex.compile(r"\p{Arabic}"), ("ar", "fa")),
    "cyrillic": (regex.compile(r"\p{Cyrillic}"), ("ru", "uk", "bg")),
    "latin": (
        regex.compile(r"\p{Latin}"),
        ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "no", "fi", "cz", "sk", "hu", "ro", "tr", "id", "hr",
         "sl", "et", "lv", "lt"),
    ),
}  # fmt: skip
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_ELSEWHERE = {"cz": "cs"}  # yake's name of a language -> its ISO code


def detect_language(text: str) -> str:
    """An ISO 639-1 code; "en" when nothing tells."""
    sample = text[:_LOOK_AT]
    letters = sum(1 for c in sample if c.isalpha()) or 1
    for code, script, share in _SCRIPTS:
        if len(script.findall(sample)) > share * letters:
            return code
    for script, codes in _BY_STOPWORDS.values():
        if len(script.findall(sample)) > 0.5 * letters:
            found = _most_stopwords(sample, codes)
            return _ELSEWHERE.get(found, found)
    return "en"


@cache
def stopwords(language: str) -> frozenset[str]:
    """The stopwords of a language by its ISO code; empty when there is no list of them."""
    name = next((ours for ours, iso in _ELSEWHERE.items() if iso == language), language)
    file = files("yake").joinpath("core", "StopwordsList", f"stopwords_{name}.txt")
    if not file.is_file():
        return frozenset()
    return frozenset(word.strip().lower() for word in file.read_bytes().decode(errors="replace").splitlines() if word.strip())


def _most_stopwords(sample: str, codes: tuple[str, ...]) -> str:
    words = [word.lower() for word in _WORD.findall(sample)]
    # Lists differ in length; short words weigh as much as long ones, the earlier code wins a tie.
    return max(codes, key=lambda code: (sum(word in stopwords(_ELSEWHERE.get(code, code)) for word in words), -codes.index(code)))
