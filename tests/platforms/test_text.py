"""Counting and cutting, beyond the published cases: properties, other platforms' units, and texts meant to hurt."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from postwright.errors import InvalidInput
from postwright.kit import text as t
from postwright.platforms.registry import REGISTRY

COUNTERS = {
    "x": t.X_COUNTER, "mastodon": t.MASTODON_COUNTER, "graphemes": t.GRAPHEME_COUNTER, "utf16": t.UTF16_COUNTER,
    "utf8": t.UTF8_COUNTER, "characters": t.CHARACTER_COUNTER,
}  # fmt: skip
FAMILY = "👨‍👩‍👧‍👦"
PIECES = st.sampled_from(
    [
        "Hello. ", "word ", "漢字", "。", FAMILY, "🇩🇪", "1️⃣", "é", "e\u0301", "https://example.com/a_b?c=d ", "example.com",
        " @a@b.example ", "#tag ", "\n\n", "ü", "©️", "\u200d", "한", "\r\n", "-", ".",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=120).map("".join))


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), (FAMILY, 1), ("e\u0301", 1), ("a\r\nb", 3), ("🇩🇪🇫🇷", 2), ("한국", 2), ("क्षि", 1), ("ab\ncd", 5), ("漢字", 2)],
)
def test_graphemes(text: str, length: int) -> None:
    assert t.graphemes(text) == length


def test_units_of_unicode() -> None:
    assert (t.utf16_units("a🎉é"), t.utf8_bytes("a🎉é")) == (4, 7)
    assert t.utf16_units("\ud800") == 1  # a lone surrogate counts, and breaks nothing


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Look at https://example.com/a/very/long/path?with=a&query=string", 8 + 23),
        ("hello @alice@mastodon.example!", len("hello @alice!")),
        ("example.com is counted as written", len("example.com is counted as written")),
        (f"{FAMILY} hi", 4),
        ("x" * 500, 500),
    ],
)
def test_mastodon_length(text: str, length: int) -> None:
    assert t.mastodon_length(text) == length


def test_x_weighs_composed_text() -> None:
    assert t.weighted_length("e\u0301") == t.weighted_length("é") == 1
    assert t.weighted_length("漢") == 2
    assert t.weighted_length(FAMILY) == 2


@pytest.mark.parametrize("name", COUNTERS)
@given(text=TEXTS, limit=st.integers(0, 300))
@settings(max_examples=150, deadline=None)
def test_what_the_cut_keeps_fits_and_nothing_more_would(name: str, text: str, limit: int) -> None:
    counter = COUNTERS[name]
    index = counter.cut(text, limit)
    assert 0 <= index <= len(text)
    assert (index == len(text)) == (counter(text) <= limit)
    used = sum(weight for _, weight in _until(counter, text, index))
    assert used <= limit


@pytest.mark.parametrize("name", COUNTERS)
@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_the_pieces_add_up_to_the_whole(name: str, text: str) -> None:
    tokens = list(COUNTERS[name].tokens(text))
    assert sum(length for length, _ in tokens) == len(text)
    assert sum(weight for _, weight in tokens) == COUNTERS[name](text)


def _until(counter: t.Counter, text: str, index: int) -> list[tuple[int, int]]:
    at, found = 0, []
    for length, weight in counter.tokens(text):
        if at >= index:
            break
        found.append((length, weight))
        at += length
    return found


@pytest.mark.parametrize("slug", REGISTRY)
@given(text=TEXTS, times=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_overflow_agrees_with_what_remains(slug: str, text: str, times: int) -> None:
    rules, text = REGISTRY[slug].rules, text * times
    overflow = rules.overflow_at(text)
    within_bytes = rules.byte_limit is None or t.utf8_bytes(text) <= rules.byte_limit
    assert (overflow is None) == (rules.remaining(text) >= 0 and within_bytes)
    assert overflow is None or 0 <= overflow < len(text)


# threads

UNITS: dict[str, Callable[[str], int]] = {**COUNTERS, "a plain function": len}


@pytest.mark.parametrize("unit", UNITS)
@given(text=TEXTS, limit=st.integers(40, 320), numbered=st.booleans())
@example(text="a" * 1000, limit=40, numbered=True)
@example(text=f"{FAMILY}" * 200, limit=100, numbered=True)
@example(text="https://example.com/" + "a" * 900 + " and on. " * 60, limit=60, numbered=True)
@example(text="e" + "\u0301\u0327" * 300, limit=50, numbered=False)
@settings(max_examples=120, deadline=None)
def test_a_thread_loses_nothing_and_fits(unit: str, text: str, limit: int, numbered: bool) -> None:
    count = UNITS[unit]
    try:
        parts = t.split_thread(text, count, limit, numbered)
    except InvalidInput:
        # Not even one indivisible piece and its number fit: only a link or an endless grapheme is that large.
        assume(False)
    assert all(count(part) <= limit for part in parts)
    assert all(part.strip() for part in parts)
    bodies = parts
    if numbered and len(parts) > 1:
        bodies = [part.removesuffix(f" {number}/{len(parts)}") for number, part in enumerate(parts, 1)]
        assert all(body != part for body, part in zip(bodies, parts, strict=True))
    assert _solid("".join(bodies)) == _solid(text)


def _solid(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_parts_for_bluesky_fit_its_bytes_too() -> None:
    rules, text = REGISTRY["bluesky"].rules, f"{FAMILY} " * 400
    parts = rules.split(text)
    assert all(rules.overflow_at(part) is None for part in parts)
    assert len(parts) > 3


def test_threads_are_cut_between_sentences() -> None:
    text = "One is here. Two is here too. " * 12
    for part in t.split_thread(text, t.X_COUNTER, 120, numbered=False):
        assert part.endswith(".")


def test_threads_are_cut_between_words_when_a_sentence_is_too_long() -> None:
    text = "word " * 200
    assert all(set(part.split()) == {"word"} for part in t.split_thread(text, t.X_COUNTER, 100, numbered=False))


def test_graphemes_stay_whole() -> None:
    parts = t.split_thread(FAMILY * 30, t.UTF8_COUNTER, 90, numbered=False)
    assert all(part == FAMILY * (len(part) // len(FAMILY)) for part in parts)


def test_a_text_that_fits_is_not_numbered() -> None:
    assert t.split_thread("  All of it.  ", t.X_COUNTER, 280) == ["All of it."]
    assert t.split_thread(" \n ", t.X_COUNTER, 280) == []


def test_a_limit_too_small_for_one_character_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        t.split_thread("漢字漢字", t.X_COUNTER, 3)
    assert refused.value.field == "text"


# texts meant to hurt

HUGE = 2_000_000
MONSTERS: dict[str, Callable[[], str]] = {
    "letters": lambda: "a" * HUGE,
    "dots": lambda: "a." * (HUGE // 2),
    "dashes": lambda: "a-" * (HUGE // 2),
    "links": lambda: "https://example.com/ " * (HUGE // 21),
    "protocols": lambda: "http://" * (HUGE // 7),
    "open parentheses": lambda: "http://a.com/" + "(" * HUGE,
    "nested parentheses": lambda: "http://a.com/" + "(a(b)" * (HUGE // 5),
    "marks": lambda: "#" * (HUGE // 2) + "@" * (HUGE // 2),
    "one tag": lambda: "#" + "a" * HUGE,
    "digits of a tag": lambda: "#" + "1" * HUGE,
    "underscores": lambda: "@" + "_" * HUGE,
    "servers": lambda: "@a@" * (HUGE // 3),
    "combining": lambda: "e" + "\u0327\u0301" * (HUGE // 4),
    "joiners": lambda: "👨\u200d" * (HUGE // 4),
    "spaces": lambda: " " * HUGE,
    "right to left": lambda: "\u202eא" * (HUGE // 2),
}


@pytest.mark.parametrize("name", MONSTERS)
def test_ten_megabytes_cost_linear_time(name: str) -> None:
    """Ten times the text may not take much more than ten times as long (measured against itself, not the clock)."""
    small, large = MONSTERS[name]()[: HUGE // 100], MONSTERS[name]()[: HUGE // 10]
    for work in (t.weighted_length, t.mastodon_length, t.graphemes, _entities):
        short, long = _fastest(work, small), _fastest(work, large)
        assert long < max(short, 0.004) * 40, f"{work.__name__}: {short:.3f} s and {long:.3f} s"


def _entities(text: str) -> int:
    return sum(1 for found in (t.extract_urls(text), t.extract_mentions(text), t.extract_hashtags(text)) for _ in found)


def _fastest(work: Callable[[str], int], text: str) -> float:
    times = []
    for _ in range(2):
        start = time.process_time()
        work(text)
        times.append(time.process_time() - start)
    return min(times)


def test_the_overflow_of_a_huge_text_is_found_at_once() -> None:
    assert t.X_COUNTER.cut("word " * 2_000_000, 280) == 280
    assert t.X_COUNTER.cut("漢" * 5_000_000, 280) == 140
