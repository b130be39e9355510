"""Own media in a real browser: in by button, drop and paste; ordered, cut, converted, undone; by keyboard, on a phone, without scripts."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Locator, Page, StorageState, expect

from tests.library.making import picture, video
from tests.library.pdfs import pdf
from tests.studio import ideas
from tests.web.conftest import ARTIFACTS, Open, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


def jpeg(name: str, width: int = 400, height: int = 300) -> FilePayload:
    return FilePayload(name=name, mimeType="image/jpeg", buffer=picture(width, height))


def clip(name: str = "walk.mp4", seconds: float = 4.0, rate: int = 25) -> FilePayload:
    return FilePayload(name=name, mimeType="video/mp4", buffer=video(seconds, "360x640", rate=rate))


def new_draft(page: Page) -> Page:
    page.get_by_label("Idea", exact=True).fill(ideas.LAUNCH)
    page.get_by_role("button", name="Make the variants").click()
    page.wait_for_url("**/drafts/*-*")
    return page


@pytest.fixture
def page(open_page: Open) -> Page:
    return new_draft(open_page("/drafts/new"))


def media(page: Page, slug: str = "x") -> Locator:
    return page.locator(f"#media-{slug} .medium")


def names(page: Page, slug: str = "x") -> list[str]:
    return [each.strip() for each in page.locator(f"#media-{slug} .medium-name").all_inner_texts()]


def add(page: Page, *files: FilePayload, slug: str = "x") -> None:
    page.locator(f"#files-{slug}").set_input_files(list(files))


def drop(page: Page, where: str, name: str, data: bytes) -> None:
    """As if somebody had let a file go over that element."""
    page.evaluate(
        """([where, name, text]) => {
            const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))
            const dataTransfer = new DataTransfer()
            dataTransfer.items.add(new File([bytes], name, { type: "image/jpeg" }))
            const place = document.querySelector(where)
            const how = { dataTransfer, bubbles: true, cancelable: true }
            for (const kind of ["dragover", "drop"]) place.dispatchEvent(new DragEvent(kind, how))
        }""",
        [where, name, base64.b64encode(data).decode()],
    )


def test_images_come_in_by_button_by_dropping_and_by_pasting(page: Page) -> None:
    expect(page.locator("#takes-x")).to_contain_text("up to 4 images")
    add(page, jpeg("one.jpg"))
    expect(media(page)).to_have_count(1)
    drop(page, "#panel-x", "two.jpg", picture(300, 300))
    expect(media(page)).to_have_count(2)
    page.evaluate(
        """(text) => {
            const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))
            const clipboardData = new DataTransfer()
            clipboardData.items.add(new File([bytes], "three.jpg", { type: "image/jpeg" }))
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
        }""",
        base64.b64encode(picture(200, 300)).decode(),
    )
    expect(media(page)).to_have_count(3)
    assert names(page) == ["one.jpg", "two.jpg", "three.jpg"]
    expect(page.locator("#frame-look-x img.thumb")).to_be_visible()
    expect(media(page, "linkedin")).to_have_count(0)


def test_a_pdf_by_dropping_is_shown_by_its_first_page(open_page: Open) -> None:
    page = new_draft(open_page("/drafts/new"))
    page.goto(page.url.partition("?")[0] + "?platform=linkedin")
    drop(page, "#panel-linkedin", "plan.pdf", pdf(3))
    expect(page.locator("#media-linkedin .medium-name")).to_have_text("plan.pdf")
    expect(page.locator("#media-linkedin .medium")).to_contain_text("PDF, 3 pages")
    shown = page.locator("#frame-look-linkedin .document")
    expect(shown).to_contain_text("plan.pdf PDF, 3 pages")
    shown.locator("img").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('#frame-look-linkedin .document img').naturalWidth === 714")
    expect(page.get_by_label("Title of the document")).to_be_attached()  # among the options, which are folded
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found] == []
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "media-pdf.png", full_page=True)
    page.goto(page.url.split("/drafts/")[0] + "/media?kind=document")
    expect(page.locator(".shelf")).to_contain_text("plan.pdf")
    page.screenshot(path=ARTIFACTS / "media-pdf-shelf.png", full_page=True)


def test_to_every_variant_that_takes_them(page: Page) -> None:
    page.locator("#files-x").locator("xpath=..").get_by_label("To every variant that takes them").check()
    add(page, jpeg("cat.jpg", 500, 500))
    expect(media(page)).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("YouTube takes no image")
    expect(page.locator("#media-instagram .medium-name")).to_have_text("cat.jpg")
    expect(page.locator("#media-linkedin .medium-name")).to_have_text("cat.jpg")


def test_order_by_keyboard_and_by_dragging(page: Page) -> None:
    add(page, jpeg("a.jpg"), jpeg("b.jpg", 410), jpeg("c.jpg", 420))
    expect(media(page)).to_have_count(3)
    media(page).nth(2).get_by_role("button", name="earlier").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#media-x .medium-name").nth(1)).to_have_text("c.jpg")
    expect(page.locator("#live")).to_contain_text("Now 2 of 3")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "Move medium 2 of 3 earlier")
    last = media(page).nth(2)
    box = last.bounding_box()
    assert box is not None
    media(page).nth(0).locator(".medium-picture").drag_to(last, target_position={"x": 20, "y": box["height"] - 8})
    expect(page.locator("#media-x .medium-name").nth(2)).to_have_text("a.jpg")
    page.reload()
    assert names(page) == ["c.jpg", "b.jpg", "a.jpg"]


def test_what_was_removed_is_had_back_words_and_all(page: Page) -> None:
    add(page, jpeg("a.jpg"), jpeg("b.jpg", 410))
    expect(media(page)).to_have_count(2)
    media(page).nth(0).locator("textarea").fill("A cat on a chair")
    expect(page.locator("#save-state[data-kind=saved]")).to_contain_text("Saved")
    media(page).nth(0).get_by_role("button", name="Remove").click()
    expect(media(page)).to_have_count(1)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(media(page)).to_have_count(2)
    assert names(page) == ["a.jpg", "b.jpg"]
    expect(media(page).nth(0).locator("textarea")).to_have_value("A cat on a chair")


def test_a_picture_is_cut_by_keyboard_and_the_original_stays(page: Page) -> None:
    add(page, jpeg("wide.jpg", 1000, 500))
    expect(media(page)).to_have_count(1)
    media(page).get_by_role("button", name="Crop").click()
    dialog = page.get_by_role("dialog", name="Crop")
    dialog.get_by_label("1:1", exact=True).check()
    expect(dialog.locator("output")).to_have_text("500 × 500 of 1000 × 500, from 250, 0")
    dialog.locator(".crop-part").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    expect(dialog.locator("output")).to_have_text("490 × 490 of 1000 × 500, from 260, 0")
    dialog.get_by_role("button", name="Crop").click()
    expect(media(page)).to_contain_text("490 × 490")
    media(page).get_by_role("button", name="Original").click()
    expect(media(page)).to_contain_text("1000 × 500")


def test_a_picture_is_cut_with_the_pointer(page: Page) -> None:
    add(page, jpeg("wide.jpg", 1000, 500))
    media(page).get_by_role("button", name="Crop").click()
    dialog = page.get_by_role("dialog", name="Crop")
    dialog.get_by_label("4:5", exact=True).check()
    box = dialog.locator(".crop-part").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 1000, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    expect(dialog.locator("output")).to_have_text("400 × 500 of 1000 × 500, from 0, 0")


@pytest.fixture
def unwatched(site: Site, browser: Browser, session: StorageState) -> Iterator[Page]:
    """A new draft, in a browser that may tell of requests that failed: here they do on purpose."""
    context = browser.new_context(base_url=site.url, storage_state=session, locale="en-GB")
    page = context.new_page()
    page.goto("/drafts/new")
    yield new_draft(page)
    context.close()


def test_a_refusal_says_why_beside_the_file_and_the_others_come_in(unwatched: Page) -> None:
    page = unwatched
    add(page, FilePayload(name="page.jpg", mimeType="image/jpeg", buffer=b"<!doctype html><p>Hello"), jpeg("cat.jpg"))
    expect(media(page)).to_have_count(1)
    line = page.locator("[data-beside=x] .upload.is-bad")
    expect(line).to_contain_text("This is HTML")
    line.get_by_role("button", name="Dismiss").click()
    expect(line).to_have_count(0)


def test_progress_is_shown_and_an_upload_is_cancelled(page: Page) -> None:
    page.route("**/api/v1/media?name=*", lambda route: None)  # it never answers
    add(page, jpeg("slow.jpg"))
    line = page.locator("[data-beside=x] .upload")
    expect(line.get_by_role("progressbar", name="Uploading slow.jpg")).to_be_visible()
    line.get_by_role("button", name="Cancel slow.jpg").click()
    expect(line).to_have_count(0)
    expect(media(page)).to_have_count(0)


def test_a_large_file_goes_on_after_the_line_broke(unwatched: Page) -> None:
    """Sent in pieces; the second piece is lost once."""
    page = unwatched
    page.route("**/static/js/media_send.js", _small_pieces)
    page.reload()
    lost: list[str] = []

    def once(route: Any) -> None:
        if route.request.method == "PATCH" and route.request.headers.get("upload-offset") != "0" and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*", once)
    add(page, jpeg("large.jpg", 1200, 900))
    expect(media(page)).to_have_count(1)
    assert names(page) == ["large.jpg"]
    assert len(lost) == 1


def _small_pieces(route: Any) -> None:
    text = (
        Path("src/postwright/web/static/js/media_send.js")
        .read_text()
        .replace("32 * 1024 * 1024", "1024")
        .replace("16 * 1024 * 1024", "20000")
    )
    route.fulfill(body=text, content_type="text/javascript")


def test_a_video_is_converted_when_somebody_asks(page: Page) -> None:
    page.get_by_role("link", name=re.compile("TikTok")).first.click()
    add(page, clip(rate=10), slug="tiktok")
    expect(page.locator("#says-tiktok")).to_contain_text("TikTok takes 23 to 60 pictures a second; this video has 10")
    expect(media(page, "tiktok")).to_have_count(1)
    media(page, "tiktok").get_by_role("button", name="Convert for TikTok").click()
    expect(page.locator("#says-tiktok")).not_to_contain_text("pictures a second", timeout=60_000)
    expect(media(page, "tiktok").get_by_role("button", name="Original")).to_be_visible()
    expect(media(page, "tiktok").get_by_role("button", name="Convert for TikTok")).to_have_count(0)


def test_the_cover_of_a_video(page: Page) -> None:
    add(page, clip(seconds=4.0))
    expect(media(page)).to_have_count(1)
    page.locator("#media-x video").evaluate("(video) => { video.currentTime = 1.5 }")
    media(page).get_by_role("button", name="Take the frame shown").click()
    expect(media(page).get_by_label("Cover, in seconds")).to_have_value("1.5")
    expect(media(page)).to_contain_text("chosen")
    id = page.url.rpartition("/")[2].partition("?")[0]
    assert page.request.get(f"/api/v1/drafts/{id}").json()["variants"]["x"]["options"]["cover_at"] == 1.5


def test_the_counter_of_an_alternative_text(page: Page) -> None:
    add(page, jpeg("cat.jpg"))
    expect(media(page)).to_have_count(1)
    media(page).locator("textarea").fill("x" * 1010)
    expect(page.locator("#alt-x-0-count")).to_contain_text("−10 left of 1,000")
    expect(page.locator("#says-x")).to_contain_text("alternative text of 1,000 characters")


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_overflows_and_axe_finds_nothing(open_page: Open, width: int) -> None:
    page = new_draft(open_page("/drafts/new", width=width, probed=True))
    add(page, jpeg("a-name-that-goes-on-and-on-without-a-space-until-it-is-far-too-long-for-a-phone.jpg"), jpeg("b.jpg"))
    expect(media(page)).to_have_count(2)
    add(page, clip())
    expect(media(page)).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ARTIFACTS.mkdir(exist_ok=True)
    media(page).first.scroll_into_view_if_needed()
    page.screenshot(path=ARTIFACTS / f"media-{width}.png")
    found = Axe().run(page)
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []
    media(page).first.get_by_role("button", name="Crop").click()
    expect(page.get_by_role("dialog", name="Crop")).to_be_visible()
    page.screenshot(path=ARTIFACTS / f"media-crop-{width}.png")
    found = Axe().run(page)
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []


def test_without_scripts(open_page: Open) -> None:
    page = new_draft(open_page("/drafts/new", scripts=False))
    add(page, jpeg("a.jpg"), jpeg("b.jpg", 410))
    page.locator("[data-beside=x]").get_by_role("button", name="Upload").click()
    expect(media(page)).to_have_count(2)
    media(page).nth(1).get_by_role("button", name="earlier").click()
    assert names(page) == ["b.jpg", "a.jpg"]
    media(page).nth(0).get_by_role("button", name="Remove").click()
    assert names(page) == ["a.jpg"]


def test_the_library(open_page: Open) -> None:
    page = new_draft(open_page("/drafts/new"))
    add(page, jpeg("on-the-shelf.jpg"))
    expect(media(page)).to_have_count(1)
    page.goto("/media?q=on-the-shelf")
    card = page.locator(".shelf > li").first
    card.get_by_text("Change").click()
    card.get_by_label("Name").fill("renamed-shelf.jpg")
    card.get_by_role("button", name="Save").click()
    page.goto("/media?q=renamed-shelf")
    card = page.locator(".shelf > li").first
    card.get_by_text("Change").click()
    card.get_by_role("button", name="Delete").click()
    page.goto("/media?deleted=1&q=renamed-shelf")
    page.get_by_role("button", name="Bring renamed-shelf.jpg back").click()
    page.goto("/media?q=renamed-shelf")
    expect(page.locator(".shelf > li")).to_have_count(1)
