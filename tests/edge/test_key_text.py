"""A key tells a typo from a key, and nothing else."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from postwright.edge.key_text import make_key, well_formed

_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


def test_every_key_is_well_formed_and_its_own():
    made = [make_key() for _ in range(2000)]
    assert len(set(made)) == len(made)
    assert all(well_formed(each) and re.fullmatch(r"pwk_[\w-]{43}[0-9A-Za-z]{6}", each, re.ASCII) for each in made)


@given(st.integers(0, 52), st.sampled_from(_SIGNS))
def test_one_wrong_character_is_seen(place: int, sign: str):
    key = make_key()
    wrong = key[:place] + sign + key[place + 1 :]
    assert well_formed(wrong) is (wrong == key)


@given(st.integers(4, 50))
def test_two_characters_in_the_wrong_order_are_seen(place: int):
    key = make_key()
    wrong = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
    assert well_formed(wrong) is (wrong == key)


@given(st.text(max_size=80))
def test_no_other_text_is_one(text: str):
    assert not well_formed(text)
    assert not well_formed(f"{make_key()}{text or ' '}")
