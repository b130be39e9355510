"""Secrets open only where they belong, and signatures hold only for what they sign."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwright.kit.crypto import Box, CannotOpen, derive, sign, verify

KEY, OLD = b"k" * 32, b"o" * 32
BOX = Box.from_key(KEY)


@given(st.text(), st.text())
def test_what_is_sealed_opens_again(secret: str, context: str) -> None:
    assert BOX.open(BOX.seal(secret, context), context) == secret


def test_equal_secrets_do_not_seal_alike_and_do_not_show() -> None:
    sealed = {BOX.seal("hunter2", "a") for _ in range(20)}
    assert len(sealed) == 20
    assert not any("hunter2" in each for each in sealed)


def test_a_secret_does_not_open_for_another_row() -> None:
    with pytest.raises(CannotOpen):
        BOX.open(BOX.seal("token", "alice"), "bob")


def test_every_changed_character_is_noticed() -> None:
    sealed = BOX.seal("token", "alice")
    for at, was in enumerate(sealed[:-1]):  # the last one holds unused bits
        broken = sealed[:at] + ("A" if was != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(CannotOpen):
            BOX.open(broken, "alice")


@pytest.mark.parametrize("junk", ["", "x", "pw1.", "pw1..", f"pw1.{BOX.current}.", f"pw1.{BOX.current}.é", f"pw1.{BOX.current}.AAAA"])
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(CannotOpen):
        BOX.open(junk, "alice")


def test_rotation_opens_the_old_and_seals_with_the_new() -> None:
    before = Box.from_key(OLD).seal("token", "alice")
    rotated = BOX.with_old(OLD)
    assert rotated.open(before, "alice") == "token"
    assert rotated.stale(before)
    assert not rotated.stale(rotated.seal("token", "alice"))
    with pytest.raises(CannotOpen):
        BOX.open(before, "alice")


def test_neither_box_nor_refusal_tells_a_key_or_a_secret() -> None:
    assert "kkkk" not in repr(BOX)
    with pytest.raises(CannotOpen) as refusal:
        Box.from_key(OLD).open(BOX.seal("hunter2", "a"), "a")
    assert "hunter2" not in str(refusal.value)


def test_keys_of_two_purposes_differ() -> None:
    assert derive(KEY, "links") != derive(KEY, "box") != KEY


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_signature_holds_until_it_runs_out() -> None:
    expires = int(NOON.timestamp())
    signature = sign(KEY, "/media/1/a.png", expires)
    assert verify(KEY, "/media/1/a.png", expires, signature, NOON)
    assert not verify(KEY, "/media/1/a.png", expires, signature, NOON.replace(second=1))


@pytest.mark.parametrize(("text", "later", "key"), [("/media/2/a.png", 0, KEY), ("/media/1/a.png", 60, KEY), ("/media/1/a.png", 0, OLD)])
def test_a_signature_holds_for_nothing_else(text: str, later: int, key: bytes) -> None:
    expires = int(NOON.timestamp()) + 60
    signature = sign(KEY, "/media/1/a.png", expires)
    assert not verify(key, text, expires + later, signature, NOON)
    assert not verify(KEY, "/media/1/a.png", expires, signature + "é", NOON)
