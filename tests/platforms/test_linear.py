"""Counting takes time by the length of a text, whatever is pasted."""

from __future__ import annotations

import random
import time

import pytest
import regex

from postwright.kit.text import GRAPHEME_COUNTER, MASTODON_COUNTER, UTF16_COUNTER, X_COUNTER, Counter, extract_urls, iterate_graphemes

_FLAG_HALF = "\N{REGIONAL INDICATOR SYMBOL LETTER A}"
_SIGNS = [*"\N{REGIONAL INDICATOR SYMBOL LETTER A}\N{REGIONAL INDICATOR SYMBOL LETTER B}ae\u0301\u200d😀👩\u0600\u0903\r\n가ᄀ"]


@pytest.mark.parametrize("unit", [_FLAG_HALF, f"a{_FLAG_HALF}", f"{_FLAG_HALF}\u0301", "\u0600", "👩\u200d", "क\u094d"])
@pytest.mark.parametrize("counter", [X_COUNTER, MASTODON_COUNTER, GRAPHEME_COUNTER, UTF16_COUNTER])
def test_long_runs_are_counted_and_cut_quickly(counter: Counter, unit: str) -> None:
    """25,000 halves of flags took many seconds while each pair was counted from the run's beginning."""
    text, began = unit * 25_000, time.process_time()
    assert counter(text) > 0
    assert counter.cut(text, 20_000) <= len(text)
    assert time.process_time() - began < 3


def test_flags_are_pairs() -> None:
    assert list(iterate_graphemes(_FLAG_HALF * 5)) == [_FLAG_HALF * 2, _FLAG_HALF * 2, _FLAG_HALF]
    assert list(iterate_graphemes(f"ab{_FLAG_HALF * 3}c", 1, 4)) == ["b", _FLAG_HALF * 2]


def test_graphemes_are_those_of_unicode() -> None:
    chance = random.Random(7)
    for _ in range(5_000):
        text = "".join(chance.choices(_SIGNS, k=chance.randint(1, 12)))
        assert list(iterate_graphemes(text)) == regex.findall(r"\X", text), text.encode("unicode_escape")


@pytest.mark.parametrize("unit", ["http://a.b ", "http://a.com1 ", f"http://a.{'c' * 24}m "])
def test_many_almost_links_are_read_quickly(unit: str) -> None:
    began = time.process_time()
    assert list(extract_urls(unit * 8_000)) == []
    assert time.process_time() - began < 3
