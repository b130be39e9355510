"""What one says of oneself, and that dates follow it."""

from __future__ import annotations

from datetime import datetime

import pytest

from postwright.edge.locales import LOCALES, spell
from tests.cast import Cast
from tests.identity.conftest import Site, form

pytestmark = pytest.mark.anyio

MOMENT = datetime(2026, 11, 24, 14, 5, 9)  # noqa: DTZ001 - a wall time


async def test_what_is_given_changes_and_the_rest_stays(site: Site, cast: Cast):
    bob = await site.program(cast.bob)
    changed = await bob.patch("/api/v1/me", json={"timezone": "Europe/Berlin", "locale": "de"})
    assert changed.status_code == 200
    me = (await bob.get("/api/v1/me")).json()
    assert (me["name"], me["timezone"], me["locale"], me["week_start"]) == ("Bob", "Europe/Berlin", "de", 1)
    assert changed.json() == me


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 121}, "name"), ({"name": "a\x07b"}, "name"), ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"), ({"locale": "tlh"}, "locale"), ({"week_start": 3}, "week_start"),
        ({"week_start": 7}, "week_start"), ({"name": "\ud83d"}, "name"), ({"is_operator": True}, "is_operator"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(site: Site, cast: Cast, body: dict[str, object], field: str):
    import json

    bob = await site.program(cast.bob)
    refused = await bob.patch("/api/v1/me", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert (await bob.get("/api/v1/me")).json()["name"] == "Bob"


async def test_the_page_saves_and_dates_follow_the_locale(site: Site, cast: Cast):
    browser = await site.browser(cast.bob)
    saved = await form(browser, "/settings", "/settings", name="Bo", timezone="Europe/Berlin", week_start="0", locale="de")
    assert saved.headers["location"] == "/settings?said=saved"
    page = (await browser.get("/settings")).text
    assert any(f'<p class="hint">{day} ' in page for day in LOCALES["de"].days)
    wrong = await form(browser, "/settings", "/settings", name="Bo", timezone="Europe/Atlantis", week_start="0", locale="de")
    assert (wrong.status_code, "There is no zone “Europe/Atlantis”" in wrong.text) == (422, True)


@pytest.mark.parametrize(
    ("locale", "form_", "text"),
    [
        ("en", "%a %d %b, %H:%M", "Tue 24 Nov, 14:05"),
        ("en-US", "%a %d %b, %H:%M", "Tue Nov 24, 2:05 PM"),
        ("en-US", "%H:%M:%S", "2:05:09 PM"),
        ("de", "%a %d %b, %H:%M", "Di 24. Nov., 14:05"),
        ("de", "%A %d %B", "Dienstag 24. November"),
        ("fr", "%A %d %B %Y", "mardi 24 novembre 2026"),
        ("es", "%a %d %b", "mar 24 nov"),
        ("pt", "%a %H:%M", "ter 14:05"),
        ("de", "%Y-%m-%dT%H:%M", "2026-11-24T14:05"),  # for machines
        ("en-US", "%Y-%m-%dT%H:%M", "2026-11-24T14:05"),
        ("tlh", "%a %d %b", "Tue 24 Nov"),
    ],
)
def test_a_moment_by_locale(locale: str, form_: str, text: str):
    assert spell(MOMENT, form_, locale) == text


def test_every_locale_names_all_days_and_months():
    for tag, each in LOCALES.items():
        assert {len(each.days), len(each.short_days)} in ({7}, {0}), tag
        assert {len(each.months), len(each.short_months)} in ({12}, {0}), tag
