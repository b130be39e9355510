"""Forms: none is heard that this session's own pages did not make, and nobody goes on under a session that another chose."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import httpx2
import pytest

from postwright.edge.context import cookie_name
from postwright.edge.state import State
from tests.cast import PASSWORD
from tests.mallory.asks import address, body
from tests.mallory.scene import HOST, Stage
from tests.mallory.test_matrix import LINES

pytestmark = pytest.mark.anyio

WRITING = [each for each in LINES if not each.api and each.method not in {"GET", "HEAD"}]
ANONYMOUS = [each for each in WRITING if each.role == "open"]
API = [each for each in LINES if each.api and each.method not in {"GET", "HEAD"} and each.role != "open"]


def _cookie(stage: Stage, caller: str) -> dict[str, str]:
    state: State = stage.app.state.postwright
    return {"Cookie": f"{cookie_name(state)}={stage.scene.tokens[caller]}", "Accept": "text/html"}


async def _csrf(stage: Stage, caller: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', (await stage("GET", "/settings", headers=_cookie(stage, caller))).text)
    assert found
    return found[1]


async def test_no_form_is_heard_without_its_sessions_token(stage: Stage) -> None:
    known = stage.scene.known("alice")
    others = await _csrf(stage, "bob")
    wrong = []
    for line in WRITING:
        if line.role == "open":
            continue
        how = body(line.method, line.path, known)
        for token in (None, "", others, "é"):
            data = how.get("data", {}) | ({} if token is None else {"csrf": token})
            answer = await stage(
                line.method, address(line.method, line.path, known), headers=_cookie(stage, "alice"), **(how | {"data": data})
            )  # fmt: skip
            if answer.status_code != 403 or "came from another site" not in answer.text:
                wrong.append(f"{line.method} {line.path} with {token!r}: {answer.status_code}")
    assert wrong == []


async def test_a_cookie_alone_writes_nothing_over_json(stage: Stage) -> None:
    known = stage.scene.known("alice")
    wrong = []
    for line in API:
        how = body(line.method, line.path, known)
        headers = _cookie(stage, "alice") | how.pop("headers", {})
        answer = await stage(line.method, address(line.method, line.path, known), headers=headers, **how)
        if (answer.status_code, answer.json().get("rule")) != (403, "csrf"):
            wrong.append(f"{line.method} {line.path}: {answer.status_code} {answer.text[:100]}")
    assert wrong == []


@pytest.mark.parametrize(
    "origin", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}]
)
async def test_forms_before_signing_in_come_from_here_only(stage: Stage, origin: dict[str, str]) -> None:
    known = stage.scene.known("bob")
    for line in ANONYMOUS:
        answer = await stage(line.method, address(line.method, line.path, known), headers=origin, **body(line.method, line.path, known))
        assert (line.path, answer.status_code) == (line.path, 403)
        assert "set-cookie" not in answer.headers


async def test_signing_in_begins_a_session_of_its_own_and_ends_the_one_that_was_planted(stage: Stage) -> None:
    async with stage.db.transaction(force_rollback=True):
        planted = _cookie(stage, "mallory")
        answer = await stage.act("POST", "/sign-in", data={"email": "bob@example.com", "password": PASSWORD}, headers=planted)
        given = answer.headers["set-cookie"]
        assert stage.scene.tokens["mallory"] not in given
        assert "HttpOnly" in given
        assert "SameSite=lax" in given
        after = await stage.act("GET", "/settings", headers=planted | {"Accept": "application/json"})
        assert after.status_code == 401


async def test_a_made_up_session_is_never_taken_over(stage: Stage) -> None:
    state: State = stage.app.state.postwright
    name = cookie_name(state)
    made_up = {"Cookie": f"{name}={'a' * 43}"}
    answer = await stage("POST", "/sign-in", data={"email": "bob@example.com", "password": PASSWORD}, headers=made_up)
    assert "a" * 43 not in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/sign-out", "/settings/sessions/{session}/end", "/invitations/some-token/sign-out"])
async def test_the_cookie_goes_with_the_session(stage: Stage, path: str) -> None:
    """A browser takes a `__Host-` cookie back only from an answer that says Secure."""
    state: State = stage.app.state.postwright
    stage.app.state.postwright = state = replace(state, settings=replace(state.settings, public_url="https://postwright.test"))
    mine = (await stage("GET", "/api/v1/sessions", headers=stage.bearer("bob"))).json()["items"]
    current = next(each["id"] for each in mine if each["current"])
    answer = await stage(
        "POST", path.replace("{session}", current), headers=_cookie(stage, "bob"), data={"csrf": await _csrf(stage, "bob")}
    )
    assert answer.status_code == 303, answer.text
    given = answer.headers["set-cookie"]
    assert given.startswith(f'{cookie_name(state)}=""'), given
    assert "Secure" in given
    assert "Path=/" in given


AWAY = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "/\t/evil.example",
    "javascript:alert(1)", "https:evil.example", "/..//evil.example", "http://postwright.test.evil.example/", "/today\r\nSet-Cookie: a=b",
    "//postwright.test@evil.example", "/\n/evil.example", " //evil.example", "///evil.example", "/./\\evil.example",
]  # fmt: skip


@pytest.mark.parametrize("away", AWAY)
async def test_no_next_leads_away(stage: Stage, away: str) -> None:
    csrf = await _csrf(stage, "bob")
    signed = _cookie(stage, "bob") | {"X-Workspace": stage.scene.ids["workspace"]}
    failed = stage.scene.ids["post_failed"]
    answers = [
        await stage("POST", "/sign-in", data={"email": "bob@example.com", "password": PASSWORD, "next": away}),
        await stage("POST", "/settings/theme", data={"csrf": csrf, "theme": "dark", "next": away}, headers=signed),
        await stage("POST", f"/posts/{failed}/dismiss", data={"csrf": csrf, "next": away}, headers=signed),
        await stage("GET", f"/sign-in?next={quote(away)}", headers=signed),
    ]
    for answer in answers:
        assert answer.status_code < 400, answer.text[:300]
        there = answer.headers.get("location")
        if there is None:
            continue
        assert httpx2.URL(HOST).join(there.replace("\\", "/")).host == "postwright.test", there
        assert not re.search(r"[\r\n]|^[/\\\s]{2}", there)
        assert "a=b" not in answer.headers.get("set-cookie", "")
