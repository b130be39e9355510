"""Whatever a person may write is shown as text on every page: no markup of theirs is any page's markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from tests.mallory.asks import address, body
from tests.mallory.scene import Stage
from tests.mallory.test_matrix import LINES

pytestmark = pytest.mark.anyio

EVIL = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}"
BARE = ("<img src=x", "<script>alert(2)", 'onerror=alert(1)>"', "{{49}}")
PAGES = [
    each for each in LINES if not each.api and each.method == "GET" and each.path not in {"/events", "/palette.json"} and not each.well
]


async def test_on_every_page(stage: Stage) -> None:
    ids = stage.scene.ids
    async with stage.db.transaction(force_rollback=True):
        await _write_everywhere(stage)
        seen, wrong = 0, []
        for line in PAGES:
            known = stage.scene.known("alice")
            how = body(line.method, line.path, known)
            headers = stage.bearer("alice", ids["workspace"]) | {"Accept": "text/html", "HX-Request": "true"}
            for which in ({}, {"HX-Request": ""}):
                answer = await stage.act(line.method, address(line.method, line.path, known), headers=headers | which, **how)
                if "text/html" not in answer.headers.get("content-type", ""):
                    continue
                seen += "alert(2)" in answer.text
                wrong += [f"{line.path}: {each}" for each in BARE if each in answer.text]
                wrong += [f"{line.path}: {each}" for each in _handlers(answer.text)]
    assert wrong == []
    assert seen > 20


async def test_in_what_an_address_says(stage: Stage) -> None:
    """Reflected: search words, filters, `next`, `email`, wrong addresses."""
    headers = stage.bearer("alice", stage.scene.ids["workspace"]) | {"Accept": "text/html"}
    for path, name in (
        ("/drafts", "q"), ("/posts", "q"), ("/posts", "state"), ("/posts", "label"), ("/posts", "account"), ("/posts", "after"),
        ("/calendar", "view"), ("/calendar", "date"), ("/settings/audit", "q"), ("/settings/people", "q"), ("/sign-in", "next"),
        ("/sign-in", "email"), ("/sign-up", "email"), ("/sign-up", "next"), ("/welcome", "link"), ("/verify", "token"), ("/reset", "token"),
        ("/accounts", "history"), ("/today", "said"), ("/notifications", "show"), ("/settings/keys", "state"), (f"/nowhere/{EVIL}", "q"),
    ):  # fmt: skip
        answer = await stage("GET", path, params={name: EVIL}, headers=headers)
        assert answer.status_code < 500, path
        assert not [each for each in BARE if each in answer.text], f"{path}?{name}"


async def _write_everywhere(stage: Stage) -> None:
    ids = stage.scene.ids
    headers = stage.bearer("alice", ids["workspace"])

    async def ask(method: str, path: str, **sent: Any) -> None:
        answer = await stage.act(method, f"/api/v1{path}", headers=headers, json=sent)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"

    draft = (await stage.act("GET", f"/api/v1/drafts/{ids['draft']}", headers=headers)).json()
    await ask("PATCH", f"/drafts/{ids['draft']}", version=draft["version"], title=EVIL, idea=f"{EVIL} and more of it, said at some length.")
    version = (await stage.act("GET", f"/api/v1/drafts/{ids['draft']}", headers=headers)).json()["version"]
    await ask("PATCH", f"/drafts/{ids['draft']}/variants/x", version=version, text=EVIL, hashtags=["a"])
    for what, key in (("drafts", "draft"), ("posts", "post_planned")):
        await ask("POST", f"/{what}/{ids[key]}/comments", text=EVIL, mentions=[ids["bob"]])
    await ask("POST", "/keys", name=EVIL, scopes=["read"])
    await ask("POST", "/closed-times", start="2027-03-01T00:00:00Z", end="2027-03-02T00:00:00Z", reason=EVIL)
    await ask("PATCH", "/me", name=EVIL)
    await ask("POST", f"/drafts/{ids['draft']}/plan", at="2027-03-07T09:00:00Z", connection_ids=[ids["account_x"]])
    await ask("PATCH", "/workspaces/current", name=EVIL[:90])


def _handlers(text: str) -> list[str]:
    """Elements that carry script, as a parser sees them: inline handlers, and addresses that are script."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(
                f"{tag} {name}={value}" for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript:")
            )

    Reader().feed(text)
    return found
