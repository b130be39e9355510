"""Whatever is sent to whatever route: no 5xx, and every answer is one that the OpenAPI document promises.

As Vera, who may read, as Bob, who may write, and as Alice, who owns the workspace and runs the server, over a real socket
and a real database. Seeded, so that what is asked first can be asked again. Ids that exist are among those that are asked
for: else every answer would be 404. POSTWRIGHT_ASK_SECONDS asks each of them for longer.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from postwright.db.bootstrap import Dsns
from postwright.db.instance import free_port
from postwright.db.session import open_pool
from tests.api.desk import IDEA, make_app
from tests.cast import PASSWORD, Cast, Person, acting

_SECONDS = float(os.environ.get("POSTWRIGHT_ASK_SECONDS", "18"))  # for one person, shared among the operations
_EXAMPLES = 25  # of an operation and a kind at most
_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# What goes on about sessions and passwords: argon2 is slow on purpose, and tries are throttled. And no sandbox runs here:
# to connect its accounts is answered by 503. Both have tests of their own.
_ELSEWHERE = {"/api/v1/sessions", "/api/v1/me/password", "/api/v1/accounts/sandbox"}
_LAST = {"/api/v1/workspaces/current/leave", "/api/v1/workspaces/current/transfer"}  # afterwards one may less


class _Enough(BaseException):
    """The share of time is over, or something was found. No Exception: those Hypothesis keeps, to try them once more."""


@dataclass(frozen=True)
class Served:
    """The application behind a socket, and the ids of what is there."""

    url: str
    known: dict[str, list[str]]  # what stands before a parameter in the path -> values


@pytest.fixture(scope="module")
def served(cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Cast]]:
    from tests.cast import gather

    dsns = cluster.fresh()
    with psycopg.connect(dsns.owner, autocommit=True) as db:
        cast = gather(db)
        for platform in ("x", "linkedin"):
            _account(db, cast, platform)
        db.execute("update users set is_operator = true where id = %s", (cast.alice.id,))
    with _serving(dsns, tmp_path_factory.mktemp("home")) as url:
        yield Served(url, _filled(url, cast)), cast
    cluster.drop(dsns)


@pytest.mark.parametrize("who", ["vera", "bob", "alice"])
def test_every_answer_is_one_that_the_document_promises(served: tuple[Served, Cast], who: str):
    place, cast = served
    person: Person = getattr(cast, who)
    headers = _enter(place.url, cast, person)
    schema = schemathesis.openapi.from_url(f"{place.url}/api/v1/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations() if each.ok().path not in _ELSEWHERE]
    operations.sort(key=lambda each: each.path in _LAST)
    assert len(operations) > 100
    share = _SECONDS / len(operations) / len(GenerationMode)
    problems: list[str] = []
    asked = 0
    with requests.Session() as session:
        for operation in operations:
            for kind in GenerationMode:
                asked += _ask(operation, kind, place, headers, session, share, problems)
    assert problems == [], "\n\n".join(problems)
    assert asked > 2 * len(operations)


def _ask(
    operation: Any,
    kind: GenerationMode,
    place: Served,
    headers: dict[str, str],
    session: requests.Session,
    share: float,
    problems: list[str],
) -> int:
    """Asks until the operation's share of time is over; what was found goes to `problems`, the smallest case of it only."""
    until, asked = time.monotonic() + share, 0
    wrong: list[str] = []
    try:
        cases = operation.as_strategy(generation_mode=kind)
    except Exception:
        if kind is GenerationMode.NEGATIVE:  # nothing can be wrong about an operation without input
            return 0
        raise

    @seed(20261121)
    @settings(
        max_examples=_EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )  # fmt: skip
    @given(case=cases, chosen=st.data())
    def run(case: Any, chosen: Any) -> None:
        nonlocal asked
        _known_ids(case, place.known, chosen)
        if wrong or (time.monotonic() > until and asked):
            raise _Enough
        answer = case.call(session=session, headers=headers, timeout=20)
        asked += 1
        try:
            case.validate_response(answer, checks=_CHECKS, headers=headers)
        except BaseException as found:  # schemathesis raises a group of its own
            wrong.append("\n".join(str(each) for each in getattr(found, "exceptions", [found])))
            raise _Enough from found

    with suppress(_Enough):  # it ends the making of cases, too, which takes longer than asking
        run()
    problems += [f"{operation.method.upper()} {operation.path} ({kind.value}): {each}" for each in wrong]
    return asked


