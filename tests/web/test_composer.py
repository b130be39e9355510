"""The composer in a real browser: it counts, marks, saves, keeps and asks, as one writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from postwright import config
from postwright.db.connect import dsns
from tests.studio import ideas
from tests.web.conftest import Open, Site
from tests.web.holding import Held, drawn, from_script, look_afresh

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]
LONG = "This sentence is here to be too long for the platform, really. " * 6


@pytest.fixture
def page(open_page: Open) -> Page:
    """A new draft in the composer."""
    made = open_page("/drafts/new")
    made.get_by_label("Idea", exact=True).fill(ideas.LAUNCH)
    made.get_by_role("button", name="Make the variants").click()
    made.wait_for_url("**/drafts/*-*")
    return made


def text(page: Page, slug: str, part: int = 0) -> Locator:
    return page.locator(f"#text-{slug}-{part}")


def saved(page: Page) -> None:
    """Waits for a save of this visit, not for the time of the last one."""
    expect(page.locator("#save-state[data-kind=saved]")).to_contain_text("Saved")


def stored(page: Page) -> dict[str, dict[str, object]]:
    draft = page.request.get(f"/api/v1/drafts/{page.url.rpartition('/')[2].partition('?')[0]}").json()
    found: dict[str, dict[str, object]] = draft["variants"]
    return found


def test_the_counter_tells_what_remains_and_the_overflow_is_marked(page: Page) -> None:
    text(page, "x").fill(LONG)
    counter = page.locator("#text-x-0-count")
    expect(counter).to_contain_text("over the 280 weighted characters")
    mark = page.locator("#panel-x .backdrop mark")
    expect(mark).to_have_text(LONG[280:])
    expect(text(page, "x")).to_have_value(LONG)  # typing was never blocked
    expect(page.locator("#schedule-button")).to_contain_text("X is too long")
    text(page, "x").fill("Short 👩‍🚀.")
    expect(counter).to_contain_text("left of 280")
    expect(mark).to_have_count(0)


def test_a_thread_in_one_click_and_back(page: Page) -> None:
    text(page, "x").fill(LONG)
    tags = page.locator("#tags-x").input_value()
    assert tags.startswith("#")
    page.locator("#says-x").get_by_role("button", name="Split into thread").click()
    expect(page.locator("#thread-x > li")).to_have_count(2)
    expect(page.locator("#says-x li")).to_have_count(0)
    expect(page.locator("#tags-x")).to_have_value(tags)
    expect(page.locator("#frame-look-x .frame-part").last).to_contain_text(tags)  # a thread's last part carries them
    saved(page)
    page.locator("#thread-x").get_by_role("button", name="Add a part below part 2").click()
    text(page, "x", 2).fill("A third part.")
    expect(page.locator("#frame-look-x .frame-part")).to_have_count(3)
    saved(page)
    page.locator("#panel-x").get_by_role("button", name="Number the parts").click()
    expect(text(page, "x", 2)).to_have_value("A third part. 3/3")
    page.locator("#panel-x").get_by_role("button", name="Make it one text").click()
    expect(page.locator("#thread-x")).to_have_count(0)
    assert text(page, "x").input_value().split() == [*LONG.split(), "A", "third", "part."]


def test_a_button_pressed_while_a_save_is_on_its_way_has_the_last_word(page: Page) -> None:
    held = Held(page, "**/api/v1/drafts/*/variants/x")
    text(page, "x").fill(LONG)
    held.wait()
    acts: list[str] = []
    page.on("request", lambda request: acts.append(request.url) if request.method == "POST" and "/api/" not in request.url else None)
    page.locator("#says-x").get_by_role("button", name="Split into thread").click()
    expect(page.locator("#save-state")).to_contain_text("Working")  # from here on it could overtake
    drawn(page)
    assert [each for each in acts if not each.endswith("/look")] == []
    held.let_go()
    expect(page.locator("#thread-x > li")).to_have_count(2)
    saved(page)
    assert str(stored(page)["x"]["text"]).endswith("1/2")


def test_a_slow_button_is_not_overtaken_by_a_save(page: Page) -> None:
    page.clock.install()
    text(page, "x").fill(LONG)
    split = page.locator("#says-x").get_by_role("button", name="Split into thread")
    expect(split).to_be_visible()
    held = Held(page, "**/variants/x", lambda request: request.method == "POST" and "/api/" not in request.url)
    saves: list[str] = []
    page.on("request", lambda request: saves.append(request.url) if request.method == "PATCH" else None)
    text(page, "x").press("End")
    text(page, "x").press_sequentially("So.")
    split.click()
    held.wait()
    before = len(saves)
    page.clock.run_for(5_000)  # by the page's own clock: longer than a save waits after the last key
    drawn(page)
    assert len(saves) == before
    held.let_go()
    expect(page.locator("#thread-x > li")).to_have_count(2)
    assert str(stored(page)["x"]["text"]).endswith("1/2")


def test_a_fresh_look_leaves_what_is_typed_into_the_idea(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    held = Held(page, "**/drafts/*platform=*", from_script)
    look_afresh(page)
    held.wait()
    idea = page.get_by_label("The idea", exact=True)
    idea.fill("Typed while the page was asked for.")
    held.let_go()
    drawn(page)
    expect(idea).to_have_value("Typed while the page was asked for.")
    saved(page)
    expect(text(page, "facebook")).to_have_value(re.compile("Typed while the page was asked for"))


def test_a_fresh_look_leaves_the_variant_that_somebody_turned_to(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    held = Held(page, "**/drafts/*platform=*", from_script)
    look_afresh(page)
    held.wait()
    page.get_by_role("link", name=re.compile("Facebook")).first.click()
    expect(text(page, "facebook")).to_be_visible()
    held.let_go()
    drawn(page)
    expect(text(page, "facebook")).to_be_visible()
    assert page.url.endswith("platform=facebook")


def test_an_edited_variant_stays_when_the_idea_changes(page: Page) -> None:
    text(page, "x").fill("My own words.")
    expect(page.locator("#follow-x")).to_contain_text("Edited: no longer follows the idea")
    page.get_by_label("The idea", exact=True).fill("Quite another idea. It is short.")
    expect(text(page, "facebook")).to_have_value("We moved our launch from Friday to Tuesday\n\nQuite another idea. It is short.")
    expect(text(page, "x")).to_have_value("My own words.")
    page.locator("#follow-x summary").click()
    expect(page.locator("#diff-x ins").first).to_be_visible()
    page.locator("#follow-x").get_by_role("button", name="Follow it again").click()
    expect(text(page, "x")).to_have_value("We moved our launch from Friday to Tuesday\n\nQuite another idea. It is short.")
    page.locator("#follow-x").get_by_role("button", name="Undo").click()
    expect(text(page, "x")).to_have_value("My own words.")


def test_an_added_part_is_undone_alone_and_any_part_can_be_removed(page: Page) -> None:
    text(page, "x").fill(LONG)
    page.locator("#says-x").get_by_role("button", name="Split into thread").click()
    parts = page.locator("#thread-x > li")
    expect(parts).to_have_count(2)
    page.locator("#thread-x").get_by_role("button", name="Add a part below part 1").click()
    expect(page.locator("#says-x")).to_contain_text("Part 2 of the thread is empty")
    ids = page.locator("[id]").evaluate_all("(all) => all.map((each) => each.id)")
    assert len(ids) == len(set(ids))
    saved(page)
    expect(parts).to_have_count(3)
    page.locator("#follow-x").get_by_role("button", name="Undo").click()
    expect(parts).to_have_count(2)
    page.locator("#thread-x").get_by_role("button", name="Remove part 2").click()
    expect(page.locator("#thread-x")).to_have_count(0)
    expect(text(page, "x")).to_have_value(re.compile("1/2$"))


def test_the_editor_does_not_move_at_the_first_edit(page: Page) -> None:
    expect(page.locator("#follow-x")).to_contain_text("Follows the idea")
    before = text(page, "x").bounding_box()
    text(page, "x").press_sequentially("A")
    expect(page.locator("#follow-x").get_by_role("button", name="Undo")).to_be_visible()
    after = text(page, "x").bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 1


def test_what_went_out_is_not_ticked_again(page: Page) -> None:
    expect(page.locator("#schedule-button")).to_have_text("Schedule 6 posts", timeout=60_000)
    draft = page.url
    for box in page.locator("#schedule [name=account]:not([data-platform=x])").all():
        box.uncheck()
    page.locator("#schedule-button").click()
    page.wait_for_url("**/posts/*")
    page.goto(draft)
    boxes = page.locator("#schedule [name=account]")
    expect(page.locator("#schedule [name=account][data-platform=x]")).not_to_be_checked()
    expect(page.locator(".account-line", has=page.locator("[data-platform=x]")).get_by_role("link")).to_have_text(
        re.compile(r"^(Scheduled|Publish(ing|ed)) \w+")
    )
    expect(page.locator("#schedule-button")).to_have_text("Schedule 5 posts")
    for box in boxes.all():
        box.uncheck()
    expect(page.locator("#schedule-button")).to_have_text("Choose an account")
    page.goto("/drafts")
    expect(page.locator(".draft").first).to_contain_text(re.compile("1 (scheduled|publishing|published), 5 not planned"))


@pytest.fixture
def unwatched(page: Page, site: Site, browser: Browser, session: StorageState) -> Iterator[Page]:
    """The same draft in a window whose console nobody watches: being offline and being refused are errors there."""
    context = browser.new_context(storage_state=session, base_url=site.url)
    made = context.new_page()
    made.goto(page.url)
    page.close()
    yield made
    context.close()


def test_what_cannot_be_saved_is_kept_through_a_reload(unwatched: Page) -> None:
    unwatched.route("**/api/v1/drafts/*/variants/*", lambda route: route.abort())
    text(unwatched, "x").fill("Written in a tunnel.")
    expect(unwatched.locator("#save-state")).to_contain_text("Offline, kept here")
    unwatched.reload()
    expect(text(unwatched, "x")).to_have_value("Written in a tunnel.")
    expect(unwatched.locator("#save-state")).to_contain_text("Offline, kept here")
    unwatched.unroute("**/api/v1/drafts/*/variants/*")
    unwatched.evaluate("dispatchEvent(new Event('online'))")
    saved(unwatched)
    assert stored(unwatched)["x"]["text"] == "Written in a tunnel."


def test_an_idea_and_the_parts_of_a_thread_are_kept_through_a_reload(unwatched: Page) -> None:
    text(unwatched, "x").fill(LONG)
    unwatched.locator("#says-x").get_by_role("button", name="Split into thread").click()
    expect(unwatched.locator("#thread-x > li")).to_have_count(2)
    unwatched.route("**/api/v1/drafts/**", lambda route: route.abort())
    unwatched.get_by_role("button", name="Add a part below part 2").click()
    text(unwatched, "x", 2).fill("A third, in a tunnel.")
    idea = unwatched.get_by_label("The idea", exact=True)
    idea.fill("An idea in a tunnel.")
    unwatched.reload()
    expect(text(unwatched, "x", 2)).to_have_value("A third, in a tunnel.")
    expect(idea).to_have_value("An idea in a tunnel.")
    unwatched.unroute("**/api/v1/drafts/**")
    unwatched.reload()
    saved(unwatched)
    expect(text(unwatched, "facebook")).to_have_value(re.compile("An idea in a tunnel"))
    assert "A third, in a tunnel." in str(stored(unwatched)["x"]["thread"])


def test_the_server_comes_back_and_it_is_saved_by_itself(unwatched: Page) -> None:
    unwatched.route("**/drafts/**", lambda route: route.abort())
    text(unwatched, "x").fill("The server slept.")
    expect(unwatched.locator("#save-state")).to_contain_text("Offline, kept here")
    unwatched.unroute("**/drafts/**")
    expect(unwatched.locator("#save-state[data-kind=saved]")).to_have_text(re.compile(r"Saved \d\d:\d\d"), timeout=20_000)
    assert stored(unwatched)["x"]["text"] == "The server slept."


def test_an_idea_far_too_long_is_refused_in_sight(unwatched: Page) -> None:
    unwatched.goto("/drafts/new")
    unwatched.get_by_label("Idea", exact=True).fill("word " * 60_000)
    unwatched.get_by_role("button", name="Make the variants").click()
    error = unwatched.locator("#idea-note")
    expect(error).to_be_in_viewport()
    expect(error).to_be_focused()


def test_somebody_elses_change_is_compared_not_overwritten(unwatched: Page, site: Site) -> None:
    id = unwatched.url.rpartition("/")[2].partition("?")[0]
    text(unwatched, "x").focus()
    other = {
        "text": "From the other desk.", "edited": True, "revision": 99, "changed_by": "00000000-0000-0000-0000-00000000000b",
        "changed_at": "2026-11-21T09:00:00+00:00",
    }  # fmt: skip
    with psycopg.connect(dsns(config.load({"POSTWRIGHT_HOME": str(site.home)})).owner, autocommit=True) as db:
        db.execute(
            "update content_adaptations set version = 99, adaptations = jsonb_set(adaptations, '{x}', adaptations -> 'x' || %s::jsonb)"
            " where id = %s",
            (json.dumps(other), id),
        )
    text(unwatched, "x").press_sequentially("Mine. ")
    expect(unwatched.locator("#save-state")).to_contain_text("changed this")
    unwatched.keyboard.press("Alt+2")
    with unwatched.expect_response(lambda answer: answer.url.endswith("/variants/linkedin") and answer.ok):
        text(unwatched, "linkedin").press_sequentially("Another variant is saved. ")
    expect(unwatched.locator("#save-state")).to_contain_text("changed this")  # until somebody compared
    unwatched.get_by_role("button", name="Compare").click()
    dialog = unwatched.locator("dialog[open]")
    expect(dialog).to_contain_text("From the other desk.")
    expect(dialog).to_contain_text("Mine.")
    assert stored(unwatched)["x"]["text"] == "From the other desk."
    dialog.get_by_role("button", name="Save mine over it").click()
    saved(unwatched)
    assert "Mine." in str(stored(unwatched)["x"]["text"])


def test_keys_switch_schedule_and_ask_but_not_while_composing(page: Page) -> None:
    page.keyboard.press("Alt+2")
    expect(text(page, "linkedin")).to_be_focused()
    expect(page.locator("#panel-x")).to_be_hidden()
    text(page, "linkedin").press("Control+End")
    text(page, "linkedin").press_sequentially(" And so on.")
    page.keyboard.press("Escape")
    assert text(page, "linkedin").input_value().endswith(" And so on.")
    composing = "new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, shiftKey: true, isComposing: true, bubbles: true})"
    page.evaluate(f"document.activeElement.dispatchEvent({composing})")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#schedule-button")).to_have_text("Schedule 6 posts", timeout=60_000)  # cards and videos are made
    page.keyboard.press("Control+Shift+Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("6 posts go out at once")
    expect(dialog.locator("li")).to_have_count(6)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    text(page, "linkedin").focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="6 posts scheduled")).to_be_visible()


def test_media_arrive_without_a_reload(page: Page) -> None:
    page.keyboard.press("Alt+3")
    expect(page.locator("#frame-look-instagram img.thumb")).to_be_visible(timeout=60_000)
    size = page.locator("#frame-look-instagram img.thumb").evaluate(
        "async (image) => { await image.decode(); return [image.naturalWidth, image.naturalHeight] }"
    )
    assert size == [1080, 1350]
    page.locator("#alt-instagram-0").fill("A card with our launch story.")
    saved(page)
    page.reload()
    expect(page.locator("#alt-instagram-0")).to_have_value("A card with our launch story.")
