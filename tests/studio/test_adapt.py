"""Variants are native, within every rule, and made of nothing but the idea."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from postwright.errors import InvalidInput
from postwright.kit.text import extract_urls
from postwright.platforms.registry import REGISTRY, get
from postwright.studio.adapt import adapt
from postwright.studio.bring_in import MOST, from_text
from postwright.studio.models import Variant
from postwright.studio.reading import fold
from postwright.studio.variants import check_variant, from_json, to_json, with_format
from tests.studio import ideas

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MEDIA = {"media_pending", "needs_video", "needs_image"}


def variants(text: str) -> dict[str, Variant]:
    return adapt(from_text(text), list(REGISTRY), None, NOW)


def mistakes(slug: str, variant: Variant) -> list[str]:
    return [f"{slug}: {found.message}" for found in check_variant(variant, slug) if found.level == "error" and found.rule not in MEDIA]


@pytest.mark.parametrize("name", ideas.ALL)
def test_every_variant_keeps_its_platforms_rules(name: str) -> None:
    for slug, variant in variants(ideas.ALL[name]).items():
        assert mistakes(slug, variant) == []
        assert variant.words().strip() or variant.title


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=1500))
def test_any_text_keeps_the_rules(text: str) -> None:
    assume(any(c.isprintable() and not c.isspace() for c in text))
    for slug, variant in variants(text).items():
        assert mistakes(slug, variant) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([ideas.SHORT, ideas.GERMAN, ideas.ARABIC, ideas.JAPANESE, ideas.LINKS, ideas.ANGLES, "\n\n", "😀", "#tag @you"]),
        max_size=40,
    )
)
def test_mixed_texts_keep_the_rules(pieces: list[str]) -> None:
    text = " ".join(pieces)
    if text.strip():
        for slug, variant in variants(text).items():
            assert mistakes(slug, variant) == []


@pytest.mark.parametrize("name", ["launch", "plain", "german", "arabic", "links", "list", "long"])
def test_no_sentence_is_invented(name: str) -> None:
    """Every line of every variant stands in the idea, but for the marks of lists, links and threads."""
    idea = from_text(ideas.ALL[name])
    source = plain(f"{idea.title}\n{idea.text}")
    for slug, variant in adapt(idea, list(REGISTRY), None, NOW).items():
        for line in lines_of(variant):
            assert plain(line) in source, (slug, line)


def lines_of(variant: Variant) -> list[str]:
    from postwright.studio.reading import split_sentences

    texts = [re.sub(r" \d+/\d+$", "", part) for part in variant.thread] or [variant.text]
    lines = [line.removeprefix("• ") for text in texts for line in text.split("\n") if line.strip()]
    return [sentence for line in lines for sentence in split_sentences(line, "en")]


def plain(text: str) -> str:
    """Letters and digits only: Markdown's marks and white space are no content."""
    return "".join(c for c in fold(text).casefold() if c.isalnum())


def test_the_same_idea_gives_the_same_variants() -> None:
    assert variants(ideas.LAUNCH) == variants(ideas.LAUNCH)


def test_all_words_of_a_short_idea_are_kept() -> None:
    for slug, variant in variants(ideas.SHORT).items():
        assert ideas.SHORT in (variant.text or variant.title or ""), slug


@pytest.mark.parametrize("slug", list(REGISTRY))
def test_links_stay_whole(slug: str) -> None:
    whole = {url.value for url in extract_urls(ideas.LINKS)}
    variant = variants(ideas.LINKS * 3)[slug]
    assert {url.value for url in extract_urls(variant.words(), without_protocol=False)} <= whole


def test_variants_are_native() -> None:
    made = variants(ideas.LAUNCH)
    hook = "We moved our launch from Friday to Tuesday"
    assert all((variant.title or variant.text).startswith(hook) for variant in made.values())
    assert made["youtube"].title == hook
    assert made["youtube"].pending_media == made["tiktok"].pending_media == "card_video"
    assert made["instagram"].pending_media == "card"
    assert made["x"].pending_media is None
    assert len(made["linkedin"].text) > 600 > len(made["tiktok"].text)
    assert "https://example.com/launch-checklist" in made["x"].text
    assert "https://" not in made["instagram"].text
    assert 3 <= len(made["instagram"].hashtags) <= 30
    assert len(made["x"].hashtags) <= 2
    assert all(variant.method == "extracted" and not variant.edited for variant in made.values())


def test_an_essence_that_does_not_fit_becomes_a_thread_on_x() -> None:
    sentences = [
        f"Point number {n} is that {word * 12}matters more than anybody thought last year."
        for n, word in enumerate(["planning ", "writing ", "reading "] * 3)
    ]
    thread = variants(" ".join(sentences))["x"].thread
    assert len(thread) > 1
    assert thread[0].endswith(f"1/{len(thread)}")
    assert all(get("x").rules.remaining(part) >= 0 for part in thread)


def test_tags_are_camel_case_and_come_from_the_author_first() -> None:
    made = adapt(from_text("---\ntags: [content calendar, planning]\n---\nA calendar helps. A calendar is calm."), ["mastodon"], None, NOW)
    assert made["mastodon"].hashtags[:2] == ("ContentCalendar", "planning")


def test_an_alias_and_an_unknown_platform() -> None:
    assert list(adapt(from_text(ideas.SHORT), ["twitter", "x"], None, NOW)) == ["x"]
    with pytest.raises(InvalidInput) as caught:
        adapt(from_text(ideas.SHORT), ["myspace"], None, NOW)
    assert caught.value.field == "platform"


def test_a_huge_idea_is_bounded() -> None:
    """Not a benchmark: a quadratic step would take minutes here."""
    started = time.process_time()
    for slug, variant in variants((ideas.LAUNCH * 200)[:MOST]).items():
        assert mistakes(slug, variant) == []
    assert time.process_time() - started < 20


def test_a_variant_survives_storing() -> None:
    for slug, variant in variants(ideas.LAUNCH).items():
        assert from_json(with_format(to_json(variant), variant, slug)) == variant


@pytest.mark.parametrize(
    "stored", ["just text", {"text": "just text"}, {"body": "just text", "hashtags": ["#a"]}, {"text": "just text", "thread": None}]
)
def test_variants_written_by_the_specification_are_read(stored: object) -> None:
    assert from_json(stored).text == "just text"


@pytest.mark.parametrize("stored", [None, 3, [], {}, {"text": 3, "media": "x", "options": [], "revision": "a"}])
def test_nonsense_is_read_as_empty(stored: object) -> None:
    assert from_json(stored).text == ""
