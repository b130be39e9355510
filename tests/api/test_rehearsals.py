"""A rehearsal answers as the act would, and leaves nothing: no row, no job, no commitment."""

from __future__ import annotations

import psycopg
import pytest

from tests.api.desk import IDEA, Desk

pytestmark = pytest.mark.anyio
DRY = {"dry_run": True}
_COUNTED = ("content_adaptations", "content_schedule_items", "scheduled_posts", "procrastinate.procrastinate_jobs", "audit_log")


def _counts(desk: Desk) -> dict[str, int]:
    return {table: desk.count(table) for table in _COUNTED}


async def test_a_draft_is_made_with_its_findings_and_not_kept(desk: Desk):
    was = _counts(desk)
    said = await desk("POST", "/drafts", params=DRY, json={"idea": IDEA, "platforms": ["x", "tiktok"]})
    assert (said.status_code, said.headers["dry-run"]) == (201, "true")
    body = said.json()
    assert [each["rule"] for each in body["variants"]["tiktok"]["findings"]][:1] == ["media_pending"]  # the job of which is not kept
    assert _counts(desk) == was
    assert (await desk("GET", f"/drafts/{body['id']}")).status_code == 404


async def test_what_is_refused_is_refused_in_a_rehearsal_too(desk: Desk):
    refused = await desk("POST", "/drafts", params=DRY, json={"idea": "  "})
    assert (refused.status_code, refused.json()["rule"]) == (422, "required")


async def test_a_plan_says_its_places_and_findings(desk: Desk):
    desk.account("x"), desk.account("tiktok")
    draft = await desk.draft("x", "tiktok")
    was = _counts(desk)
    said = await desk("POST", f"/drafts/{draft['id']}/plan", params=DRY)
    assert (said.status_code, said.headers["dry-run"]) == (201, "true")
    found = {each["platform"]: each for each in said.json()["items"]}
    assert [each["rule"] for each in found["tiktok"]["findings"]][:1] == ["media_pending"]
    assert (found["x"]["findings"], found["x"]["created"]) == ([], True)
    assert _counts(desk) == was
    real = await desk("POST", f"/drafts/{draft['id']}/plan")
    assert [(each["utc"], each["findings"]) for each in real.json()["items"]] == [
        (each["utc"], each["findings"]) for each in said.json()["items"]
    ]


async def test_a_blocking_finding_is_the_answer_of_a_rehearsal_and_an_error_of_the_act(desk: Desk):
    desk.account("x")
    post = await desk.post()
    draft_id = (await desk("GET", f"/posts/{post['item_id']}")).json()["draft_id"]
    edited = await desk("PATCH", f"/drafts/{draft_id}/variants/x", json={"version": 1, "text": "y" * 400})
    assert edited.status_code == 200
    for act, body in (("schedule", {"when": "2027-04-02T09:00:00Z"}), ("publish", None)):
        was = _counts(desk)
        said = await desk("POST", f"/posts/{post['item_id']}/{act}", params=DRY, json=body)
        assert (said.status_code, said.json()["scheduled"]) == (200, False), said.text
        assert [(each["rule"], each["level"]) for each in said.json()["findings"]] == [("length", "error")]
        assert _counts(desk) == was
        refused = await desk("POST", f"/posts/{post['item_id']}/{act}", json=body)
        assert (refused.status_code, refused.json()["rule"]) == (422, "length")
    many = await desk("POST", "/posts/schedule", params=DRY, json={"ids": [post["item_id"]]})
    assert (many.status_code, many.json()["items"][0]["scheduled"]) == (200, False)


async def test_nothing_is_sent_and_nobody_is_woken(desk: Desk, database):
    """What would go out is told with its state; the publisher hears nothing."""
    desk.account("x")
    post = await desk.post()
    was = _counts(desk)
    with psycopg.connect(database.owner, autocommit=True) as ear:
        ear.execute("listen postwright_due"), ear.execute("listen postwright_changes")
        said = await desk("POST", f"/posts/{post['item_id']}/publish", params=DRY)
        assert (said.status_code, said.json()["scheduled"], said.json()["state"]) == (200, True, "scheduled")
        many = await desk("POST", "/posts/schedule", params=DRY, json={"ids": [post["item_id"]], "when": "now"})
        assert many.json()["items"][0]["scheduled"] is True
        assert list(ear.notifies(timeout=0.3)) == []
    assert _counts(desk) == was
    assert (await desk("GET", f"/posts/{post['item_id']}")).json()["state"] == "planned"


async def test_a_rehearsal_of_what_is_not_there_says_so(desk: Desk):
    missing = "01a02f7c-7b20-7a90-b1d4-90c1f6a2e855"
    assert (await desk("POST", f"/posts/{missing}/schedule", params=DRY)).status_code == 404
    assert (await desk("POST", f"/drafts/{missing}/plan", params=DRY)).status_code == 404


async def test_where_there_is_no_rehearsal_asking_for_one_does_nothing(desk: Desk):
    """Taking `dry_run` for heard would be the worst answer."""
    desk.account("x")
    post = await desk.post()
    refused = await desk("POST", f"/posts/{post['item_id']}/cancel", params=DRY)
    assert (refused.status_code, refused.json()["rule"], refused.json()["field"]) == (422, "unknown_parameter", "dry_run")
    assert (await desk("GET", f"/posts/{post['item_id']}")).json()["state"] == "planned"
