"""How the pages stand: at three widths, in both themes, marked as sandbox, without barriers."""

from __future__ import annotations

import json
from collections.abc import Collection

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.conftest import ARTIFACTS, Open, Site
from tests.web.places import VISITORS, address, find_known, page_routes

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]
WIDTHS = (390, 768, 1440)
_DARK = "() => { document.documentElement.dataset.theme = 'dark'; document.getAnimations().forEach((each) => each.finish()) }"
OF_COLOUR = {"color-contrast", "link-in-text-block"}  # the rules whose answer depends on the theme


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_and_have_no_barriers(open_page: Open, width: int) -> None:
    """A theme is a word on the root that the style sheet reads: a page is loaded once, and seen in both."""
    page = open_page(width=width, theme="light", probed=True)
    known = find_known(page.request)
    wrong: list[str] = []
    for route in page_routes():
        page.goto(address(route, known))
        page.wait_for_load_state("load")
        wrong += [f"{route}: {each}" for each in (*overflowing(page), *too_wide_to_read(page), *barriers(page))]
        keep(page, f"{route}-{width}-light")
        page.evaluate(_DARK)
        wrong += [f"{route} in dark: {each}" for each in barriers(page, OF_COLOUR)]
        keep(page, f"{route}-{width}-dark")
    assert wrong == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_drawn_in_the_theme_that_was_chosen(open_page: Open, theme: str) -> None:
    request = open_page(theme=theme).request
    known = find_known(request)
    drawn = {route: request.get(address(route, known), headers={"Accept": "text/html"}).text() for route in page_routes()}
    assert [route for route, text in drawn.items() if f'data-theme="{theme}"' not in text] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_for_visitors_fit_and_have_no_barriers(site: Site, open_page: Open, width: int) -> None:
    page = open_page("/sign-in", width=width, probed=True)
    page.context.clear_cookies()
    for path in sorted(VISITORS):
        page.goto(path)
        assert [*overflowing(page), *barriers(page)] == [], path
        keep(page, f"{path}-{width}")


def test_every_page_of_a_sandbox_workspace_is_marked(open_page: Open) -> None:
    page = open_page()
    known = find_known(page.request)
    for route in page_routes():
        page.goto(address(route, known))
        strip = page.locator("[data-sandbox-mark]")
        assert strip.count() == 1, f"{route} has no sandbox mark"
        assert "nothing leaves this machine" in strip.inner_text()
        assert page.title().startswith("(sandbox) "), route
        assert "sandbox.svg" in (page.locator("link[rel=icon]").get_attribute("href") or ""), route


def test_an_error_page_is_marked_and_says_what_to_do(open_page: Open) -> None:
    page = open_page()
    answer = page.request.get("/posts/00000000-0000-0000-0000-000000000000", headers={"Accept": "text/html"})
    assert answer.status == 404
    text = answer.text()
    assert "Sandbox: nothing leaves this machine" in text
    assert "There is no such post" in text


def test_a_workspace_without_accounts_is_not_marked(open_page: Open) -> None:
    page = open_page("/workspaces")
    page.get_by_label("Name of the workspace").fill("Empty for now")
    page.get_by_role("button", name="Make a workspace").click()
    page.wait_for_url("**/accounts*")
    assert page.locator("[data-sandbox-mark]").count() == 0
    assert not page.title().startswith("(sandbox)")
    page.goto("/today")
    expect(page.get_by_role("heading", name="Empty, until an account is connected")).to_be_visible()
    page.set_viewport_size({"width": 768, "height": 900})
    mark = page.locator(".rail .switch .env").bounding_box()
    assert mark is not None
    assert mark["width"] <= 12
    _back_to_the_sandbox(page)


def test_a_long_name_stays_in_its_place(open_page: Open) -> None:
    page = open_page("/workspaces")
    page.get_by_label("Name of the workspace").fill("Longname" * 12)
    page.get_by_role("button", name="Make a workspace").click()
    page.wait_for_url("**/accounts*")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for path in ("/today", "/accounts", "/notifications", "/settings", "/workspaces"):
            page.goto(path)
            assert overflowing(page) == [], (path, width)
    _back_to_the_sandbox(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_workspace_of_several(open_page: Open, theme: str) -> None:
    page = open_page("/workspaces", theme=theme, probed=True)
    page.get_by_label("Name of the workspace").fill("Of several")
    page.get_by_role("radio", name="Sandbox").check()
    page.get_by_role("button", name="Make a workspace").click()
    page.wait_for_url("**/accounts*")
    page.goto("/settings/members")
    page.get_by_label("E-mail").fill(f"ada-{theme}@example.com")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("input[readonly]").input_value()
    wrong: list[str] = []
    for path in ("/settings/members", "/settings/workspace", "/settings/workspace/delete", link):
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            wrong += [f"{path}: {each}" for each in (*overflowing(page), *too_wide_to_read(page), *barriers(page))]
            keep(page, f"{'/invitations/token' if path == link else path}-{width}-{theme}")
        assert page.locator("[data-sandbox-mark]").count() == 1, f"{path} has no sandbox mark"
    assert wrong == []
    _back_to_the_sandbox(page)


def _back_to_the_sandbox(page: Page) -> None:
    page.goto("/workspaces")
    page.locator("li", has_text="Sandbox").get_by_role("button", name="Open").first.click()
    page.wait_for_url("**/today")
    assert page.locator("[data-sandbox-mark]").count() == 1


def overflowing(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
             [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
               .slice(0, 3).map((each) => `${each.tagName}.${each.className}`)"""
    )
    return [f"wider than the window: {each}" for each in wide]


def too_wide_to_read(page: Page) -> list[str]:
    """Lines of prose with more than 75 characters."""
    lines: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('main p, main .pre, main dd, main .notice div')].flatMap((each) => {
             const range = document.createRange(), lines = new Map()
             for (const node of [...each.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE)) {
               for (let at = 0; at < Math.min(node.length, 400); at++) {
                 range.setStart(node, at); range.setEnd(node, at + 1)
                 const box = range.getClientRects()[0]
                 if (box?.width) lines.set(Math.round(box.top), (lines.get(Math.round(box.top)) || '') + node.data[at])
               }
             }
             return [...lines.values()].filter((line) => line.trim().length > 75)
           })"""
    )
    return [f"{len(line)} characters in a line: {line[:40]}" for line in lines]


def barriers(page: Page, rules: Collection[str] = ()) -> list[str]:
    """What axe finds serious or critical, by all of its rules or some."""
    options = {"resultTypes": ["violations"], **({"runOnly": sorted(rules)} if rules else {})}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {json.dumps([node['target'] for node in each['nodes']][:3])}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


def keep(page: Page, name: str) -> None:
    """A picture for people, not committed."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name.strip('/').replace('/', '_').replace('{', '').replace('}', '')}.png")
