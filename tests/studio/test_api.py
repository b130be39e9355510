"""Drafts over JSON."""

from __future__ import annotations

import httpx2
import pytest

from postwright.edge.state import State
from tests.cast import Cast
from tests.studio import ideas
from tests.studio.conftest import Browser, enter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bob(http: httpx2.AsyncClient, state: State, cast: Cast) -> Browser:
    return await enter(http, state, cast, cast.bob)


@pytest.fixture
async def vera(http: httpx2.AsyncClient, state: State, cast: Cast) -> Browser:
    return await enter(http, state, cast, cast.vera)


async def test_the_life_of_a_draft(bob: Browser, vera: Browser) -> None:
    made = await bob("POST", "/api/v1/drafts", json={"idea": ideas.LAUNCH, "platforms": ["twitter", "linkedin", "tiktok"]})
    assert made.status_code == 201, made.text
    draft = made.json()
    path = f"/api/v1/drafts/{draft['id']}"
    assert list(draft["variants"]) == ["x", "linkedin", "tiktok"]
    assert (draft["simulated"], draft["origin"], draft["version"]) == (False, "api", 1)
    assert draft["variants"]["x"]["findings"] == []
    assert draft["variants"]["x"]["unit"] == "weighted characters"
    assert draft["variants"]["tiktok"]["findings"][0]["rule"] == "media_pending"
    assert (await vera("GET", path)).json()["idea"] == draft["idea"]
    found = (await bob("POST", "/api/v1/drafts/find", json={"idea": ideas.LAUNCH})).json()
    assert found == {"items": [{"id": draft["id"]}]}

    changed = await bob("PATCH", f"{path}/variants/x", json={"version": 1, "text": "Short. " * 60, "hashtags": ["#a b", "ab"]})
    variant = changed.json()["variants"]["x"]
    assert (variant["edited"], variant["hashtags"], variant["remaining"] < 0) == (True, ["ab"], True)
    assert variant["findings"][0]["fix"] == "split_thread"
    split = (await bob("POST", f"{path}/variants/x/split")).json()["variants"]["x"]
    assert (len(split["thread"]) > 1, split["findings"]) == (True, [])
    back = (await bob("POST", f"{path}/variants/x/resync")).json()["variants"]["x"]
    assert (back["edited"], back["text"]) == (False, draft["variants"]["x"]["text"])

    idea = await bob("PATCH", path, json={"version": changed.json()["version"], "idea": "Another idea.", "platforms": ["x", "bluesky"]})
    assert (idea.status_code, list(idea.json()["variants"])) == (200, ["x", "bluesky"])
    assert idea.json()["variants"]["x"]["text"].startswith("We moved our launch from Friday to Tuesday")
    assert (await bob("DELETE", path)).status_code == 204
    assert (await bob("GET", "/api/v1/drafts")).json()["items"] == []
    assert [each["id"] for each in (await bob("GET", "/api/v1/drafts?deleted=true")).json()["items"]] == [draft["id"]]
    assert (await bob("POST", f"{path}/restore")).status_code == 200
    assert (await bob("GET", "/api/v1/drafts?text=another")).json()["items"][0]["platforms"] == ["x", "bluesky"]


