"""Pages are usable before any script arrives, and when none ever does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import Open, Site

pytestmark = pytest.mark.browser


def test_filters_have_addresses(open_page: Open) -> None:
    page = open_page("/posts", scripts=False)
    page.get_by_role("link", name="Published").first.click()
    page.wait_for_url("**tab=published*")  # with all of its rows
    before = page.locator("table.posts tbody tr").count()
    page.get_by_label("Platform").select_option("linkedin")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**platform=linkedin*")
    rows = page.locator("table.posts tbody tr")
    assert 0 < rows.count() < before
    for row in rows.all():
        expect(row.locator(".c-who")).to_contain_text("LinkedIn")


def test_an_empty_result_says_so_and_leads_back(open_page: Open) -> None:
    page = open_page("/posts?q=zzzzqqqq-nobody-wrote-this", scripts=False)
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show all posts").last.click()
    assert page.url.endswith("/posts")


def test_an_address_with_a_wrong_word_names_it(open_page: Open) -> None:
    page = open_page("/today", scripts=False)
    answer = page.request.get("/posts?tab=nonsense", headers={"Accept": "text/html"})
    assert answer.status == 422
    assert "There is no tab “nonsense”" in answer.text()


def test_settings_keep_what_was_typed_and_mark_the_field(open_page: Open) -> None:
    page = open_page("/settings", scripts=False)
    page.get_by_label("Zone", exact=True).fill("Europe/Atlantis")
    page.get_by_role("button", name="Save").click()
    zone = page.get_by_label("Zone", exact=True)
    expect(zone).to_have_value("Europe/Atlantis")
    expect(zone).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("There is no zone “Europe/Atlantis”")).to_be_visible()


def test_the_theme_form_works(open_page: Open) -> None:
    page = open_page("/settings", scripts=False)
    page.get_by_role("group", name="Theme").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_account_pauses_and_resumes(open_page: Open) -> None:
    page = open_page("/accounts", scripts=False)
    card = page.locator(".account", has_text="Facebook")
    card.get_by_role("button", name="Pause").click()
    expect(page.locator(".notice", has_text="Nothing goes out from this account until you resume it")).to_be_visible()
    expect(card.get_by_text("Paused", exact=True).first).to_be_visible()
    card.get_by_role("button", name="Resume").click()
    expect(card.get_by_text("Ready")).to_be_visible()


def test_a_wrong_password_is_told_and_the_address_is_kept(site: Site, browser: Browser) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/posts")  # whoever is not signed in is asked to, and comes back here
    assert "/sign-in?next=%2Fposts" in page.url
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Not signed in")
    expect(page.get_by_label("E-mail")).to_have_value("nobody@example.com")
    context.close()


def test_signing_up_leads_to_an_empty_workspace(site: Site, browser: Browser) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-up")
    page.get_by_label("Name").fill("Carla Test")
    page.get_by_label("E-mail").fill("carla@example.com")
    page.get_by_label("Password").fill("four plain quiet words")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/today")
    expect(page.get_by_role("heading", name="Empty, until an account is connected")).to_be_visible()
    page.get_by_role("button", name="Use sandbox accounts").click()
    page.wait_for_url("**/accounts*")
    expect(page.locator(".account")).to_have_count(6)
    expect(page.locator("[data-sandbox-mark]")).to_have_count(1)
    context.close()
