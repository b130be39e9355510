"""An error tells the one who asked what to do, and the operator what broke."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from structlog.testing import capture_logs

from postwright import config
from postwright.edge import problems
from postwright.edge.state import State
from postwright.errors import InvalidInput

pytestmark = pytest.mark.anyio


class Away:
    """The pool of a database that is not there."""

    def connection(self) -> Any:
        raise psycopg.OperationalError("no route to it")


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    body: str


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(tmp_path)})
    away: Any = Away()
    app.state.postwright = State(settings, away, None, lambda: datetime.now(UTC), None, "", b"k" * 32, "test")
    problems.install(app)

    @app.post("/api/v1/wishes")
    async def wishes(wish: Wish) -> None:
        wish.body.encode()

    @app.get("/api/v1/broken")
    async def broken(kind: str) -> None:
        raise {
            "ours": psycopg.errors.UndefinedColumn("column x does not exist"),
            "theirs": psycopg.OperationalError("server closed the connection"),
            "half": InvalidInput("“\ud800” is no zone"),
        }[kind]

    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("sent", "field"),
    [(b'{"body": 5}', "body"), (b'{"body": "x", "more": 1}', "more"), (b'{"query": 1, "body": ""}', "query"), (b"{", None), (b"", None)],
)
async def test_the_field_that_is_wrong_is_named(http: httpx2.AsyncClient, sent: bytes, field: str | None) -> None:
    answer = await http.post("/api/v1/wishes", content=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json().get("field")) == (422, field)


@pytest.mark.parametrize("sent", [b'{"body": "", "\\ud800": 1}', b'{"body": "\\udfff"}'])
async def test_half_a_character_is_refused_like_any_other_mistake(http: httpx2.AsyncClient, sent: bytes) -> None:
    answer = await http.post("/api/v1/wishes", content=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (await http.get("/api/v1/broken?kind=half")).status_code == 422


async def test_a_wrong_statement_is_our_fault_and_stands_in_the_log(http: httpx2.AsyncClient) -> None:
    with capture_logs() as lines:
        ours, theirs = [await http.get(f"/api/v1/broken?kind={kind}") for kind in ("ours", "theirs")]
    assert (ours.status_code, theirs.status_code) == (500, 503)
    assert (theirs.headers["retry-after"], theirs.json()["rule"]) == ("5", "database")
    assert [str(line["exc_info"]) for line in lines if "exc_info" in line] == ["column x does not exist"]


async def test_a_method_that_is_not_taken_names_those_that_are(http: httpx2.AsyncClient) -> None:
    answer = await http.delete("/api/v1/wishes")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "method_not_allowed", "POST")


async def test_a_wrong_address_stays_one_while_the_database_is_away(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/nothing/here", headers={"Accept": "text/html", "Cookie": "postwright_test=token"})
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
