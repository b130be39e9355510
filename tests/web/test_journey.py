"""The first ten minutes: the link, Today, an idea of one's own, a plan, and posts that go out while one watches."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import ZONE, Open, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SOON = 20_000  # milliseconds that a post may take through the sandbox on a busy machine


def test_the_terminal_ends_with_six_posts_and_the_link(site: Site) -> None:
    posts = [each for each in site.said if "published (sandbox)" in each]
    assert len(posts) == 6, "\n".join(site.said)
    assert site.said[-1] == site.link


def test_the_link_opens_today_without_a_form(open_page: Open) -> None:
    page = open_page("/today")
    expect(page.locator("#today section", has_text="Just went out").locator(".line[data-state=published]")).not_to_have_count(0)
    assert page.request.get("/api/v1/me").json()["timezone"] == ZONE
    for post in page.request.get("/api/v1/posts?tab=planned&limit=10").json()["items"]:
        assert post["state"] == "planned"
        assert post["simulated"] is True


def test_a_used_link_signs_nobody_in(site: Site, open_page: Open) -> None:
    page = open_page("/today")
    page.context.clear_cookies()
    page.goto(site.link)
    expect(page.get_by_role("heading", name="This link does not sign you in")).to_be_visible()
    page.goto("/today")
    assert "/sign-in" in page.url


def test_a_post_tells_its_story(open_page: Open) -> None:
    page = open_page("/posts?tab=published")
    page.locator("table.posts a", has_text="We moved our launch").first.click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    expect(page.get_by_text("The slot it would have had")).to_be_visible()
    expect(page.get_by_text("Sent now for the demonstration")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("Published to sandbox")
    expect(page.locator(".idea")).to_contain_text("Last spring we shipped on a Friday")
    page.get_by_role("link", name="Open the sandbox copy").first.click()
    expect(page.get_by_role("heading", name=re.compile("^Not on "))).to_be_visible()


def test_idea_to_published_while_another_page_watches(open_page: Open) -> None:
    watching = open_page("/today")
    page = open_page("/drafts/new")
    compose(page, "Ten readers wrote back about the same sentence. We kept it and dropped the rest of the page.", {"x", "linkedin"})
    page.get_by_role("button", name=re.compile("^Schedule")).first.click()
    expect(page.get_by_role("heading", name="2 posts scheduled")).to_be_visible()
    expect(page.locator(".line[data-state=scheduled]")).to_have_count(2)

    page.locator(".line a", has_text="Ten readers").first.click()
    post = page.url.rsplit("/", 1)[-1]
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator("#post")).to_have_attribute("data-state", "published", timeout=SOON)
    expect(page.locator("#post .chip", has_text="Published to sandbox")).to_be_visible()

    watched = watching.locator(f"#post-{post}")
    expect(watched).to_have_attribute("data-state", "published", timeout=SOON)
    expect(watching.locator("#live")).not_to_be_empty()


def test_a_post_moves_is_canceled_and_says_what_happened(open_page: Open) -> None:
    page = open_page("/drafts/new")
    compose(page, "A short note about moving things: it is fine to change your mind on a Tuesday.", {"facebook"})
    page.get_by_role("button", name=re.compile("^Schedule")).first.click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}"))
    expect(page.locator("#post")).to_have_attribute("data-state", "scheduled")

    when = page.get_by_role("region", name="Move to another time").get_by_label(re.compile("^Day and time"))
    when.fill("2001-01-01T09:00")
    with page.expect_response(lambda answer: re.search(r"/posts/[0-9a-f-]{36}$", answer.url) is not None):
        page.evaluate("document.dispatchEvent(new CustomEvent('postwright:refresh', { detail: {} }))")
    expect(page.locator("#post.htmx-request")).to_have_count(0)
    expect(when).to_have_value("2001-01-01T09:00")  # a fresh look leaves what is typed
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This time has passed")
    expect(when).to_have_value("2001-01-01T09:00")

    held: list[Route] = []
    page.route(re.compile(r"/posts/[0-9a-f-]{36}$"), lambda route: held.append(route))
    page.evaluate("document.dispatchEvent(new CustomEvent('postwright:refresh', { detail: {} }))")
    expect(page.locator("#post.htmx-request")).to_have_count(1)
    page.locator(".page-acts summary").click()  # while the fresh look is on its way
    for route in held:
        route.continue_()
    page.unroute(re.compile(r"/posts/[0-9a-f-]{36}$"))
    expect(page.locator("#post.htmx-request")).to_have_count(0)
    page.get_by_role("button", name="Cancel the post").click()
    expect(page.locator("#post")).to_have_attribute("data-state", "canceled")
    expect(page.locator(".notice", has_text="It will not go out; the draft is kept")).to_be_visible()


def test_several_posts_are_scheduled_at_once(open_page: Open) -> None:
    page = open_page("/posts?tab=planned")
    count = page.locator("table.posts tbody tr").count()
    assert count >= 3
    page.get_by_role("button", name=f"Schedule {count} posts").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("scheduled")
    expect(page.locator(".line[data-state=scheduled]")).to_have_count(count)


def test_history_comes_and_goes(open_page: Open) -> None:
    page = open_page("/accounts")
    before = published(page)
    page.get_by_role("button", name="Add eight weeks of simulated history").click()
    expect(page.get_by_text("simulated posts of the past now")).to_be_visible(timeout=30_000)
    _await_published(page, f"> {before + 50}")
    page.goto("/accounts")
    page.get_by_role("button", name="Remove the history").click()
    _await_published(page, f"<= {before}")


def _await_published(page: Page, condition: str) -> None:
    """The job runs in the background: asks until the count is so."""
    page.wait_for_function(f"async () => (await (await fetch('/api/v1/posts/tabs')).json()).published {condition}", timeout=SOON)


def published(page: Page) -> int:
    """How many posts the tab counts."""
    return int(page.request.get("/api/v1/posts/tabs").json()["published"])


def compose(page: Page, idea: str, platforms: set[str]) -> None:
    """From /drafts/new into the composer, with a variant for some platforms only."""
    page.locator("textarea[name=idea]").fill(idea)
    for box in page.locator("input[name=platform]").all():
        box.set_checked(box.get_attribute("value") in platforms)
    page.get_by_role("button", name="Make the variants").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}"))
