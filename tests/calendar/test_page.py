"""The calendar's page: it works without a script, and with one posts move by drag and by keyboard."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from anyio import connect_tcp, fail_after
from anyio import sleep as anyio_sleep
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from playwright.async_api import Locator, Page, async_playwright, expect
from playwright.sync_api import sync_playwright

from postwright import config
from postwright.calendar import api, pages
from postwright.db.bootstrap import Dsns
from postwright.edge import live, problems
from postwright.edge.asgi import Wrap
from postwright.edge.events import EventHub
from postwright.edge.state import State
from postwright.notices import pages as notices_pages
from tests.browser import program
from tests.calendar.desk import NOW, Desk
from tests.cast import acting

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.slow]

_STATIC = Path(pages.__file__).parents[1] / "web" / "static"
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--remote-debugging-port=0",
)  # fmt: skip
TUESDAY = datetime.fromisoformat("2026-11-24T09:00+00:00")  # 10:00 in Berlin


@dataclass
class Site:
    """The calendar in a browser, and what went wrong there."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    async def open(self, query: str = "") -> None:
        await self.page.goto(f"{self.url}/calendar{query}")

    def chip(self, item: UUID) -> Locator:
        return self.page.locator(f'.cal-grid .cal-chip[data-id="{item}"]')

    def cell(self, day: str) -> Locator:
        return self.page.locator(f'.cal-grid .ec-body .ec-day:has(time[datetime="{day}"])')

    @property
    def said(self) -> Locator:
        return self.page.locator("#live")

    @property
    def toast(self) -> Locator:
        return self.page.locator(".toast").last


