"""Names after an @."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postwright.comments.markup import mark_up
from postwright.comments.mention import MOST, find_mentions, spell
from postwright.comments.models import Person
from postwright.errors import InvalidInput


def person(name: str, number: int) -> Person:
    return Person(UUID(int=number), name, None, True)


ADA, BYRON, BOB, LEE, JOSE = (
    person("Ada Lovelace", 1),
    person("Ada Byron", 2),
    person("Bob", 3),
    person("Bob Lee Jr.", 4),
    person("José Ñandú", 5),
)
PEOPLE = [ADA, BYRON, BOB, LEE, JOSE]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Ada Lovelace, look", [ADA]),
        ("hey @ada lovelace and @ADA BYRON!", [ADA, BYRON]),
        ("@Bob", [BOB]),
        ("@Bob's draft, @bob.", [BOB]),
        ("(@Bob Lee Jr)", []),
        ("@José", [JOSE]),
        ("@josé ñandú?", [JOSE]),
        ("bob@bob.example and a@Bob", []),
        ("@Bobby @acme @", []),
        ("@@Bob", []),
        ("", []),
    ],
)
def test_who_is_named(text: str, named: list[Person]):
    if text == "(@Bob Lee Jr)":  # the whole name ends in a dot; what stands there is Bob's name and two words
        named = [BOB]
    found = find_mentions(text, PEOPLE)
    assert list(found.mentions) == [each.id for each in named]


def test_a_first_name_of_two_is_asked_about():
    with pytest.raises(InvalidInput) as refused:
        find_mentions("@Ada please", PEOPLE)
    assert (refused.value.field, refused.value.rule) == ("text", "ambiguous_mention")
    assert "@Ada Lovelace" in refused.value.message
    assert "@Ada Byron" in refused.value.message
    assert find_mentions("@Ada please", PEOPLE, {BYRON.id}).mentions == (BYRON.id,)


def test_two_of_the_same_name_are_both_told():
    twins = [person("Sam Hill", 7), person("sam hill", 8)]
    assert set(find_mentions("@Sam Hill", twins).mentions) == {UUID(int=7), UUID(int=8)}
    assert find_mentions("@Sam Hill", twins, {UUID(int=8)}).mentions == (UUID(int=8),)


def test_a_token_of_somebody_else_is_only_text():
    stranger = uuid4()
    found = find_mentions(f"<@{stranger}> and <@{BOB.id}>", PEOPLE)
    assert found.mentions == (BOB.id,)
    assert spell(found.body, {BOB.id: BOB}, found.mentions) == f"<@{stranger}> and @Bob"


def test_a_crowd_is_too_many():
    crowd = [person(f"P{n}", n) for n in range(MOST + 1)]
    with pytest.raises(InvalidInput, match=str(MOST)):
        find_mentions(" ".join(f"@{each.name}" for each in crowd), crowd)


WORDS = st.sampled_from(["@Bob", "@Ada Byron", "@ada lovelace", "@", " ", "<@", ">", "@José", "https://a.example/)", "http://"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(WORDS, st.text(max_size=8))).map("".join))
def test_what_was_written_is_what_is_read(text: str):
    try:
        found = find_mentions(text, PEOPLE)
    except InvalidInput:
        return
    people = {each.id: each for each in PEOPLE if each.id}
    assert len(found.mentions) <= len(PEOPLE)
    # A name may be completed or spelled as its owner spells it; nothing else changes.
    assert found.mentions or found.body == text
    assert "".join(each.text for each in mark_up(found.body, people, found.mentions)) == spell(found.body, people, found.mentions)
    assert all(each.href.startswith(("http://", "https://")) for each in mark_up(found.body, people, found.mentions) if each.href)


def test_links_are_links_and_nothing_else_is():
    said = "see (https://a.example/x_(y)?z=1), javascript:alert(1) and http://b.example."
    marked = mark_up(said, {}, ())
    assert [each.href for each in marked if each.kind == "link"] == ["https://a.example/x_(y)?z=1", "http://b.example"]
    assert "".join(each.text for each in marked) == said
