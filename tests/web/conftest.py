"""A real `postwright up` on a home of its own, and Chromium in front of it."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, StorageState, expect, sync_playwright

from postwright.db import embedded
from tests.browser import program
from tests.conftest import IN_MEMORY

REPOSITORY = Path(__file__).parents[2]
ARTIFACTS = REPOSITORY / "artifacts"
ZONE = "Europe/Berlin"
expect.set_options(timeout=15_000)  # milliseconds: a state comes late on a busy machine, and is waited for
_STARTED_WITHIN = 180.0  # seconds; a cold start renders a video, too
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """The running tree: its address, the one-time link, and what the terminal said."""

    url: str
    link: str
    said: list[str]
    home: Path


@dataclass(slots=True)
class Watched:
    """A page of a browser, and what went wrong in it. `visited`: the addresses that it was sent to."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)


Open = Callable[..., Page]


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """`postwright up --demo examples/launch.md`, as `make run` does it."""
    folder = Path(tempfile.mkdtemp(prefix="postwright web ", dir=IN_MEMORY))
    folder.chmod(0o711)  # the database's own user passes through
    home = folder / "home"
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE_", "POSTWRIGHT_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "postwright.cli.main", "up", "--demo", str(REPOSITORY / "examples" / "launch.md")],
        env=environ | {"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(_free_port())},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield _await_link(process, home)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()
        embedded.stop(home, patience=10)
        shutil.rmtree(embedded.socket_folder(home), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def browser(playwright_: Playwright) -> Iterator[Browser]:
    """Chromium of the path; else the one that Playwright brought."""
    made = playwright_.chromium.launch(executable_path=program(), args=list(_QUIET))
    yield made
    made.close()


@pytest.fixture(scope="package")
def playwright_() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def session(site: Site, browser: Browser) -> StorageState:
    """The cookies of the operator, got by the one-time link: it works once, so the whole run shares them."""
    context = browser.new_context(timezone_id=ZONE, locale="en-GB")
    page = context.new_page()
    page.goto(site.link)
    page.wait_for_url("**/today")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(site: Site, browser: Browser, session: StorageState) -> Iterator[Open]:
    """Opens pages as the operator. At the end nothing may have gone wrong in any of them: no error on the console,
    no refusal by the content policy, no uncaught exception."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def open_(path: str = "/today", *, width: int = 1440, theme: str | None = None, scripts: bool = True, probed: bool = False) -> Page:
        """`probed`: axe will style the page while it looks, which the content policy would refuse."""
        context = browser.new_context(
            bypass_csp=probed, base_url=site.url, storage_state=session, timezone_id=ZONE, locale="en-GB", java_script_enabled=scripts,
            viewport={"width": width, "height": 844 if width < 500 else 900}, reduced_motion="reduce",
        )  # fmt: skip
        contexts.append(context)
        if theme:
            context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
        page = context.new_page()
        watched.append(watch(page))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [wrong for each in watched for wrong in each.wrong] == []


def watch(page: Page) -> Watched:
    """Notes what goes wrong in a page from now on."""
    watched = Watched(page)
    page.on("request", lambda request: watched.visited.add(request.url) if request.is_navigation_request() else None)
    page.on("console", lambda message: watched.wrong.append(message.text) if _is_wrong(message, watched.visited) else None)
    page.on("pageerror", lambda error: watched.wrong.append(str(error)))
    return watched


def _is_wrong(message: ConsoleMessage, visited: Collection[str]) -> bool:
    """Chromium calls a page that was answered with 4xx an error, too: those are asked for on purpose. (It may say so before the
    page's own address is the new one.)"""
    is_page_itself = message.text.startswith("Failed to load resource") and message.location.get("url") in visited
    return message.type == "error" and not is_page_itself


def _await_link(process: subprocess.Popen[str], home: Path) -> Site:
    """Reads what `up` prints until the one-time link, which is the last line."""
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()], daemon=True)
    reader.start()
    said: list[str] = []
    deadline = time.monotonic() + _STARTED_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            said.append(lines.get(timeout=1).rstrip())
        except queue.Empty:
            continue
        if found := re.search(r"(http://\S+)/welcome\?link=\S+", said[-1]):
            return Site(found.group(1), found.group(0), said, home)
    process.kill()
    logs = "\n".join(f"== {each.name}\n{each.read_text()[-3000:]}" for each in sorted((home / "logs").glob("*.log")))
    raise AssertionError("no one-time link came:\n" + "\n".join(said) + "\n" + logs)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
