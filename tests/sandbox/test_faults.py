"""Each fault over real sockets, as a program on the other side meets it; and whether the act was done."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.sandbox.conftest import Grant, Sandbox, picture

POSTS = "/api.x.com/2/tweets"


@pytest.fixture
def x(sandbox: Sandbox) -> Iterator[Grant]:
    yield sandbox.account("x")
    sandbox.admin("DELETE", "/faults")


def inject(sandbox: Sandbox, kind: str, platform: str = "x", **more: Any) -> None:
    answer = sandbox.admin("POST", "/faults", json={"platform": platform, "kind": kind} | more)
    assert answer.status_code == 201, answer.text


def post(sandbox: Sandbox, account: Grant, text: str = "hello") -> httpx2.Response:
    return sandbox.http.post(POSTS, json={"text": text}, headers=account.bearer)


def landed(sandbox: Sandbox, account: Grant) -> int:
    return len(sandbox.admin("GET", "/posts", params={"account": account.id}).json()["posts"])


@pytest.mark.parametrize(("kind", "done"), [("cut_before", 0), ("cut_after", 1), ("truncated_body", 1)])
def test_a_cut_closes_the_socket_before_or_after_the_act(sandbox: Sandbox, x: Grant, kind: str, done: int) -> None:
    inject(sandbox, kind)
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        post(sandbox, x)
    assert landed(sandbox, x) == done
    assert post(sandbox, x, "the next one").status_code == 201


@pytest.mark.parametrize(("kind", "done"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_silence_outlasts_an_impatient_client(sandbox: Sandbox, x: Grant, kind: str, done: int) -> None:
    inject(sandbox, kind, seconds=20)
    with pytest.raises(httpx2.ReadTimeout):
        sandbox.http.post(POSTS, json={"text": "hello"}, headers=x.bearer, timeout=0.2)
    assert landed(sandbox, x) == done


def test_a_late_answer_is_the_platform_s_own(sandbox: Sandbox, x: Grant) -> None:
    inject(sandbox, "late", seconds=0.2)
    began = time.monotonic()
    assert post(sandbox, x).status_code == 201
    assert time.monotonic() - began >= 0.2


def test_a_silence_ends_with_a_cut_for_who_is_patient(sandbox: Sandbox, x: Grant) -> None:
    inject(sandbox, "timeout_after", seconds=0.1)
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        post(sandbox, x)
    assert landed(sandbox, x) == 1


@pytest.mark.parametrize(
    ("kind", "status", "done"), [("5xx_before", 503, 0), ("5xx_after", 503, 1), ("html", 200, 0), ("duplicate", 403, 0)]
)
def test_an_answer_that_is_not_the_platform_s_own(sandbox: Sandbox, x: Grant, kind: str, status: int, done: int) -> None:
    inject(sandbox, kind)
    answer = post(sandbox, x)
    assert (answer.status_code, landed(sandbox, x)) == (status, done)
    assert answer.headers["content-type"].startswith("text/html") is (kind == "html")


def test_a_429_tells_until_when_or_does_not(sandbox: Sandbox, x: Grant) -> None:
    inject(sandbox, "429", seconds=90)
    inject(sandbox, "429_bare")
    told, bare = post(sandbox, x), post(sandbox, x)
    assert (told.status_code, bare.status_code, landed(sandbox, x)) == (429, 429, 0)
    assert told.headers["retry-after"] == "90"
    assert int(told.headers["x-rate-limit-reset"]) == int(sandbox.clock.now) + 91
    assert not {"retry-after", "x-rate-limit-reset"} & set(bare.headers)


def test_an_expired_token_ends_alone_a_revoked_one_takes_the_refresh_token_along(sandbox: Sandbox) -> None:
    place = str(uuid.uuid4())
    first = sandbox.account("x", place)
    inject(sandbox, "expired_token")
    assert [post(sandbox, first).status_code for _ in range(2)] == [401, 401]
    second = sandbox.account("x", place)
    inject(sandbox, "revoked_token")
    assert post(sandbox, second).status_code == 401
    ledger = sqlite3.connect(sandbox.ledger)
    alive = {
        token: revoked is None and expires > sandbox.clock.now
        for token, expires, revoked in ledger.execute("select token, expires_at, revoked_at from tokens where account_id = ?", (first.id,))
    }
    ledger.close()
    assert [alive[each] for each in (first.token, second.token, first.refresh, second.refresh)] == [False] * 4
    third = sandbox.account("x", place)
    assert post(sandbox, third).status_code == 201
    sandbox.admin("DELETE", "/faults")


def test_slow_processing_counts_only_where_something_is_processed(sandbox: Sandbox) -> None:
    account = sandbox.account("x")
    inject(sandbox, "slow_processing", seconds=600)
    assert post(sandbox, account).status_code == 201
    (fault,) = sandbox.admin("GET", "/faults").json()["faults"]
    assert fault["struck"] == 0
    base, data = "/api.x.com/2/media/upload", picture(200, 200, "GIF")
    begun = sandbox.http.post(
        f"{base}/initialize",
        json={"media_type": "image/gif", "total_bytes": len(data), "media_category": "tweet_gif"},
        headers=account.bearer,
    ).json()["data"]["id"]
    part = {"media": ("blob", data, "application/octet-stream")}
    sandbox.http.post(f"{base}/{begun}/append", data={"segment_index": "0"}, files=part, headers=account.bearer)
    sandbox.http.post(f"{base}/{begun}/finalize", headers=account.bearer)
    sandbox.clock.pass_(500)
    asked = {"command": "STATUS", "media_id": begun}
    state = sandbox.http.get(base, params=asked, headers=account.bearer).json()["data"]["processing_info"]["state"]
    assert state == "in_progress"
    (fault,) = sandbox.admin("GET", "/faults").json()["faults"]
    assert fault["struck"] == 1
    sandbox.admin("DELETE", "/faults")


def test_without_an_operation_a_fault_means_the_call_that_makes_a_post_public(sandbox: Sandbox, x: Grant) -> None:
    inject(sandbox, "cut_before")
    assert sandbox.http.get("/api.x.com/2/users/me", headers=x.bearer).status_code == 200
    inject(sandbox, "5xx_before", operation="GET */users/me")
    assert sandbox.http.get("/api.x.com/2/users/me", headers=x.bearer).status_code == 503


def test_chance_with_a_seed_strikes_the_same_requests_again(sandbox: Sandbox, x: Grant) -> None:
    struck = []
    for _ in range(2):
        inject(sandbox, "5xx_before", probability=0.5, seed=7, operation="GET */users/me")
        struck.append([sandbox.http.get("/api.x.com/2/users/me", headers=x.bearer).status_code for _ in range(20)])
        assert sandbox.admin("DELETE", "/faults").json() == {"removed": 1}
    assert struck[0] == struck[1]
    assert {200, 503} == set(struck[0])


@pytest.mark.parametrize(
    "asked",
    [
        {"platform": "myspace", "kind": "html"}, {"platform": "x", "kind": "earthquake"}, {"platform": "x", "kind": "html", "times": 0},
        {"platform": "x", "kind": "html", "probability": 2}, {"platform": "x", "kind": "html", "seconds": "long"},
        {"platform": "youtube", "kind": "duplicate"}, {"platform": "x", "kind": "html", "operation": ""},
    ],
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, asked: dict[str, Any]) -> None:
    answer = sandbox.admin("POST", "/faults", json=asked)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_faults_need_the_key(sandbox: Sandbox) -> None:
    assert sandbox.http.post("/_sandbox/faults", json={"platform": "x", "kind": "html"}).status_code == 401


def test_a_suspended_account_may_nothing_until_the_fault_is_taken_away(sandbox: Sandbox, x: Grant) -> None:
    inject(sandbox, "suspended")
    for _ in range(3):
        refused = post(sandbox, x)
        assert (refused.status_code, "account is suspended" in refused.json()["detail"]) == (403, True)
        assert sandbox.http.get("/api.x.com/2/users/me", headers=x.bearer).status_code == 403
    assert landed(sandbox, x) == 0
    sandbox.admin("DELETE", "/faults")
    assert post(sandbox, x).status_code == 201


def test_only_platforms_whose_words_are_known_suspend(sandbox: Sandbox) -> None:
    assert sandbox.admin("POST", "/faults", json={"platform": "webhook", "kind": "suspended"}).status_code == 422