@pytest.fixture
async def url(desk: Desk, database: Dsns, tmp_path: Path) -> AsyncIterator[str]:
    """The calendar's own pages behind the real edge on a real socket; the clock stands still."""
    app = FastAPI()
    app.state.postwright = State(config.load({"POSTWRIGHT_HOME": str(tmp_path)}), desk.pool, None, lambda: NOW, None, "", b"k" * 32, "test")
    hub = EventHub(database.api)
    problems.install(app)
    app.add_middleware(Wrap)
    app.include_router(pages.router)
    app.include_router(api.router, prefix="/api/v1")
    app.include_router(notices_pages.router)  # the bell

    app.state.events = hub
    app.include_router(live.router)
    app.mount("/static", StaticFiles(directory=_STATIC))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    tasks = [asyncio.create_task(server.serve()), asyncio.create_task(hub.run())]
    await wait_for_port(port)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    tasks[1].cancel()
    for task in reversed(tasks):
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(scope="module")
def browser() -> Iterator[str]:
    """One Chromium for all tests of this file: the one of the path, else Playwright's own. Its address."""
    with sync_playwright() as playwright:
        found = program() or playwright.chromium.executable_path
    with tempfile.TemporaryDirectory() as profile:
        process = subprocess.Popen([found, *_QUIET, f"--user-data-dir={profile}", "about:blank"], stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        address = next(found.group(1) for line in process.stderr if (found := re.search(r"listening on (ws://\S+)", line)))
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield address
        process.terminate()
        process.wait(20)
        drain.join(5)
        process.stderr.close()


@pytest.fixture
async def site(desk: Desk, url: str, browser: str, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """Bob's browser in New York. Nothing may go wrong in it: no error on the console, no refusal by the content policy."""
    wishes = {"width": 1440, "scripts": True} | getattr(request, "param", {})
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.connect_over_cdp(browser)
        context = await chromium.new_context(
            viewport={"width": wishes["width"], "height": 900}, timezone_id="America/New_York", java_script_enabled=wishes["scripts"]
        )
        await context.add_cookies([{"name": "postwright_test", "value": _sign_in(desk), "url": url}])
        found = Site(await context.new_page(), url)
        found.page.on("console", lambda message: found.wrong.append(message.text) if message.type in ("error", "warning") else None)
        found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
        yield found
        await context.close()
    assert [each for each in found.wrong if "409" not in each] == []  # a refusal is an answer that Chromium logs


async def wait_for_port(port: int) -> None:
    """Until somebody listens there."""
    with fail_after(20):
        while True:
            with suppress(OSError):
                await (await connect_tcp("127.0.0.1", port)).aclose()
                return
            await anyio_sleep(0.05)


def _sign_in(desk: Desk) -> str:
    with desk.db.transaction():
        desk.db.execute("set local role app_auth")
        desk.db.execute(
            "select app_auth.open_session(%s, %s, now() + interval '1 hour', 'test', null)",
            (desk.cast.bob.id, hashlib.sha256(b"bob").digest()),
        )
    desk.db.execute("update sessions set workspace_id = %s", (desk.cast.workspace,))
    return "bob"


def _wall(desk: Desk, item: UUID) -> str:
    return desk.row(item)["wall_time"].isoformat(timespec="minutes") if desk.row(item)["wall_time"] else "none"


async def _drag(page: Page, chip: Locator, to: Locator) -> None:
    """As a hand does it: down, in steps across, up."""
    start, end = await chip.bounding_box(), await to.bounding_box()
    assert start is not None
    assert end is not None
    await page.mouse.move(start["x"] + 12, start["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(start["x"] + 30, start["y"] + 14, steps=4)
    await page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=10)
    await page.mouse.up()


async def test_dragging_across_days_keeps_the_clock_and_undo_brings_it_back(desk: Desk, site: Site) -> None:
    item = desk.post(desk.account(), TUESDAY)
    await site.open("?view=month")
    await expect(site.chip(item)).to_contain_text("10:00")
    await _drag(site.page, site.chip(item), site.cell("2026-11-27"))
    await expect(site.toast).to_contain_text("Moved to Fri 27 Nov, 10:00.")
    assert _wall(desk, item) == "2026-11-27T10:00"
    assert site.page.url.endswith("view=month")  # the drop was no click on the link
    await site.toast.get_by_role("button", name="Undo").click()
    await expect(site.said).to_contain_text("Moved back")
    assert (_wall(desk, item), desk.row(item)["scheduled_at"]) == ("2026-11-24T10:00", TUESDAY)


async def test_a_refused_drop_goes_back_names_the_rule_and_offers_the_nearest_time(desk: Desk, site: Site) -> None:
    desk.baseline("x", min_spacing_minutes=720)
    account = desk.account()
    desk.post(account, TUESDAY + timedelta(days=3))
    item = desk.post(account, TUESDAY)
    await site.open("?view=month")
    await _drag(site.page, site.chip(item), site.cell("2026-11-27"))
    refusal = site.page.locator(".cal-refusal")
    await expect(refusal).to_contain_text("keep 12 h apart")
    await expect(site.cell("2026-11-24")).to_be_visible()
    assert _wall(desk, item) == "none"  # untouched
    await refusal.get_by_role("button", name="Move to Fri 27 Nov, 22:00").click()
    await expect(site.toast).to_contain_text("Moved to Fri 27 Nov, 22:00.")
    await expect(refusal).to_be_hidden()
    assert _wall(desk, item) == "2026-11-27T22:00"


async def test_a_person_may_insist(desk: Desk, site: Site) -> None:
    desk.prefer(desk.cast.alice, days_blacklist=["fri"])
    item = desk.post(desk.account(), TUESDAY)
    await site.open("?view=month")
    await _drag(site.page, site.chip(item), site.cell("2026-11-27"))
    await site.page.locator(".cal-refusal").get_by_role("button", name="Move anyway").click()
    await expect(site.toast).to_contain_text("Moved to Fri 27 Nov, 10:00.")
    assert _wall(desk, item) == "2026-11-27T10:00"


async def test_the_keyboard_carries_a_post_and_says_where_it_is(desk: Desk, site: Site) -> None:
    item = desk.post(desk.account(), TUESDAY)
    await site.open("?view=week&date=2026-11-24")
    keys = site.page.keyboard
    await site.chip(item).focus()
    await keys.press("m")
    await expect(site.said).to_contain_text("Picked up: X post, Tuesday 24 November, 10:00")
    await keys.press("ArrowRight")
    await expect(site.said).to_contain_text("Wednesday 25 November, 10:00")
    await keys.press("ArrowDown")
    await expect(site.said).to_contain_text("Wednesday 25 November, 10:15")
    await expect(site.chip(item)).to_contain_text("10:15")
    await keys.press("Escape")
    await expect(site.said).to_contain_text("Canceled. The post stays where it was.")
    await expect(site.chip(item)).to_contain_text("10:00")
    assert _wall(desk, item) == "none"
    await expect(site.chip(item)).to_be_focused()
    for key in ("m", "ArrowUp", "ArrowUp", "ArrowLeft", "Enter"):
        await keys.press(key)
    await expect(site.toast).to_contain_text("Moved to Mon 23 Nov, 09:30.")
    assert _wall(desk, item) == "2026-11-23T09:30"


async def test_carried_beyond_the_page_the_page_turns(desk: Desk, site: Site) -> None:
    item = desk.post(desk.account(), TUESDAY)
    await site.open("?view=week&date=2026-11-24")
    await site.chip(item).focus()
    for key in ("m", *["ArrowRight"] * 6):
        await site.page.keyboard.press(key)
    await expect(site.said).to_contain_text("Monday 30 November, 10:00")
    await expect(site.chip(item)).to_be_visible()
    await site.page.keyboard.press("Enter")
    await expect(site.toast).to_contain_text("Moved to Mon 30 Nov, 10:00.")
    assert _wall(desk, item) == "2026-11-30T10:00"


@pytest.mark.parametrize(("status", "word"), [("completed", "published"), ("processing", "publishing"), ("needs_review", "unconfirmed")])
async def test_what_is_out_or_on_its_way_never_drags(desk: Desk, site: Site, status: str, word: str) -> None:
    item = desk.post(desk.account(), TUESDAY, status=status)
    await site.open("?view=month")
    await _drag(site.page, site.chip(item), site.cell("2026-11-27"))
    await site.open("?view=month")
    await site.chip(item).focus()
    await site.page.keyboard.press("m")
    await expect(site.said).to_contain_text(f"This post is {word}: it does not move")
    assert desk.row(item)["scheduled_at"] == TUESDAY


async def test_dragging_up_and_down_a_day_moves_by_quarters(desk: Desk, site: Site) -> None:
    item = desk.post(desk.account(), TUESDAY, status="scheduled")
    await site.open("?view=week&date=2026-11-24")
    box = await site.chip(item).bounding_box()
    assert box is not None
    await site.page.mouse.move(box["x"] + 20, box["y"] + 9)
    await site.page.mouse.down()
    await site.page.mouse.move(box["x"] + 20, box["y"] + 40, steps=6)
    await site.page.mouse.move(box["x"] + 20, box["y"] + 9 + 54, steps=6)  # 36 px are half an hour
    await site.page.mouse.up()
    await expect(site.toast).to_contain_text("Moved to Tue 24 Nov, 10:45.")
    found = desk.db.execute("select status, scheduled_for from scheduled_posts").fetchone()
    assert found == ("scheduled", TUESDAY + timedelta(minutes=45))


async def test_every_view_has_its_address_its_key_and_a_way_back(desk: Desk, site: Site) -> None:
    item = desk.post(desk.account(), TUESDAY)
    await site.open("?view=month&date=2026-11-01")
    for key, view in (("2", "week"), ("3", "day"), ("4", "list"), ("1", "month")):
        await site.page.keyboard.press(key)
        await expect(site.page).to_have_url(re.compile(f"view={view}"))
        await expect(site.page.locator(".cal .segment [aria-current]")).to_have_text(view.title())
    await site.page.keyboard.press("j")
    await expect(site.page.locator("h1")).to_have_text("December 2026")
    await site.page.keyboard.press("t")
    await expect(site.page.locator("h1")).to_have_text("November 2026")
    await site.page.go_back()
    await expect(site.page.locator("h1")).to_have_text("December 2026")
    await site.page.go_back()
    await expect(site.chip(item)).to_be_visible()


async def test_a_change_elsewhere_shows_without_a_reload(desk: Desk, site: Site) -> None:
    item = desk.post(desk.account(), TUESDAY)
    await site.open("?view=month")
    await expect(site.chip(item)).to_have_class(re.compile("planned"))
    with acting(desk.db, desk.cast.alice, desk.cast.workspace) as db:
        db.execute("update content_schedule_items set scheduled_at = scheduled_at + interval '3 hours' where id = %s", (item,))
    await expect(site.chip(item)).to_contain_text("13:00")


async def test_a_full_day_shows_four_and_the_way_to_the_rest(desk: Desk, site: Site) -> None:
    account = desk.account()
    for number in range(6):
        desk.post(account, TUESDAY + timedelta(minutes=20 * number))
    await site.open("?view=month")
    await expect(site.page.locator(".cal-grid .cal-chip")).to_have_count(4)
    more = site.page.get_by_role("link", name="2 more posts on Tuesday 24 November")
    await expect(more).to_have_text("+2")
    await more.click()
    await expect(site.page.locator("h1")).to_have_text("Tuesday 24 November 2026")
    await expect(site.page.locator(".cal-grid .cal-chip")).to_have_count(6)


async def test_a_weeks_marker_stands_where_its_posts_do_and_chips_lie_over_the_line_of_now(desk: Desk, site: Site) -> None:
    account = desk.account()
    for _ in range(6):
        desk.post(account, TUESDAY + timedelta(minutes=21))
    await site.open("?view=week&date=2026-11-24")
    chips, more = site.page.locator(".cal-grid .cal-chip"), site.page.locator(".cal-more")
    await expect(chips).to_have_count(1)
    await expect(more).to_have_text("+5")
    chip, marker = await chips.bounding_box(), await more.bounding_box()
    assert chip is not None
    assert marker is not None
    assert abs(chip["y"] - marker["y"]) < 3
    layers = "([events, line]) => [events, line].map((each) => Number(getComputedStyle(each).zIndex))"
    above, below = await site.page.evaluate(
        f"({layers})([document.querySelector('.ec-body .ec-events'), "
        "document.querySelector('.ec-now-indicator') || document.querySelector('.ec-main').appendChild("
        "Object.assign(document.createElement('div'), {className: 'ec-now-indicator'}))])"
    )
    assert above > below


@pytest.mark.parametrize("width", [768, 1440])
async def test_a_months_chip_shows_words_and_its_whole_state(desk: Desk, site: Site, width: int) -> None:
    item = desk.post(desk.account(), TUESDAY)
    await site.page.set_viewport_size({"width": width, "height": 900})
    await site.open("?view=month")
    await expect(site.chip(item)).to_be_visible()
    # Asked until it holds: a fresh look replaces the chip at any moment.
    await site.page.wait_for_function(
        """() => {
            const box = (name) => document.querySelector(`.cal-grid .cal-chip${name}`)?.getBoundingClientRect()
            const [chip, state, words] = [box(""), box(" .cal-state .icon"), box(" .cal-words")]
            return state?.width > 8 && state.right <= chip.right && words.width > 0.8 * chip.width
        }""",
        timeout=5000,
    )


async def test_a_phone_opens_the_calendar_at_its_top(desk: Desk, site: Site) -> None:
    account = desk.account()
    for day in range(12):
        desk.post(account, TUESDAY + timedelta(days=day - 9))
    await site.page.set_viewport_size({"width": 390, "height": 700})
    await site.open()
    await expect(site.page.locator("#calendar .cal-line").first).to_be_visible()
    assert await site.page.evaluate("scrollY") == 0
    await expect(site.page.locator("h1")).to_be_in_viewport()


async def test_a_refusal_moves_nothing_and_goes_with_the_view(desk: Desk, site: Site) -> None:
    desk.baseline("x", min_spacing_minutes=720)
    account = desk.account()
    desk.post(account, TUESDAY + timedelta(days=3))
    item = desk.post(account, TUESDAY)
    await site.open("?view=month")
    before = await site.page.locator(".cal-grid").bounding_box()
    await _drag(site.page, site.chip(item), site.cell("2026-11-27"))
    await expect(site.page.locator(".cal-refusal")).to_be_visible()
    assert await site.page.locator(".cal-grid").bounding_box() == before
    await site.page.get_by_role("link", name="Week", exact=True).click()
    await expect(site.page.locator(".cal-refusal")).to_be_hidden()


async def test_days_on_which_clocks_change_and_both_zones_are_named(desk: Desk, site: Site) -> None:
    desk.db.execute("update users set timezone = 'America/New_York' where id = %s", (desk.cast.bob.id,))
    desk.post(desk.account(), datetime.fromisoformat("2027-03-28T10:00+00:00"))
    await site.open("?view=week&date=2027-03-28")
    await expect(site.page.locator(".ec-col-head", has_text="Clocks +1 h")).to_contain_text("28")
    await expect(site.page.locator(".ec-header .ec-sidebar")).to_have_text("New YorkBerlin")
    await expect(site.page.locator(".cal-head")).to_contain_text("Times in Berlin")


@pytest.mark.parametrize("site", [{"scripts": False}, {"width": 390}], indirect=True, ids=["no script", "phone"])
async def test_without_a_grid_the_list_tells_everything(desk: Desk, site: Site) -> None:
    account = desk.account("linkedin", "Acme Inc")
    planned, missed = desk.post(account, TUESDAY), desk.post(account, NOW - timedelta(hours=3))
    await site.open("?view=month")
    line = site.page.locator(".cal-line", has=site.page.locator(f'a[href="/posts/{planned}"]'))
    await expect(line).to_be_visible()
    for words in ("10:00", "LinkedIn", "Planned", "standing"):
        await expect(line).to_contain_text(words)
    await expect(site.page.locator(".cal-line", has=site.page.locator(f'a[href="/posts/{missed}"]'))).to_contain_text("Missed")
    await site.open("?view=month&state=missed")
    await expect(site.page.locator(".cal-line")).to_have_count(1)


@pytest.mark.parametrize(
    ("site", "views"), [({"width": 1440}, ("month", "week", "day")), ({"width": 390}, ("list",))], indirect=["site"], ids=["desk", "phone"]
)
async def test_no_barriers_in_any_view_and_theme(desk: Desk, site: Site, views: tuple[str, ...]) -> None:
    account = desk.account()
    for days, status in ((0, "queued"), (1, "scheduled"), (2, "completed"), (3, "failed"), (4, "needs_review"), (-4, "queued")):
        desk.post(account, NOW + timedelta(days=days, hours=4), status=status)
    for theme in ("light", "dark"):
        await site.page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
        for view in views:
            await site.open(f"?view={view}&date=2026-11-19")
            assert site.wrong == []
            found = await Axe().run(site.page)
            site.wrong.clear()  # axe itself trips over the content policy
            assert [each["id"] for each in found.response["violations"] if each["impact"] in ("serious", "critical")] == [], (view, theme)


@pytest.mark.parametrize(
    ("query", "words"),
    [("view=year", "a month, a week, a day or a list"), ("date=tomorrow", "looks like 2026-11-21"), ("date=9999-12-31", "reaches from"),
     ("account=x", "no such account")],
)  # fmt: skip
async def test_addresses_that_mean_nothing_say_so(site: Site, query: str, words: str) -> None:
    await site.open(f"?{query}")
    await expect(site.page.locator("main")).to_contain_text(words)
    assert all("422" in each for each in site.wrong)
    site.wrong.clear()
