"""Posts over JSON: shapes, problems, marks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI, Request

from postwright import config
from postwright.db.session import transaction
from postwright.edge import problems
from postwright.edge.access import access_of
from postwright.edge.callers import Caller, WorkspaceInfo
from postwright.edge.context import Context, signed_in
from postwright.insight.api import router as insight
from postwright.publishing.api import router
from tests.cast import Person
from tests.publishing.desk import NOON, Desk, actor

pytestmark = pytest.mark.anyio


@dataclass
class Door:
    """The routes, entered as one person; who that is can be changed."""

    http: httpx2.AsyncClient
    who: Person

    async def get(self, path: str, **query: Any) -> Any:
        return (await self.http.get(path, params=query)).raise_for_status().json()

    async def post(self, path: str, body: Any = None) -> httpx2.Response:
        return await self.http.post(path, json=body)


@pytest.fixture
async def door(desk: Desk) -> AsyncIterator[Door]:
    app = FastAPI()
    problems.install(app)
    app.include_router(router)
    app.include_router(insight)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        made = Door(http, desk.cast.bob)

        async def enter(request: Request) -> AsyncIterator[Context]:
            person = made.who
            workspace = desk.cast.workspace if person.role else desk.cast.elsewhere
            info = WorkspaceInfo(workspace, "Acme", "sandbox", "UTC", person.role or "owner")
            caller = Caller(uuid4(), person.id, person.email, person.name, "UTC", "en", 1, info, "csrf")
            caller.require(access_of(request.scope["endpoint"], request.method))
            async with transaction(desk.api, actor(person, workspace)) as db:
                state = cast(Any, SimpleNamespace(settings=config.load({})))
                yield Context(request, state, caller, actor(person, workspace), desk.clock(), db)

        app.dependency_overrides[signed_in] = enter
        yield made


async def test_a_post_goes_its_way_over_json(desk: Desk, door: Door) -> None:
    item = await desk.plan("hello", NOON + timedelta(hours=1))
    (planned,) = (await door.get("/posts", tab="planned"))["items"]
    assert (planned["state"], planned["simulated"], planned["origin"], planned["text"]) == ("planned", True, "web", "hello")
    scheduled = (await door.post(f"/posts/{item}/schedule")).json()
    assert (scheduled["state"], scheduled["verbs"]) == ("scheduled", ["publish", "move", "cancel", "edit", "duplicate"])
    assert (await door.post(f"/posts/{item}/publish")).json()["scheduled_at"].startswith("2026-11-23T12:00")
    await desk.turn()
    out = await door.get(f"/posts/{item}")
    assert (out["state"], out["url"], out["attempts"][0]["phase"], out["content"]["text"]) == (
        "published",
        "/sandbox/x/r1",
        "done",
        "hello",
    )
    assert (await door.get("/posts/tabs"))["published"] == 1
    assert [each["id"] for each in (await door.get("/today"))["just_out"]] == [str(item)]
    metrics = await door.get(f"/posts/{item}/metrics")
    assert (metrics["simulated"], metrics["metrics"], metrics["days"]) == (True, {}, [])


async def test_many_are_scheduled_each_with_its_own_result(desk: Desk, door: Door) -> None:
    good, bad = await desk.plan("good", NOON + timedelta(hours=1)), await desk.plan("y" * 281, NOON + timedelta(hours=1))
    answer = (await door.post("/posts/schedule", {"ids": [str(good), str(bad)], "when": "slot"})).json()
    assert [(each["id"], each["scheduled"], [f["rule"] for f in each["findings"]]) for each in answer["items"]] == [
        (str(good), True, []), (str(bad), False, ["length"]),
    ]  # fmt: skip


async def test_problems_name_field_and_rule(desk: Desk, door: Door) -> None:
    late, sent = await desk.plan("late", NOON - timedelta(hours=1)), await desk.schedule("sent")
    await desk.turn()
    cases = [
        (f"/posts/{late}/schedule", None, 422, "past"), (f"/posts/{uuid4()}/schedule", None, 404, None),
        (f"/posts/{sent}/cancel", None, 409, "state"), (f"/posts/{sent}/retry", None, 409, "state"),
        (f"/posts/{sent}/dismiss", None, 409, "state"), (f"/posts/{sent}/retry", {"again": True}, 409, "state"),
        (f"/posts/{sent}/decide", {"outcome": "send_again"}, 409, "state"),
        (f"/posts/{sent}/decide", {"outcome": "dance"}, 422, "literal_error"),
        ("/posts/schedule", {"ids": []}, 422, "too_short"),
        (f"/posts/{late}/schedule", {"when": "2026-11-23T10:00:00"}, 422, "literal_error"),
    ]  # fmt: skip
    for path, body, status, rule in cases:
        answer = await door.post(path, body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path
        assert answer.json().get("rule") == rule, path
    for query in ("after=nonsense", "sort=colour", "limit=0", "text=%00", "tab=drafts"):
        assert (await door.http.get(f"/posts?{query}")).status_code == 422, query


async def test_viewers_read_and_do_not_touch_outsiders_see_nothing(desk: Desk, door: Door) -> None:
    item = await desk.plan("hello", NOON + timedelta(hours=1))
    door.who = desk.cast.vera
    assert len((await door.get("/posts"))["items"]) == 1
    for verb in ("schedule", "publish", "cancel", "retry", "dismiss"):
        assert (await door.post(f"/posts/{item}/{verb}")).status_code == 403
    door.who = desk.cast.mallory
    assert (await door.get("/posts"))["items"] == []
    assert (await door.http.get(f"/posts/{item}")).status_code == 404
    assert (await door.post(f"/posts/{item}/publish")).status_code == 404
