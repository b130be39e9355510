"""Requests that no client of ours sends: other methods, odd JSON, odd paths, odd headers, too much of everything."""

from __future__ import annotations

import pytest

from tests.mallory.asks import address, body
from tests.mallory.scene import Stage
from tests.mallory.test_matrix import LINES

pytestmark = pytest.mark.anyio


async def test_a_method_is_what_it_says(stage: Stage) -> None:
    """No header, field or parameter makes a GET or POST something else."""
    path = f"/api/v1/drafts/{stage.scene.ids['draft']}"
    headers = stage.bearer("alice", stage.scene.ids["workspace"])
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        async with stage.db.transaction(force_rollback=True):
            answer = await stage.act("POST", path, headers=headers | {name: "DELETE"})
            assert answer.status_code == 405
            assert (await stage.act("GET", path, headers=headers | {name: "DELETE"})).status_code == 200
            assert (await stage.act("GET", path, headers=headers)).json()["deleted_at"] is None


async def test_head_and_options_tell_and_do_nothing(stage: Stage) -> None:
    known = stage.scene.known("alice")
    answered = {(each.method, each.path) for each in LINES}
    for path in sorted({each.path for each in LINES}):
        for method in ("HEAD", "OPTIONS", "TRACE"):
            if (method, path) in answered:
                continue
            answer = await stage(method, address("GET", path, known), headers=stage.bearer("alice", stage.scene.ids["workspace"]))
            assert answer.status_code in {404, 405}, f"{method} {path}: {answer.status_code}"
            assert not [name for name in answer.headers if name.startswith("access-control-")], path


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ('{"idea": "one", "idea": ["two"]}', {422}),
        ('{"version": NaN}', {422}),
        ('{"version": Infinity}', {422}),
        ('{"version": 1e400}', {422}),
        ('{"version": 1, "title": "\\u0000"}', {200, 422}),
        ('{"version": 1, "title": "\\ud800"}', {422}),
        ("[" * 100_000, {400, 422}),
        ('{"version": 1, "title": ' + "[" * 5000 + "]" * 5000 + "}", {400, 422}),
        ("", {422}),
        ("null", {422}),
        ("\x00", {422}),
    ],
)
async def test_odd_json(stage: Stage, sent: str, expected: set[int]) -> None:
    headers = stage.bearer("bob", stage.scene.ids["workspace"]) | {"Content-Type": "application/json"}
    answer = await stage("PATCH", f"/api/v1/drafts/{stage.scene.ids['draft']}", headers=headers, content=sent.encode())
    assert answer.status_code in expected, answer.text


@pytest.mark.parametrize("token", ["", "a" * 100_000, "pwk_" + "a" * 100_000, "a.b.c", "pwk_", "é", "\x7f", "null", "Bearer x"])
async def test_odd_tokens(stage: Stage, token: str) -> None:
    for scheme in (b"Bearer ", b"Basic ", b"bearer\t", b""):
        answer = await stage("GET", "/api/v1/drafts", headers=[(b"Authorization", scheme + token.encode())])
        assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("name", ["X-Forwarded-User", "X-Remote-User", "X-User-Id", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-For"])
async def test_no_header_signs_anybody_in(stage: Stage, name: str) -> None:
    for value in (stage.scene.ids["alice"], "alice@example.com", "/healthz", "127.0.0.1"):
        assert (await stage("GET", "/api/v1/drafts", headers={name: value})).status_code == 401


async def test_odd_workspaces(stage: Stage) -> None:
    for value in ("0", "' or 1=1 --", "00000000-0000-0000-0000-000000000000", stage.scene.ids["gone"], f"{stage.scene.ids['workspace']},x"):
        answer = await stage("GET", "/api/v1/drafts", headers=stage.bearer("alice") | {"X-Workspace": value})
        assert answer.status_code in {404, 422}, value


@pytest.mark.parametrize(
    "path", ["/static/../config.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd", "/%2e%2e/etc/passwd"]
)
async def test_paths_lead_out_of_nothing(stage: Stage, path: str) -> None:
    answer = await stage("GET", path)
    assert answer.status_code == 404
    assert "import" not in answer.text.partition("<body")[0]


async def test_a_doubled_slash_or_a_dot_opens_nothing_to_nobody(stage: Stage) -> None:
    for path in (
        "//api/v1/drafts",
        "/api/v1//drafts",
        "/api/v1/./drafts",
        "/api/v1/drafts/",
        "/API/v1/drafts",
        "/api/v1/drafts;x",
        "/api/v1/drafts%00",
    ):
        assert (await stage("GET", path)).status_code in {307, 401, 404}, path


async def test_too_large_is_refused_before_it_is_read(stage: Stage) -> None:
    huge = b'{"idea": "' + b"a" * 5_000_000 + b'"}'
    headers = stage.bearer("bob", stage.scene.ids["workspace"]) | {"Content-Type": "application/json"}
    assert (await stage("POST", "/api/v1/drafts", headers=headers, content=huge)).status_code == 413
    nobody = await stage("POST", "/api/v1/drafts", headers={"Content-Type": "application/json"}, content=huge)
    assert nobody.status_code in {401, 413}
    many = {"data": {f"f{number}": "x" for number in range(3000)}}
    assert (await stage("POST", "/sign-in", **many)).status_code < 500


async def test_what_is_said_before_signing_in_does_not_tell_who_has_an_account(stage: Stage) -> None:
    for path, known, unknown in (
        ("/api/v1/forgot", {"email": "bob@example.com"}, {"email": "bop@example.com"}),
        (
            "/api/v1/sessions",
            {"email": "bob@example.com", "password": "wrong password"},
            {"email": "bop@example.com", "password": "wrong password"},
        ),
        (
            "/api/v1/sessions",
            {"email": "dora@example.com", "password": "wrong password"},
            {"email": "dorb@example.com", "password": "wrong password"},
        ),
    ):
        one, other = await stage("POST", path, json=known), await stage("POST", path, json=unknown)
        assert one.status_code == other.status_code
        texts = [{name: value for name, value in each.json().items() if name != "request_id"} for each in (one, other)]
        assert str(texts[0]).replace("bob@", "bop@") == str(texts[1])
    pages = [await stage("POST", "/forgot", data={"email": email}) for email in ("bob@example.com", "bop@example.com")]
    assert pages[0].status_code == pages[1].status_code
    assert pages[0].text.replace("bob@", "bop@") == pages[1].text


async def test_a_password_that_is_tried_again_and_again_is_slowed_down_for_unknown_addresses_too(stage: Stage) -> None:
    for email in ("bob@example.com", "bop@example.com"):
        async with stage.db.transaction(force_rollback=True):
            answers = [
                (await stage.act("POST", "/api/v1/sessions", json={"email": email, "password": "wrong password"})).status_code
                for _ in range(12)
            ]
        assert answers[0] in {401, 422}
        assert 429 in answers, email


async def test_every_writing_route_refuses_another_type_of_body(stage: Stage) -> None:
    known = stage.scene.known("alice")
    headers = stage.bearer("alice", stage.scene.ids["workspace"])
    for line in LINES:
        if not line.api or "json" not in body(line.method, line.path, known):
            continue
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
            answer = await stage(
                line.method, address(line.method, line.path, known), headers=headers | {"Content-Type": kind}, content=b"a=b"
            )
            assert answer.status_code in {401, 403, 415, 422}, f"{line.method} {line.path}: {answer.status_code}"
