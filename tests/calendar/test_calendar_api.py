"""The calendar and the accounts over JSON: what is asked for is done, what is refused says why and what would do."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from postwright import config
from postwright.calendar import api as calendar_api
from postwright.connections import api as accounts_api
from postwright.edge import problems
from postwright.edge.state import State
from tests.calendar.desk import NOW, Desk
from tests.cast import Person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(desk: Desk, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks as Bob unless a request says otherwise (`as_`)."""
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(tmp_path)})
    app.state.postwright = State(settings, desk.pool, None, lambda: NOW, None, "", b"k" * 32, "test")
    problems.install(app)
    for router in (calendar_api.router, accounts_api.router):
        app.include_router(router, prefix="/api/v1")
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://test/api/v1", headers=as_(desk, desk.cast.bob)
    ) as client:
        yield client


def as_(desk: Desk, person: Person) -> dict[str, str]:
    """Headers of a fresh session of somebody who looks at the workspace."""
    token = uuid4().hex
    with desk.db.transaction():
        desk.db.execute("set local role app_auth")
        desk.db.execute(
            "select app_auth.open_session(%s, %s, now() + interval '1 hour', 'test', null)",
            (person.id, hashlib.sha256(token.encode()).digest()),
        )
    return {"Authorization": f"Bearer {token}", "X-Workspace": str(desk.cast.workspace)}


async def test_a_draft_is_planned_found_moved_and_refused(desk: Desk, http: httpx2.AsyncClient) -> None:
    desk.baseline("x", hours=[{"start": 9, "end": 12}], min_spacing_minutes=720)
    account = desk.account("x")
    planned = await http.post(f"/drafts/{desk.draft('x')}/plan")
    assert planned.status_code == 201
    body = planned.json()
    assert body["simulated"] is True
    (post,) = body["items"]
    assert (post["connection_id"], post["platform"], post["created"], post["zone"]) == (str(account), "x", True, "Europe/Berlin")

    shown = (await http.get("/calendar", params={"start": NOW.isoformat(), "end": (NOW + timedelta(days=14)).isoformat()})).json()["items"]
    assert [(each["id"], each["state"], each["movable"]) for each in shown] == [(post["item_id"], "planned", True)]
    assert (shown[0]["wall_time"], shown[0]["simulated"], shown[0]["origin"]) == (post["wall"], True, "api")

    moved = (await http.patch(f"/posts/{post['item_id']}", json={"wall_time": "2026-11-24T10:00:00"})).json()
    assert (moved["wall"], moved["was_wall"], moved["utc"]) == ("2026-11-24T10:00:00", post["wall"], "2026-11-24T09:00:00Z")

    desk.post(account, NOW + timedelta(days=9, hours=2))
    refused = await http.patch(f"/posts/{post['item_id']}", json={"wall_time": "2026-11-27T12:00:00"})
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json()["field"], refused.json()["rule"]) == ("wall_time", "spacing")
    assert refused.json()["nearest"] == {"wall_time": "2026-11-27T22:00:00", "fold": 0, "utc": "2026-11-27T21:00:00+00:00"}
    anyway = await http.patch(f"/posts/{post['item_id']}", json={"wall_time": "2026-11-27T12:00:00", "anyway": True})
    assert anyway.status_code == 200


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"wall_time": "2020-01-01T00:00:00"}, "wall_time"),
        ({"wall_time": "2026-11-24T10:00:00+01:00"}, "wall_time"),
        ({"wall_time": "soon"}, "wall_time"),
        ({"wall_time": "2026-11-24T10:00:00", "timezone": "Mars/Olympus"}, "timezone"),
        ({"wall_time": "2026-11-24T10:00:00", "fold": 2}, "fold"),
        ({"wall_time": "9999-12-31T23:59:59"}, "wall_time"),
        ({"wall_time": "2026-11-24T10:00:00", "colour": "red"}, "colour"),
    ],
)
async def test_a_move_that_means_nothing_names_the_field(desk: Desk, http: httpx2.AsyncClient, wish: dict[str, object], field: str) -> None:
    item = desk.post(desk.account("x"), NOW + timedelta(days=1))
    answer = await http.patch(f"/posts/{item}", json=wish)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert desk.row(item)["scheduled_at"] == NOW + timedelta(days=1)


async def test_slots_come_best_first_for_all_accounts_or_one(desk: Desk, http: httpx2.AsyncClient) -> None:
    youtube, x = desk.account("youtube"), desk.account("x")
    everything = (await http.get("/slots", params={"limit": 500})).json()
    assert {each["connection_id"] for each in everything["items"]} == {str(youtube), str(x)}
    one = (await http.get("/slots", params={"connection_id": str(x), "days": 7, "limit": 3})).json()["items"]
    assert [each["value"] for each in one] == sorted((each["value"] for each in one), reverse=True)
    assert len(one) == 3
    assert (await http.get("/slots", params={"connection_id": str(uuid4())})).json()["field"] == "connection_ids"
    assert (await http.get("/slots", params={"days": 400})).status_code == 422
    for start in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-11-18T07:00:00"):
        assert (await http.get("/slots", params={"start": start})).json()["field"] == "start"
    ends = {"start": "9999-12-31T00:00:00Z", "end": "9999-12-31T23:59:59Z"}
    assert [(await http.get(each, params=ends)).status_code for each in ("/calendar", "/closed-times")] == [200, 200]
    assert (await http.get("/closed-times", params={"start": "9999-12-31T00:00:00Z"})).status_code == 200


