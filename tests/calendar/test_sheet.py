"""What a page of the calendar is headed by."""

from __future__ import annotations

from datetime import date

import pytest

from postwright.calendar.sheet import View, span_of


@pytest.mark.parametrize(
    ("view", "locale", "title"),
    [
        (View.MONTH, "en", "December 2026"),
        (View.MONTH, "de", "Dezember 2026"),
        (View.WEEK, "en", "30 Nov – 6 Dec 2026"),
        (View.WEEK, "en-US", "Nov 30 – Dec 6 2026"),
        (View.DAY, "en", "Wednesday 2 December 2026"),
        (View.DAY, "fr", "mercredi 2 décembre 2026"),
    ],
)
def test_the_heading_follows_the_locale(view: View, locale: str, title: str):
    assert span_of(view, date(2026, 12, 2), 1).title(locale) == title


def test_a_week_within_a_month_and_one_over_new_year():
    assert span_of(View.WEEK, date(2026, 12, 9), 1).title() == "7–13 December 2026"
    assert span_of(View.WEEK, date(2026, 12, 31), 1).title() == "28 Dec 2026 – 3 Jan 2027"
