"""Cursors come back as they went out, and nothing else is taken for one."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwright.edge.paging import Cursor, cut
from postwright.errors import InvalidInput


@given(st.datetimes(timezones=st.just(UTC)) | st.none(), st.uuids())
def test_a_cursor_survives_the_address_bar(value, row):
    assert Cursor.parse(Cursor(value, row).encode()) == Cursor(value, row)


@pytest.mark.parametrize("text", ["x", "W10", "bm90IGpzb24", "WyIyMDI2LTAxLTAxIiwgMV0", "💥", "A" * 5000])
def test_mallory_s_cursor_is_refused_by_name(text):
    with pytest.raises(InvalidInput) as refused:
        Cursor.parse(text)
    assert refused.value.field == "after"


def test_a_page_knows_whether_there_is_more():
    rows = [Cursor(datetime(2026, 1, day, tzinfo=UTC), uuid4()) for day in (1, 2, 3)]
    page = cut(rows, 2, lambda row: row)
    assert page.items == rows[:2]
    assert Cursor.parse(page.next) == rows[1]
    assert cut(rows, 3, lambda row: row).next is None
