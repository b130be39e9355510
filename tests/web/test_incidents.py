"""When things go wrong, in a real browser: the words at the top of every page come and go, held posts, posts by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from postwright import config
from postwright.db.connect import dsns
from tests.web.conftest import Open, Site
from tests.web.test_look import WIDTHS, barriers, keep, overflowing, too_wide_to_read

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def db(site: Site) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsns(config.load({"POSTWRIGHT_HOME": str(site.home)})).owner, autocommit=True) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_stays_paused(site: Site, db: psycopg.Connection[Any]) -> Iterator[None]:
    yield
    db.execute("update publishing_pauses set ended_at = now() where ended_at is null")


def plan(page: Page, text: str, platform: str = "x") -> str:
    """A planned post of that text; its id."""
    draft = ask(page, "POST", "/drafts", {"idea": text, "platforms": [platform]})
    accounts = ask(page, "GET", "/accounts")["items"]
    account = next(each["id"] for each in accounts if each["platform"] == platform)
    made = ask(page, "POST", f"/drafts/{draft['id']}/plan", {"connection_ids": [account]})
    return str(made["posts"][0]["id"] if "posts" in made else made["items"][0]["item_id"])


def ask(page: Page, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request: APIRequestContext = page.request
    token = page.locator("body").get_attribute("hx-headers") or ""
    headers = {"X-CSRF-Token": token.split('"')[3], "Accept": "application/json"}
    answer = request.fetch(f"/api/v1{path}", method=method, headers=headers, data=body)
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def test_pause_all_is_said_everywhere_at_once_and_resumed_from_anywhere(open_page: Open) -> None:
    watching, page = open_page("/calendar"), open_page("/settings/publishing")
    expect(watching.locator(".standing")).to_have_count(0)
    page.locator("#pause-reason").fill("Wrong price in the campaign")
    page.get_by_role("button", name="Pause all publishing").click()
    said = watching.locator(".standing")
    expect(said).to_contain_text("Publishing is paused: Wrong price in the campaign", timeout=10_000)
    expect(watching.locator("#live")).to_contain_text("Publishing is paused")
    said.get_by_role("button", name="Resume").click()
    watching.wait_for_url("**/calendar?*")
    page.goto("/posts")
    expect(page.locator(".standing")).to_have_count(0, timeout=10_000)


def test_without_scripts_every_page_says_it_too(open_page: Open, db: psycopg.Connection[Any]) -> None:
    db.execute("insert into publishing_pauses (workspace_id, reason) values (null, 'Upgrade')")
    page = open_page("/today")
    expect(page.locator(".standing")).to_contain_text("whole server is paused", timeout=10_000)
    plain = open_page("/posts", scripts=False)
    expect(plain.locator(".standing")).to_contain_text("Upgrade")
    plain.locator(".standing").get_by_role("button", name="Resume").click()
    expect(plain.get_by_text("Publishing goes on.")).to_be_visible()


def test_the_silence_of_the_publisher_comes_and_goes_by_itself(open_page: Open, db: psycopg.Connection[Any], site: Site) -> None:
    """The publisher beats every 15 seconds: its sign of life is set back until it beats again."""
    page = open_page("/drafts")
    expect(page.locator(".standing")).to_have_count(0)
    db.execute("update worker_heartbeats set beat_at = now() - interval '2 minutes'")
    expect(page.locator(".standing.bad")).to_contain_text("no publisher runs", timeout=10_000)
    expect(page.locator(".standing.bad")).to_contain_text("postwright up")
    expect(page.locator(".standing")).to_have_count(0, timeout=25_000)


def test_the_palette_leads_to_the_pause(open_page: Open) -> None:
    page = open_page("/today")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("pause all")
    page.get_by_role("option", name="Pause all publishing").click()
    page.wait_for_url("**/settings/publishing#pause")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_post_by_hand(open_page: Open, theme: str) -> None:
    page = open_page("/today", theme=theme, probed=True)
    post = plan(page, f"By hand it goes, in {theme}.")
    ask(page, "PUT", f"/posts/{post}/by-hand", {"by_hand": True})
    ask(page, "POST", f"/posts/{post}/schedule")
    wrong: list[str] = []
    for path in (f"/posts/{post}/by-hand", f"/posts/{post}"):
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            wrong += [f"{path}: {each}" for each in (*overflowing(page), *too_wide_to_read(page), *barriers(page))]
        keep(page, f"/posts/by-hand-{theme}")
    assert wrong == []
    page.goto(f"/posts/{post}/by-hand")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_label("I posted it: here is the link").fill(f"https://x.com/acme/status/{1 if theme == 'light' else 2}")
    page.get_by_role("button", name="It is out").click()
    expect(page.locator("#main").get_by_text("posted by hand")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_held_posts_and_a_pause_have_no_barriers(open_page: Open, db: psycopg.Connection[Any], theme: str) -> None:
    page = open_page("/today", theme=theme, probed=True)
    posts = [plan(page, f"Held {n} in {theme}: a text that is long enough to be cut off somewhere on a narrow screen.") for n in (1, 2)]
    ask(page, "POST", "/publishing/pause", {"reason": "Wrong price in the campaign, and a reason that needs two lines on a phone"})
    for post in posts:
        ask(page, "POST", f"/posts/{post}/schedule")
        db.execute("update scheduled_posts set scheduled_for = now() - interval '1 minute' where schedule_item_id = %s", (post,))
    page.goto("/today")
    expect(page.locator(".held-line")).to_have_count(2)
    wrong: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        wrong += [*overflowing(page), *too_wide_to_read(page), *barriers(page)]
        keep(page, f"/today-held-{width}-{theme}")
    assert wrong == []
    page.get_by_role("button", name="Give each its next free slot").click()
    expect(page.locator(".held-line")).to_have_count(0)
    for post in posts:
        ask(page, "POST", f"/posts/{post}/cancel")