async def test_closed_times_and_preferences_have_a_life(desk: Desk, http: httpx2.AsyncClient) -> None:
    desk.account("x")
    span = {"start": NOW.isoformat(), "end": (NOW + timedelta(days=30)).isoformat(), "reason": "Quiet"}
    made = (await http.post("/closed-times", json=span)).json()["id"]
    assert [each["reason"] for each in (await http.get("/closed-times")).json()["items"]] == ["Quiet"]
    assert (await http.get("/slots")).json()["items"] == []
    assert (await http.delete(f"/closed-times/{made}")).status_code == 204
    assert (await http.get("/slots")).json()["items"] != []
    assert (await http.delete(f"/closed-times/{made}")).status_code == 404

    alice = as_(desk, desk.cast.alice)
    wish = {"timezone": "Europe/Berlin", "platform": "twitter", "closed_days": ["tue", "wed"], "daily_maximum": 1}
    first = await http.put("/scheduling-preferences", json=wish | {"for_workspace": True}, headers=alice)
    again = await http.put("/scheduling-preferences", json=wish | {"for_workspace": True, "closed_days": ["thu"]}, headers=alice)
    assert first.json() == again.json()
    found = (await http.get("/slots")).json()["items"]
    assert "2026-11-19" not in {each["wall"][:10] for each in found}
    assert (await http.put("/scheduling-preferences", json=wish | {"for_workspace": True})).status_code == 403
    bad = await http.put("/scheduling-preferences", json=wish | {"closed_days": ["funday"]})
    assert (bad.status_code, bad.json()["field"]) == (422, "closed_days")


async def test_vera_reads_and_changes_nothing(desk: Desk, http: httpx2.AsyncClient) -> None:
    account = desk.account("x")
    item = desk.post(account, NOW + timedelta(days=1))
    vera = as_(desk, desk.cast.vera)
    span = {"start": NOW.isoformat(), "end": (NOW + timedelta(days=2)).isoformat()}
    assert len((await http.get("/calendar", params=span, headers=vera)).json()["items"]) == 1
    answers = [
        await http.patch(f"/posts/{item}", json={"wall_time": "2026-11-24T10:00:00"}, headers=vera),
        await http.post(f"/drafts/{desk.draft('x')}/plan", headers=vera),
        await http.post("/closed-times", json=span, headers=vera),
        await http.patch(f"/accounts/{account}", json={"paused": True}, headers=vera),
        await http.post("/accounts/sandbox", headers=vera),
    ]
    assert [each.status_code for each in answers] == [403] * 5


async def test_mallory_finds_nothing_of_it(desk: Desk, http: httpx2.AsyncClient) -> None:
    account = desk.account("x")
    item = desk.post(account, NOW + timedelta(days=1))
    outside = as_(desk, desk.cast.mallory)
    assert (await http.get("/accounts", headers=outside)).status_code == 404  # the workspace is not hers
    home = {**outside, "X-Workspace": str(desk.cast.elsewhere)}
    assert (await http.get("/accounts", headers=home)).json()["items"] == []
    assert (await http.get(f"/accounts/{account}", headers=home)).status_code == 404
    assert (await http.patch(f"/posts/{item}", json={"wall_time": "2026-11-24T10:00:00"}, headers=home)).status_code == 404
    assert (await http.post(f"/drafts/{desk.draft('x')}/plan", headers=home)).status_code == 404


async def test_accounts_are_listed_paused_and_never_tell_a_token(desk: Desk, http: httpx2.AsyncClient) -> None:
    account = desk.account("x")
    listed = (await http.get("/accounts")).json()["items"]
    assert [(each["id"], each["platform"], each["simulated"], each["health"]) for each in listed] == [(str(account), "x", True, "healthy")]
    assert not {"access_token", "refresh_token"} & set(listed[0])
    ada = as_(desk, desk.cast.ada)
    paused = (await http.patch(f"/accounts/{account}", json={"paused": True, "timezone": "Asia/Kathmandu"}, headers=ada)).json()
    assert (paused["paused_at"] is not None, paused["timezone"]) == (True, "Asia/Kathmandu")
    resumed = (await http.patch(f"/accounts/{account}", json={"paused": False}, headers=ada)).json()
    assert (resumed["paused_at"], resumed["timezone"]) == (None, "Asia/Kathmandu")
    wrong = await http.patch(f"/accounts/{account}", json={"timezone": "Nowhere"}, headers=ada)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "timezone")
    assert (await http.post("/accounts/sandbox", headers=ada)).status_code == 503  # no sandbox runs here, and it says so