async def test_conflicts_name_who_and_when(bob: Browser, http: httpx2.AsyncClient, state: State, cast: Cast) -> None:
    alice = await enter(http, state, cast, cast.alice)
    id = (await bob("POST", "/api/v1/drafts", json={"idea": ideas.SHORT, "platforms": ["x"]})).json()["id"]
    assert (await bob("PATCH", f"/api/v1/drafts/{id}/variants/x", json={"version": 1, "text": "Bob."})).status_code == 200
    refused = await alice("PATCH", f"/api/v1/drafts/{id}/variants/x", json={"version": 1, "text": "Alice."})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "Bob changed this variant at" in refused.json()["detail"]
    assert (await alice("GET", f"/api/v1/drafts/{id}")).json()["variants"]["x"]["text"] == "Bob."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"idea": ""}, "idea"), ({"idea": "a" * 200_001}, "idea"), ({}, "idea"), ({"idea": "a", "url": "https://example.com"}, "idea"),
        ({"url": "http://127.0.0.1:5432/"}, "url"), ({"idea": "a", "platforms": ["myspace"]}, "platform"),
        ({"idea": "a", "platforms": []}, "platforms"), ({"idea": "a", "colour": "red"}, "colour"),
    ],
)  # fmt: skip
async def test_bad_input_names_field_and_keeps_nothing(bob: Browser, body: dict[str, object], field: str) -> None:
    answer = await bob("POST", "/api/v1/drafts", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["rule"]
    assert (await bob("GET", "/api/v1/drafts")).json()["items"] == []


async def test_a_viewer_reads_and_no_more(bob: Browser, vera: Browser) -> None:
    id = (await bob("POST", "/api/v1/drafts", json={"idea": ideas.SHORT, "platforms": ["x"]})).json()["id"]
    for method, path, body in [
        ("POST", "/api/v1/drafts", {"idea": "a"}), ("PATCH", f"/api/v1/drafts/{id}", {"version": 1, "idea": "b"}),
        ("DELETE", f"/api/v1/drafts/{id}", None),
        ("PATCH", f"/api/v1/drafts/{id}/variants/x", {"version": 1, "text": "b"}), ("POST", f"/api/v1/drafts/{id}/variants/x/undo", None),
    ]:  # fmt: skip
        assert (await vera(method, path, json=body)).status_code == 403, path


async def test_mallory_finds_nothing(bob: Browser, http: httpx2.AsyncClient, state: State, cast: Cast) -> None:
    id = (await bob("POST", "/api/v1/drafts", json={"idea": ideas.SHORT, "platforms": ["x"]})).json()["id"]
    mallory = await enter(http, state, cast, cast.mallory)
    mallory.headers["X-Workspace"] = str(cast.elsewhere)
    assert (await mallory("GET", f"/api/v1/drafts/{id}")).status_code == 404
    assert (await mallory("DELETE", f"/api/v1/drafts/{id}")).status_code == 404
    mallory.headers["X-Workspace"] = str(cast.workspace)
    assert (await mallory("GET", f"/api/v1/drafts/{id}")).status_code == 404


async def test_checking_counts_as_the_platform_does(vera: Browser) -> None:
    async def check(**body: object) -> dict[str, object]:
        answer = await vera("POST", "/api/v1/check", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    assert (await check(platform="x", text="https://example.com/" + "a" * 300))["remaining"] == 280 - 23
    assert (await check(platform="x", text="👨‍👩‍👧‍👦"))["remaining"] == 278
    over = await check(platform="x", text="a" * 290)
    assert (over["remaining"], over["overflow_at"]) == (-10, 280)
    assert (await check(platform="bluesky", text="👨‍👩‍👧‍👦" * 300))["unit"] == "graphemes"
    parts = (await check(platform="x", text="", thread=["a" * 280, "b" * 281]))["parts"]
    assert [each["remaining"] for each in parts] == [0, -1]  # type: ignore[attr-defined]
    found = (await check(platform="tiktok", text="Hello."))["findings"]
    assert [(each["field"], each["rule"]) for each in found] == [  # type: ignore[attr-defined]
        ("options.privacy_level", "option_required"), ("options.music_consent", "option_required"),
    ]  # fmt: skip
    assert (await check(platform="youtube", text="Hello."))["findings"][0]["field"] == "title"
    assert (await vera("POST", "/api/v1/check", json={"platform": "nowhere", "text": "a"})).status_code == 422


async def test_a_voice_needs_a_provider_and_says_so(bob: Browser) -> None:
    answer = await bob(
        "POST", "/api/v1/drafts", json={"idea": ideas.SHORT, "platforms": ["x"], "voice": "00000000-0000-0000-0000-000000000001"}
    )
    assert "needs a provider" in answer.json()["notes"][0]


async def test_lists_page_by_cursor(bob: Browser) -> None:
    ids = [(await bob("POST", "/api/v1/drafts", json={"idea": f"Idea {n}.", "platforms": ["x"]})).json()["id"] for n in range(3)]
    first = (await bob("GET", "/api/v1/drafts?limit=2")).json()
    rest = (await bob("GET", f"/api/v1/drafts?limit=2&after={first['next']}")).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    assert (await bob("GET", "/api/v1/drafts?after=nonsense")).status_code == 422
