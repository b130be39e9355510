"""Every creating route: the same request with the same Idempotency-Key is done once, even when the answer never arrived."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx2
import pytest

from postwright.connections import connect
from postwright.connections.models import Granted
from tests.api.desk import IDEA, Desk

pytestmark = pytest.mark.anyio
KEY = {"Idempotency-Key": "3f1c"}


class _Died(BaseException):
    """Not an Exception: nothing handles the end of a process."""


async def _lost(desk: Desk, path: str, body: Any, key: dict[str, str]) -> None:
    """The request is done, and the process dies before a byte of the answer leaves."""

    async def dies(scope: Any, receive: Any, send: Any) -> None:
        async def never_sends(message: Any) -> None:
            raise _Died

        await desk.app(scope, receive, never_sends)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(dies), base_url="http://test", headers=desk.http.headers) as dying:
        with pytest.raises(_Died):
            await dying.post(f"/api/v1{path}", json=body, headers=key)


async def _granted(url: Any, key: Any, workspace: UUID, platforms: Any) -> list[Granted]:
    return [Granted(each, f"{each}-1", "sandbox", f"{each}.example", each.title(), "open sesame") for each in platforms]


async def _creates(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any, str]]:
    """(path, body, the table that must gain as if it were asked once) of each creating route."""
    monkeypatch.setattr(connect, "fetch_sandbox_accounts", _granted)
    desk.account("x")
    draft, post = await desk.draft("x"), await desk.post(idea="A second idea. It is about something else entirely.")
    third = await desk.post("2027-03-09T09:00:00Z", idea="A third idea. It is about gardens and rain.")
    closed = {"start": "2027-05-01T00:00:00Z", "end": "2027-05-02T00:00:00Z"}
    await desk.become(desk.cast.ada)  # who may all of them
    return [
        ("/drafts", {"idea": IDEA, "platforms": ["x", "tiktok"]}, "content_adaptations"),
        (f"/drafts/{draft['id']}/plan", {"at": "2027-04-01T09:00:00Z"}, "content_schedule_items"),
        ("/closed-times", closed, "schedule_exceptions"),
        (f"/posts/{post['item_id']}/schedule", None, "scheduled_posts"),
        (f"/posts/{third['item_id']}/publish", None, "scheduled_posts"),
        ("/accounts/sandbox", {"platforms": ["mastodon"]}, "platform_connections"),
    ]


async def test_what_was_done_before_the_crash_is_told_after_it(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    for number, (path, body, table) in enumerate(await _creates(desk, monkeypatch)):
        key = {"Idempotency-Key": f"request {number}"}
        was, jobs = desk.count(table), desk.count("procrastinate.procrastinate_jobs")
        await _lost(desk, path, body, key)
        done, asked_for = desk.count(table) - was, desk.count("procrastinate.procrastinate_jobs") - jobs
        assert done == 1, path
        first = await desk("POST", path, json=body, headers=key)
        again = await desk("POST", path, json=body, headers=key)
        assert (first.status_code < 300, first.headers["idempotency-replayed"]) == (True, "true"), (path, first.text)
        assert (again.content, again.headers.get("etag")) == (first.content, first.headers.get("etag")), path
        assert desk.count(table) - was == 1, path
        assert desk.count("procrastinate.procrastinate_jobs") - jobs == asked_for, path
        other = await desk("POST", path, json=(body or {}) | {"platforms": ["bluesky"]}, headers=key)
        assert (other.status_code, other.json()["rule"]) == (409, "same_request"), path


async def test_a_replayed_publish_sends_nothing_twice(desk: Desk):
    """The first went out meanwhile: the answer is still the first one, and no second commitment stands."""
    desk.account("x")
    post = await desk.post()
    path = f"/posts/{post['item_id']}/publish"
    first = await desk("POST", path, headers=KEY)
    assert first.json()["scheduled"] is True
    with desk.db.transaction():
        desk.db.execute("set local role service_role")
        desk.db.execute("update scheduled_posts set status = 'processing', lease_expires_at = now() + interval '1 minute', worker_id = 'w'")
    again = await desk("POST", path, headers=KEY)
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (200, first.content, "true")
    assert desk.count("scheduled_posts") == 1


async def test_a_rehearsal_uses_no_key_up(desk: Desk):
    said = await desk("POST", "/drafts", params={"dry_run": True}, json={"idea": IDEA, "platforms": ["x"]}, headers=KEY)
    assert said.status_code == 201
    made = await desk("POST", "/drafts", json={"idea": IDEA, "platforms": ["x"]}, headers=KEY)
    assert (made.status_code, "idempotency-replayed" in made.headers, desk.count("content_adaptations")) == (201, False, 1)
