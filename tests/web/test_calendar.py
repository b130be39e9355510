"""A post in somebody's hand stays there, whatever comes in meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import Open
from tests.web.holding import Held, drawn, from_script, look_afresh

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
_PLAN = """async () => {
    const headers = { 'Content-Type': 'application/json', ...JSON.parse(document.body.getAttribute('hx-headers')) }
    const ask = async (method, address, body) => (await fetch(address, { method, headers, body: JSON.stringify(body) })).json()
    const draft = await ask('POST', '/api/v1/drafts', { idea: `A note of ${Date.now()} that may stand on any day.`, platforms: ['x'] })
    const post = (await ask('POST', `/api/v1/drafts/${draft.id}/plan`)).items[0].item_id
    await ask('PATCH', `/api/v1/posts/${post}`, { wall_time: '2027-03-03T10:00', timezone: 'Europe/Berlin', anyway: true })
    return post
}"""


@dataclass
class Week:
    """A week with one post, Wednesday at ten."""

    page: Page
    post: str

    @property
    def chip(self) -> Locator:
        return self.page.locator(f'.cal-grid .cal-chip[data-id="{self.post}"]')

    def carry(self, *keys: str) -> None:
        self.chip.focus()
        for key in ("m", *keys):
            self.page.keyboard.press(key)


@pytest.fixture
def week(open_page: Open) -> Iterator[Week]:
    page = open_page("/calendar?view=week&date=2027-03-03")
    found = Week(page, page.evaluate(_PLAN))
    page.reload()
    expect(found.chip).to_contain_text("10:00")
    yield found
    page.unroute_all()
    page.goto(f"/posts/{found.post}")
    page.locator(".page-acts summary").click()
    page.get_by_role("button", name="Cancel the post").click()
    page.wait_for_url("**said=canceled**")


def test_a_fresh_look_at_the_same_touches_nothing(week: Week) -> None:
    week.page.wait_for_load_state("networkidle")
    week.chip.evaluate("(chip) => { chip.dataset.mine = 'yes' }")
    held = Held(week.page, "**/calendar?**", from_script)
    look_afresh(week.page)
    held.wait()
    held.let_go()
    drawn(week.page)
    expect(week.chip).to_have_attribute("data-mine", "yes")


def test_a_fresh_look_does_not_take_a_post_out_of_the_hand(week: Week) -> None:
    held = Held(week.page, "**/calendar?**", from_script)
    look_afresh(week.page)
    held.wait()
    week.carry("ArrowDown")
    expect(week.chip).to_contain_text("10:15")
    held.let_go(lambda body: body.replace("All states", "Every state"))
    drawn(week.page)
    assert "10:15" in week.chip.inner_text()
    week.page.keyboard.press("Escape")
    expect(week.chip).to_contain_text("10:00")
    expect(week.chip).to_be_focused()


def test_a_post_carried_off_the_page_comes_back_with_it(week: Week) -> None:
    week.page.wait_for_load_state("networkidle")
    week.carry(*["ArrowRight"] * 5)
    expect(week.page.locator("#live")).to_contain_text("Monday 8 March, 10:00")
    week.page.keyboard.press("Escape")
    expect(week.chip).to_be_visible()
    expect(week.page.locator('.cal-grid time[datetime="2027-03-03"]').first).to_be_visible()


def test_the_page_goes_where_a_post_was_dropped(week: Week) -> None:
    week.carry(*["ArrowRight"] * 5, "Enter")
    expect(week.page.locator("h1")).to_contain_text("8–14 March 2027")
    expect(week.chip).to_contain_text("10:00")
    moved = week.page.request.get(f"/api/v1/posts/{week.post}").json()["scheduled_at"]
    assert datetime.fromisoformat(moved).isoformat() == "2027-03-08T09:00:00+00:00"
