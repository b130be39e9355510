"""Looking at our own public address: what is seen is said as it is, and only that address is ever fetched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from postwright.kit.outside import Look, keep, last, look, trouble_of

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESS = "https://posts.postwright.dev"


async def _look(
    status: int = 200, body: object = None, found: tuple[str, ...] = ("93.184.216.34",), address: str = ADDRESS
) -> tuple[Look, list[str]]:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(status, json=body if body is not None else {"status": "ok"}, headers={"location": "http://127.0.0.1/"})

    async def resolve(host: str) -> list[str]:
        return list(found)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        return await look(address, now=NOW, resolve=resolve, http=http), asked


async def test_an_address_that_answers_as_we_do() -> None:
    seen, asked = await _look()
    assert (seen.trouble, asked) == (None, [f"{ADDRESS}/healthz"])
    assert seen.words().startswith("From this machine")


async def test_what_does_not_work_is_said() -> None:
    assert (await _look(502))[0].trouble == "it answers with status 502"
    assert (await _look(302))[0].trouble == "it answers with status 302"
    assert (await _look(body={"hello": "router"}))[0].trouble == "something else than Postwright answers"
    seen, asked = await _look(found=("10.0.0.7",))
    assert ("10.0.0.7" in str(seen.trouble), asked) == (True, []), "what DNS sends inside is not fetched"
    seen, asked = await _look(address="http://127.0.0.1:8484")
    assert (bool(seen.trouble), asked) == (True, [])


async def test_a_look_is_kept_and_believed_for_a_week(tmp_path: Path) -> None:
    assert last(tmp_path) is None
    keep(tmp_path, Look(ADDRESS, NOW, "nothing answers (ConnectError)"))
    assert (last(tmp_path) or pytest.fail("not kept")).at == NOW
    assert "nothing answers" in str(trouble_of(tmp_path, ADDRESS, NOW))
    assert trouble_of(tmp_path, "https://other.postwright.dev", NOW) is None
    assert trouble_of(tmp_path, ADDRESS, NOW + timedelta(days=8)) is None
    keep(tmp_path, Look(ADDRESS, NOW, None))
    assert trouble_of(tmp_path, ADDRESS, NOW) is None
    (tmp_path / "reach.json").write_text("{")
    assert last(tmp_path) is None
