"""Conformance with twitter-text: its own published cases, every section that Postwright uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from postwright.kit import text as t
from postwright.kit.counting import Weights
from tests.conftest import HOW_TO_GET_IT, conformance

FOLDER = conformance("twitter-text")
pytestmark = pytest.mark.skipif(FOLDER is None, reason=f"twitter-text's own cases are not here: {HOW_TO_GET_IT}")


def _cases(file: str, *sections: str) -> list[Any]:
    return list(_read_cases(file, *sections))


def _read_cases(file: str, *sections: str) -> Iterator[Any]:
    if FOLDER is None:
        return
    tests = yaml.safe_load((FOLDER / file).read_text("utf-8"))["tests"]
    for section in sections or tests:
        for number, case in enumerate(tests[section]):
            yield pytest.param(case["text"], case["expected"], section, id=f"{section}-{number}-{case['description'][:50]}")


def _weights(name: str) -> Weights:
    assert FOLDER
    config = json.loads((FOLDER / name).read_text())
    return Weights(
        limit=config["maxWeightedTweetLength"],
        scale=config["scale"],
        default=config["defaultWeight"],
        light=tuple((r["start"], r["end"], r["weight"]) for r in config["ranges"]),
        url=config["transformedURLLength"],
        emoji_as_one=config.get("emojiParsingEnabled", False),
    )


def test_our_weights_are_configuration_3() -> None:
    assert _weights("v3.json") == t.X_WEIGHTS


@pytest.mark.parametrize(("text", "expected", "section"), _cases("validate.yml", "tweets"))
def test_tweets(text: str, expected: bool, section: str) -> None:
    assert t.weigh(text, _weights("v1.json")).valid is expected


@pytest.mark.parametrize(
    ("text", "expected", "section"), _cases("validate.yml", "usernames", "lists", "hashtags", "urls", "urls_without_protocol")
)
def test_valid(text: str, expected: bool, section: str) -> None:
    check = {
        "usernames": t.is_valid_username,
        "lists": t.is_valid_list,
        "hashtags": t.is_valid_hashtag,
        "urls": t.is_valid_url,
        "urls_without_protocol": lambda text: t.is_valid_url(text, require_protocol=False),
    }[section]
    assert check(text) is expected


@pytest.mark.parametrize(
    ("text", "expected", "section"),
    _cases(
        "validate.yml", "WeightedTweetsCounterTest", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"
    ),
)
def test_weighted(text: str, expected: dict[str, Any], section: str) -> None:
    weighed = t.weigh(text, _weights("v2.json" if section == "WeightedTweetsCounterTest" else "v3.json"))
    assert weighed.weighted_length == expected["weightedLength"]
    assert weighed.valid is expected["valid"]
    assert weighed.permillage == expected["permillage"]
    # The cases give the last UTF-16 unit of what may be sent.
    assert t.utf16_units(text[: weighed.valid_end]) - 1 == expected["validRangeEnd"]


def test_every_section_of_validate_is_tested() -> None:
    assert FOLDER
    assert set(yaml.safe_load((FOLDER / "validate.yml").read_text("utf-8"))["tests"]) == {
        "tweets", "usernames", "lists", "hashtags", "urls", "urls_without_protocol", "WeightedTweetsCounterTest",
        "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "section"), _cases("extract.yml", "urls", "tco_urls_with_params"))
def test_extract_urls(text: str, expected: list[str], section: str) -> None:
    assert [e.value for e in t.extract_urls(text)] == expected


@pytest.mark.parametrize(("text", "expected", "section"), _cases("extract.yml", "urls_with_indices", "urls_with_directional_markers"))
def test_extract_urls_with_indices(text: str, expected: list[dict[str, Any]], section: str) -> None:
    assert [{"url": e.value, "indices": [e.start, e.end]} for e in t.extract_urls(text)] == expected
    assert all(text[e.start : e.end] == e.value for e in t.extract_urls(text))


@pytest.mark.parametrize(("text", "expected", "section"), _cases("extract.yml", "mentions"))
def test_extract_mentions(text: str, expected: list[str], section: str) -> None:
    assert [e.value for e in t.extract_mentions(text)] == expected


@pytest.mark.parametrize(("text", "expected", "section"), _cases("extract.yml", "mentions_with_indices"))
def test_extract_mentions_with_indices(text: str, expected: list[dict[str, Any]], section: str) -> None:
    assert [{"screen_name": e.value, "indices": [e.start, e.end]} for e in t.extract_mentions(text)] == expected


@pytest.mark.parametrize(("text", "expected", "section"), _cases("extract.yml", "hashtags", "hashtags_from_astral"))
def test_extract_hashtags(text: str, expected: list[str], section: str) -> None:
    assert [e.value for e in t.extract_hashtags(text)] == expected


@pytest.mark.parametrize(("text", "expected", "section"), _cases("extract.yml", "hashtags_with_indices"))
def test_extract_hashtags_with_indices(text: str, expected: list[dict[str, Any]], section: str) -> None:
    assert [{"hashtag": e.value, "indices": [e.start, e.end]} for e in t.extract_hashtags(text)] == expected


@pytest.mark.parametrize(("text", "expected", "section"), _cases("tlds.yml"))
def test_top_level_domains(text: str, expected: list[str], section: str) -> None:
    assert [e.value for e in t.extract_urls(text)] == expected
