"""Answers that come when a test says so: what happens in between is what a slow line shows."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, Route

_ISLAND = "hx-request"  # the header of what a script asks for


class Held:
    """Requests to an address that wait until they are let go."""

    def __init__(self, page: Page, address: str, only: Callable[[Request], bool] = lambda request: True) -> None:
        self._page, self._only = page, only
        self._waiting: list[Route] = []
        self._open = False
        page.route(address, self._hold)

    def wait(self) -> None:
        """Until one of them is on its way."""
        while not self._waiting:
            self._page.wait_for_timeout(20)  # lets the browser's events in

    def let_go(self, change: Callable[[str], str] = lambda body: body) -> None:
        """Answers them, with a body that may be changed; later ones pass."""
        self._open = True
        for route in self._waiting:
            answer = route.fetch()
            route.fulfill(response=answer, body=change(answer.text()))

    def _hold(self, route: Route) -> None:
        if self._open or not self._only(route.request):
            route.fallback()
        else:
            self._waiting.append(route)


def from_script(request: Request) -> bool:
    """Whether an island asks, not the browser for a page."""
    return _ISLAND in request.headers


def look_afresh(page: Page) -> None:
    """As when the stream of changes says that something may have changed."""
    page.evaluate("document.dispatchEvent(new CustomEvent('postwright:refresh', { detail: {} }))")


def drawn(page: Page) -> None:
    """Until the page has drawn what it made of the last answer."""
    page.evaluate("() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 50))")
