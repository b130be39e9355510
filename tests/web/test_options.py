"""The panel of options in the composer, and acts on many posts: by mouse, by keyboard, on a phone, without barriers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from postwright.platforms import registry
from postwright.platforms.base import Option
from tests.conftest import Cluster
from tests.web.conftest import ZONE, watch
from tests.web.studio_desk import Here, serve
from tests.web.test_look import barriers, keep, overflowing, too_wide_to_read

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

OPTIONS = (
    Option("privacy_level", "Who may see it", "choice", required=True, help="There is no default.", source="https://docs.x.com",
           choices=(("PUBLIC_TO_EVERYONE", "Everyone"), ("SELF_ONLY", "Only me"))),
    Option("no_replies", "Nobody replies", "flag"),
    Option("place", "Place", "text", limit=20),
    Option("people", "People in it", "list", limit=3),
    Option("until", "Until", "moment"),
)  # fmt: skip
IDEA = "We moved our launch from Friday to Tuesday. Support answered twice as fast, and nobody worked on Saturday. "
Open = Callable[..., Page]


async def _comment(http: Any, account: Any, credentials: Any, remote_id: str, text: str) -> str:
    return "c"


@pytest.fixture(scope="module")
def here(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    was = registry.REGISTRY["x"]
    registry.REGISTRY["x"] = replace(was, options=OPTIONS, comment=_comment)
    dsns = cluster.fresh()
    with serve(dsns, Path(tmp_path_factory.mktemp("home"))) as made:
        yield made
    registry.REGISTRY["x"] = was
    cluster.drop(dsns)


@pytest.fixture
def opened(here: Here, browser: Browser) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    seen = []

    def open_(path: str, *, width: int = 1440, probed: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            bypass_csp=probed, base_url=here.url, timezone_id=ZONE, locale="en-GB", reduced_motion="reduce", java_script_enabled=scripts,
            viewport={"width": width, "height": 844 if width < 500 else 900},
        )  # fmt: skip
        context.add_cookies([{"name": here.cookie[0], "value": here.cookie[1], "url": here.url}])
        contexts.append(context)
        page = context.new_page()
        seen.append(watch(page))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [wrong for each in seen for wrong in each.wrong] == []


def make_draft(here: Here, words: str) -> dict[str, Any]:
    made: dict[str, Any] = here.ask("POST", "/drafts", idea=f"{IDEA}{words}", platforms=["x"])
    return made


def make_posts(here: Here, count: int, words: str) -> list[str]:
    """Planned posts of as many drafts, a day apart."""
    found = []
    account = here.ask("GET", "/accounts")["items"][0]["id"]
    for number in range(count):
        draft = make_draft(here, f"{words} {number}")
        at = (datetime.now(UTC) + timedelta(days=3 + number)).replace(microsecond=0)
        planned = here.ask("POST", f"/drafts/{draft['id']}/plan", at=at.isoformat(), connection_ids=[account])
        found.append(planned["items"][0]["item_id"])
    return found


def options_of(here: Here, draft: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = here.ask("GET", f"/drafts/{draft['id']}")["variants"]["x"]["options"]
    return found


def test_options_are_chosen_saved_and_checked_as_one_types(here: Here, opened: Open) -> None:
    draft = make_draft(here, "Typing.")
    page = opened(f"/drafts/{draft['id']}")
    panel = page.locator("#options-x")
    expect(panel).to_have_attribute("open", "")  # something must be chosen
    expect(panel).to_contain_text("1 to choose or mend")
    expect(page.locator("#schedule-button")).to_contain_text("needs a choice")
    panel.get_by_label("Who may see it").select_option("SELF_ONLY")
    panel.get_by_label("Nobody replies").check()
    panel.get_by_label("People in it").fill("ann\nbob")
    panel.get_by_label("Until").fill("2026-12-24T18:00")
    panel.get_by_label("First comment").fill("More in the comments: https://example.com/" + "a" * 200)
    expect(page.locator("#option-x-first_comment-told")).to_contain_text("235 left of 280 weighted characters")
    expect(page.locator("#save-state")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    expect(page.locator("#schedule-button")).to_have_text(re.compile("Schedule 2 posts"))
    panel.get_by_label("Place").fill("a place with far too long a name")
    expect(page.locator("#option-x-place-told")).to_contain_text("20 characters fit; this has 32.")
    expect(page.locator("#save-state")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    page.wait_for_function(
        "() => !document.querySelector('#save-state').dataset.kind || document.querySelector('#save-state').dataset.kind === 'saved'"
    )
    saved = options_of(here, draft)
    assert {name: saved[name] for name in ("privacy_level", "no_replies", "people", "until", "place")} == {
        "privacy_level": "SELF_ONLY", "no_replies": True, "people": ["ann", "bob"], "until": "2026-12-24T18:00:00Z",
        "place": "a place with far too long a name",
    }  # fmt: skip
    page.reload()
    expect(page.get_by_label("Who may see it")).to_have_value("SELF_ONLY")
    expect(page.get_by_label("Until")).to_have_value("2026-12-24T18:00")
    expect(page.get_by_label("Nobody replies")).to_be_checked()


def test_options_work_by_keyboard_alone(here: Here, opened: Open) -> None:
    draft = make_draft(here, "Keys.")
    page = opened(f"/drafts/{draft['id']}")
    page.locator("#options-x > summary").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Who may see it")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Nobody replies")).to_be_checked()
    expect(page.locator("#options-tally-x")).to_have_text("2 set")


def test_options_work_without_scripts(here: Here, opened: Open) -> None:
    draft = make_draft(here, "Plain.")
    page = opened(f"/drafts/{draft['id']}", scripts=False)
    page.get_by_label("Who may see it").select_option("PUBLIC_TO_EVERYONE")
    page.get_by_role("button", name="Save the variant").click()
    assert options_of(here, draft)["privacy_level"] == "PUBLIC_TO_EVERYONE"
    assert options_of(here, draft)["no_replies"] is False


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_panel_and_the_pages_of_posts_have_no_barriers(here: Here, opened: Open, width: int) -> None:
    draft = make_draft(here, f"Wide {width}.")
    posts = make_posts(here, 2, f"Barriers {width}")
    here.ask("PATCH", f"/posts/{posts[0]}/content", text="Changed by hand, so that there is a history.")
    wrong = []
    for path, name in (
        (f"/drafts/{draft['id']}", "options"), ("/posts", "posts-ticks"), (f"/posts/{posts[0]}", "post-asides"),
        (f"/posts/{posts[1]}/edit", "post-edit"), ("/costs", "costs"),
    ):  # fmt: skip
        page = opened(path, width=width, probed=True)
        page.wait_for_load_state("load")
        for each in page.locator("details.fold-box").all():
            each.evaluate("each => { each.open = true }")
        wrong += [f"{path}: {each}" for each in (*overflowing(page), *too_wide_to_read(page), *barriers(page))]
        keep(page, f"{name}-{width}")
    assert wrong == []


def test_posts_are_ticked_by_keys_and_with_shift_and_moved_together(here: Here, opened: Open) -> None:
    posts = make_posts(here, 4, "Many")
    before = [here.ask("GET", f"/posts/{each}")["scheduled_at"] for each in posts]
    page = opened("/posts?tab=planned&q=Many")
    boxes = page.locator("[data-ticks-target=box]")
    expect(boxes).to_have_count(4)
    page.locator("tr[data-state] .c-text a").first.focus()
    page.keyboard.press("x")
    expect(boxes.nth(0)).to_be_checked()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator(".many-count")).to_have_text("3 posts ticked")
    expect(page.locator(".many-cost")).to_contain_text("About $0.0")
    page.keyboard.press("x")  # on the box itself
    expect(page.locator(".many-count")).to_have_text("2 posts ticked")
    page.get_by_label("What to do with the ticked posts").select_option("move")
    page.get_by_label("Days to move by").fill("14")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 posts moved")
    moved = [here.ask("GET", f"/posts/{each}")["scheduled_at"] for each in posts]
    assert sum(one != other for one, other in zip(before, moved, strict=True)) == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 posts moved")
    assert [here.ask("GET", f"/posts/{each}")["scheduled_at"] for each in posts] == before


def test_what_fails_is_told_beside_what_was_done(here: Here, opened: Open) -> None:
    posts = make_posts(here, 2, "Partly")
    here.ask("POST", f"/posts/{posts[0]}/cancel")
    page = opened("/posts?q=Partly")
    page.get_by_label("Tick all posts of this page").check()
    page.get_by_label("What to do with the ticked posts").select_option("move")
    page.get_by_label("Days to move by").fill("7")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 post moved")
    expect(page.locator(".finding-line")).to_contain_text("This post is canceled.")


def test_publishing_many_names_accounts_and_cost_first(here: Here, opened: Open) -> None:
    make_posts(here, 1, "Asked first")
    page = opened("/posts?q=Asked")
    page.locator("[data-ticks-target=box]").check()
    page.get_by_label("What to do with the ticked posts").select_option("publish")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish 1 post now?")
    expect(page.locator("main")).to_contain_text("acme.example")
    expect(page.locator("main")).to_contain_text("$0.015")
    page.get_by_role("link", name="Not yet").click()
    expect(page).to_have_url(re.compile(r"/posts\?q=Asked"))


def test_a_post_is_changed_on_its_page_and_brought_back(here: Here, opened: Open) -> None:
    (post,) = make_posts(here, 1, "Before the change")
    page = opened(f"/posts/{post}")
    was = page.locator(".as-sent .pre").first.inner_text()
    page.locator("summary[title=More]").click()
    page.get_by_role("link", name="Change what it says").click()
    page.get_by_label("Text").fill("After the change.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".as-sent")).to_contain_text("After the change.")
    page.get_by_text("What it said before", exact=True).click()
    page.get_by_role("button", name="Bring this back").click()
    expect(page.locator(".as-sent .pre").first).to_have_text(was)