def _known_ids(case: Any, known: dict[str, list[str]], chosen: Any) -> None:
    for before, name in re.findall(r"([\w-]+)/\{(\w+)\}", case.operation.path):
        if before in known and name in (case.path_parameters or {}) and chosen.draw(st.integers(0, 3)):
            case.path_parameters[name] = chosen.draw(st.sampled_from(known[before]))


@contextmanager
def _serving(dsns: Dsns, home: Path) -> Iterator[str]:
    """uvicorn in a thread, with a loop of its own."""
    port = free_port()
    ready = threading.Event()
    server: list[uvicorn.Server] = []

    async def serve() -> None:
        async with open_pool(dsns.api, size=4) as pool:
            server.append(uvicorn.Server(uvicorn.Config(make_app(pool, home), host="127.0.0.1", port=port, log_level="error")))
            ready.set()
            await server[0].serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(20)
    url = f"http://127.0.0.1:{port}"
    _await(url)
    try:
        yield url
    finally:
        server[0].should_exit = True
        thread.join(20)


def _await(url: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            httpx2.get(f"{url}/api/v1/openapi.json", timeout=20)
            return
        except httpx2.ConnectError:
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.05)


def _enter(url: str, cast: Cast, person: Person) -> dict[str, str]:
    opened = httpx2.post(f"{url}/api/v1/sessions", json={"email": person.email, "password": PASSWORD}, timeout=20)
    return {"Authorization": f"Bearer {opened.json()['token']}", "X-Workspace": str(cast.workspace)}


def _filled(url: str, cast: Cast) -> dict[str, list[str]]:
    """Some of everything: its ids by what stands before them in a path."""
    with httpx2.Client(base_url=f"{url}/api/v1", headers=_enter(url, cast, cast.ada), timeout=30) as http:
        drafts, posts = [], []
        for number in range(3):
            draft = http.post("/drafts", json={"idea": f"{number}: {IDEA}", "platforms": ["x", "linkedin", "tiktok"]}).json()["id"]
            planned = http.post(f"/drafts/{draft}/plan", json={"at": f"2027-03-0{number + 1}T09:00:00Z"}).json()["items"]
            drafts.append(draft)
            posts += [each["item_id"] for each in planned]
        http.post(f"/posts/{posts[0]}/schedule")
        http.post(f"/posts/{posts[1]}/cancel")
        closed = http.post("/closed-times", json={"start": "2027-05-01T00:00:00Z", "end": "2027-05-02T00:00:00Z"}).json()["id"]
        accounts = [each["id"] for each in http.get("/accounts").json()["items"]]
        key = http.post("/keys", json={"name": "Robot"}).json()["id"]
        invitation = http.post("/workspaces/current/invitations", json={"email": "carol@example.com", "role": "viewer"}).json()["id"]
    people = [str(each.id) for each in (cast.bob, cast.vera, cast.ada, cast.mallory)]
    return _said(url, cast, drafts[0], posts[0]) | {
        "drafts": drafts, "posts": posts, "closed-times": [closed], "accounts": accounts, "variants": ["x", "linkedin"], "keys": [key],
        "invitations": [invitation], "members": people, "people": people[3:], "workspaces": [str(cast.workspace), str(cast.elsewhere)],
    }  # fmt: skip


def _said(url: str, cast: Cast, draft: str, post: str) -> dict[str, list[str]]:
    """Comments that each person wrote, which tell the others; an archive that each asked for."""
    found: dict[str, list[str]] = {"comments": [], "exports": [], "notifications": []}
    crowd = (cast.alice, cast.bob, cast.vera)
    for person in crowd:
        with httpx2.Client(base_url=f"{url}/api/v1", headers=_enter(url, cast, person), timeout=30) as http:
            for about in (f"/drafts/{draft}", f"/posts/{post}"):
                wish = {"text": "Shorter, please.", "mentions": [str(each.id) for each in crowd]}
                found["comments"].append(http.post(f"{about}/comments", json=wish).json()["id"])
            found["exports"].append(http.post("/exports", json={"kind": "person"}).json()["id"])
            found["notifications"] += [each["id"] for each in http.get("/notifications").json()["items"]]
    return found


def _account(db: Any, cast: Cast, platform: str) -> None:
    with acting(db, cast.alice, cast.workspace):
        db.execute(
            "insert into platform_connections (platform, platform_user_id, environment, handle, display_name, access_token)"
            " values (%s, 'acme', 'sandbox', 'acme.example', 'Acme', 'sealed')",
            (platform,),
        )
