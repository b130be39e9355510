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
from postwright.studio.leaning import leans
from postwright.studio.look import differences
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
    assert made["instagram"].hashtags == ("launch", "planning")
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


def shown(variant: Variant) -> str:
    return "\n".join(variant.thread) or variant.text


@pytest.mark.parametrize("slug", list(REGISTRY))
def test_what_refers_back_comes_with_what_it_refers_to(slug: str) -> None:
    text = shown(variants(ideas.LAUNCH)[slug])
    for leaning, ground in [
        ("got theirs on Monday", "got replies the same day."),
        ("Answers in that hour", "Keep someone at the desk"),
        ("So we looked at our own numbers", "got replies the same day."),
        ("Three times as many", "The launch itself took"),
        ("• ", "This is what we changed:"),
        ("This is what we changed:", "• "),
    ]:
        assert leaning not in text or ground in text


def test_cards_show_only_lines_that_stand_alone() -> None:
    lines = (variants(ideas.LAUNCH)["instagram"].card or {})["lines"]
    assert lines
    assert not any("theirs" in line or "that hour" in line or line.startswith("So ") for line in lines)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Posts from Friday got theirs on Monday.", "en", True),
        ("But nobody came.", "en", True),
        ("They came on Monday.", "en", True),
        ("That is why the slot matters.", "en", True),
        ("Posts that went out on Tuesday got replies.", "en", False),
        ("The post was written, and nobody was there to read it.", "en", False),
        ("This week the shop opens at nine.", "en", False),
        ("Dann braucht Dienstag keine Willenskraft.", "de", True),
        ("Das hat drei Monate gedauert.", "de", True),
        ("Das Team backt am Sonntag.", "de", False),
        ("Esto cambia la semana.", "es", True),
        ("La semana empieza el lunes.", "es", False),
        ("Elles arrivent lundi.", "fr", True),
        ("Il y a du pain le lundi.", "fr", False),
        ("これだけで変わります。", "ja", True),
    ],
)
def test_leaning_is_known_by_its_words(text: str, language: str, expected: bool) -> None:
    assert leans(text, language) is expected


def test_labels_are_not_sentences_worth_choosing() -> None:
    idea = "\n\n".join(
        f"Paragraph {n}. The baker counts the loaves of day {n} and writes down what was missing at noon." for n in range(1, 30)
    )
    for slug, variant in variants(idea).items():
        if slug in ("wordpress", "ghost", "substack"):  # articles have room for the whole idea: nothing is chosen
            continue
        assert "Paragraph" not in (shown(variant) + (variant.title or "")), slug


def test_a_japanese_list_keeps_its_points_on_lines_of_their_own() -> None:
    points = ["豆を挽く前にミルを掃除すること。", "ミルクの温度を六十五度に保つこと。", "最初のお客さまに笑顔で挨拶すること。"]
    idea = "朝のカフェを開く前に、次の三つを確かめます。\n" + "\n".join(f"・{point}" for point in points)
    for slug, variant in variants(idea).items():
        lines = shown(variant).split("\n")
        kept = [point for point in points if point in shown(variant)]
        assert len(kept) != 1, slug
        assert all(f"・{point}" in lines for point in kept), slug


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("A thread is not a caption, and a caption is not an essay.", ()),
        ("The café opens at six. The café opens at seven. A baker notices late.", ("café",)),
        ("On Wednesday mornings we ship. On Wednesday mornings people read.", ()),
    ],
)
def test_tags_are_nouns_that_the_idea_is_about(text: str, tags: tuple[str, ...]) -> None:
    assert variants(text)["instagram"].hashtags == tags


def test_a_cards_title_cuts_no_joined_emoji() -> None:
    title = (variants("👩‍👩‍👧" * 200)["instagram"].card or {})["title"]
    assert title == "👩‍👩‍👧" * (len(title) // 5) + "…"


# What makes a naive step cost its square: each took minutes, some while everybody waited.
HARD = {
    "a heading of spaces": "# a" + " " * 60_000 + "b\n\nText.",
    "a sentence of clauses": "(" * 60_000,
    "a chain of sentences": "".join(f"abc{n} abd{n} abe{n}. " for n in range(2500)),
    "nothing but addresses": "http://a.b/" * 4000 + " x",
}


@pytest.mark.parametrize("name", HARD)
def test_no_idea_costs_its_square(name: str) -> None:
    """Not a benchmark: minutes if it did."""
    started = time.process_time()
    assert adapt(from_text(HARD[name]), ["x", "linkedin"], None, NOW)
    assert time.process_time() - started < 12


def test_comparing_texts_of_one_word_ends() -> None:
    started = time.process_time()
    was, now = "a " * 5000, "a b " * 2500
    assert differences(was, now) == [("gone", was), ("new", now)]
    assert time.process_time() - started < 5
    assert differences("One two three.", "One four three.") == [("same", "One "), ("gone", "two"), ("new", "four"), ("same", " three.")]


@pytest.mark.parametrize("stored", [{"changed_by": "nobody", "changed_at": 3}, {"changed_by": 3}, {"own_media": "yes"}])
def test_marks_that_others_wrote_are_not_believed(stored: dict[str, object]) -> None:
    variant = from_json({"text": "a"} | stored)
    assert (variant.changed_by, variant.changed_at, variant.own_media) == (None, None, False)
