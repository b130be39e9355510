"""Everything works by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Open
from tests.web.holding import Held

pytestmark = pytest.mark.browser


def test_the_palette_goes_to_a_place(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search places, actions, drafts and posts")
    expect(field).to_be_focused()
    field.fill("accounts")
    expect(page.get_by_role("option").first).to_contain_text("Accounts")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts")


def test_the_palette_finds_a_post_and_closes_with_escape(open_page: Open) -> None:
    page = open_page()
    post = page.request.get("/api/v1/posts?limit=1&sort=-created_at").json()["items"][0]
    page.keyboard.press("Control+k")
    page.keyboard.type((post["title"] or post["text"])[:20])
    expect(page.get_by_role("option").filter(has_text=(post["title"] or post["text"])[:20]).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()


def test_the_palette_waits_for_a_fast_hand(open_page: Open) -> None:
    page = open_page()
    held = Held(page, "**/palette.json")
    page.keyboard.press("Control+k")
    page.keyboard.type("accounts")
    page.keyboard.press("Enter")
    held.wait()
    held.let_go()
    page.wait_for_url("**/accounts")


def test_a_question_mark_shows_the_keyboard_map(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()


def test_keys_do_nothing_while_writing(open_page: Open) -> None:
    page = open_page("/posts")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search what was written")
    expect(search).to_be_focused()
    page.keyboard.type("n?")
    expect(search).to_have_value("n?")
    expect(page.locator("#keys")).not_to_be_visible()
    assert "/drafts" not in page.url


def test_the_first_tab_skips_to_the_content(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_menus_close_with_escape_and_give_the_focus_back(open_page: Open) -> None:
    page = open_page()
    summary = page.locator(".rail .switch summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rail .switch .panel form button").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()


def test_the_theme_changes_at_once_and_is_kept(open_page: Open) -> None:
    page = open_page("/settings")
    page.get_by_role("group", name="Theme").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
