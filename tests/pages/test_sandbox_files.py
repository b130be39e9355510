"""What the sandbox keeps is shown to the workspace that posted it, by the addresses of the web and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest

from postwright.db.session import Pool
from postwright.edge.state import State
from tests.cast import Cast, Person
from tests.pages.doors import open_door
from tests.publishing.real import SANDBOX_KEY, Sandbox, run_sandbox
from tests.studio.conftest import Browser, make_state

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Stage:
    """A sandbox with simulated posts of Alice's workspace and of Mallory's."""

    sandbox: Sandbox
    alice: Browser
    mallory: Browser
    posts: list[dict[str, Any]]

    @property
    def picture(self) -> str:
        return next(str(medium["id"]) for post in self.posts for medium in post["media"])


@pytest.fixture
async def stage(api_pool: Pool, owner_db: psycopg.Connection[Any], cast: Cast, tmp_path: Path) -> AsyncIterator[Stage]:
    with run_sandbox(tmp_path) as sandbox:
        state = replace(make_state(api_pool, tmp_path), sandbox_url=sandbox.url, sandbox_key=SANDBOX_KEY)
        async with AsyncExitStack() as doors:
            alice = await doors.enter_async_context(_open(state, cast, cast.alice, cast.workspace))
            mallory = await doors.enter_async_context(_open(state, cast, cast.mallory, cast.elsewhere))
            for somebody in (alice, mallory):
                platforms = ["instagram", "x", "linkedin", "bluesky"]
                assert (await somebody("POST", "/api/v1/accounts/sandbox", json={"platforms": platforms})).status_code == 201
            answer = httpx2.post(
                f"{sandbox.url}/_sandbox/history", json={"workspace": str(cast.workspace), "weeks": 1},
                headers={"X-Sandbox-Key": SANDBOX_KEY}, timeout=60,
            )  # fmt: skip
            yield Stage(sandbox, alice, mallory, answer.raise_for_status().json()["posts"])


async def test_a_file_is_shown_to_its_workspace_only(stage: Stage) -> None:
    path = f"/sandbox/media/{stage.picture}"
    mine = await stage.alice("GET", path)
    assert (mine.status_code, mine.headers["content-type"]) == (200, "image/png")
    part = await stage.alice("GET", path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert (await stage.mallory("GET", path)).status_code == 404


async def test_an_avatar_is_named_by_its_path_here(stage: Stage) -> None:
    items = (await stage.alice("GET", "/api/v1/accounts")).json()["items"]
    for account in items:
        assert account["avatar_url"].startswith("/sandbox/avatars/")
        mine = await stage.alice("GET", account["avatar_url"])
        assert (mine.status_code, mine.headers["content-type"].partition(";")[0]) == (200, "image/svg+xml")
        assert (await stage.mallory("GET", account["avatar_url"])).status_code == 404
    page = (await stage.alice("GET", "/accounts", headers={"Accept": "text/html"})).text
    assert all(account["avatar_url"] in page for account in items)
    assert stage.sandbox.url not in page


async def test_copies_are_found_by_ids_with_colons_and_slashes(stage: Stage) -> None:
    for platform in ("x", "linkedin", "bluesky"):
        remote_id = next(post["remote_id"] for post in stage.posts if post["platform"] == platform)
        for referer in ("http://[::1", "http://postwright.test/posts/1"):
            headers = {"Accept": "text/html", "Referer": referer}
            assert (await stage.alice("GET", f"/sandbox/{platform}/{remote_id}", headers=headers)).status_code == 200
        assert (await stage.mallory("GET", f"/sandbox/{platform}/{remote_id}")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "x/..%2f..%2fhealth", "x/%2e%2e/health", "x/%2e%2e", "x/%2e", "x/..%5c..%5chealth", "x/a%00", "x/a%0d%0aX:%201", "media/%00",
        "media/%0d%0a", "media/..%2fhealth", "media/%2e%2e", "avatars/..%2fhealth.svg", "avatars/%00.svg", "x/a%3fb%23c",
    ],
)  # fmt: skip
async def test_no_address_leads_elsewhere_in_the_sandbox(stage: Stage, path: str) -> None:
    answer = await stage.alice("GET", f"/sandbox/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def _open(state: State, cast: Cast, person: Person, workspace: UUID) -> Any:
    return open_door(state, replace(cast, workspace=workspace), person)
