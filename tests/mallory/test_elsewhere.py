"""The ids of another workspace in bodies, filters, cursors, uploads and keys of once: Mallory asks from her own workspace."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mallory.scene import IDEA, MARK, Stage

pytestmark = pytest.mark.anyio


class Mallory:
    """Requests of Mallory's, in her own workspace, with a session or a key of all scopes."""

    def __init__(self, stage: Stage, caller: str) -> None:
        self.stage, self.headers = stage, stage.bearer(caller, stage.scene.cast.elsewhere)

    async def __call__(self, method: str, path: str, headers: dict[str, str] | None = None, **how: Any) -> Any:
        return await self.stage.act(method, f"/api/v1{path}", headers=self.headers | (headers or {}), **how)


@pytest.mark.parametrize("caller", ["mallory", "key_elsewhere"])
async def test_ids_in_bodies(stage: Stage, caller: str) -> None:
    ids = stage.scene.ids
    asks: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"/drafts/{ids['mallorys_draft']}/plan", {"at": "2027-04-05T09:00:00Z", "connection_ids": [ids["account_x"]]}),
        ("POST", "/posts/schedule", {"ids": [ids["post_planned"]]}),
        ("POST", "/closed-times", {"start": "2027-06-01T00:00:00Z", "end": "2027-06-02T00:00:00Z", "connection_id": ids["account_x"]}),
        ("PATCH", f"/drafts/{ids['mallorys_draft']}/variants/x", {"version": 1, "media": [ids["file"]], "alt_texts": ["x"]}),
        ("POST", f"/drafts/{ids['mallorys_draft']}/comments", {"text": "Hello.", "mentions": [ids["bob"]]}),
        ("POST", "/keys", {"name": "x", "accounts": [ids["account_x"]]}),
        ("POST", "/workspaces/current/transfer", {"member": ids["bob"]}),
        ("POST", "/workspaces/invitations/accept", {"id": ids["invitation"]}),
        ("POST", "/drafts", {"idea": IDEA, "platforms": ["x"], "voice": ids["file"]}),
    ]
    wrong = []
    for method, path, sent in asks:
        async with stage.db.transaction(force_rollback=True):
            answer = await Mallory(stage, caller)(method, path, json=sent)
        heard = sent.get("mentions") or [sent.get("voice")]  # who is no member is not mentioned; a voice that is not there is not used
        done = (
            answer.status_code < 400 and "There is no such post." not in answer.text and (heard == [None] or str(heard[0]) in answer.text)
        )
        told = MARK in answer.text and path != "/drafts"
        if done or told or answer.status_code >= 500:
            wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    assert wrong == []


@pytest.mark.parametrize("caller", ["mallory", "key_elsewhere"])
async def test_filters_find_nothing_of_another_workspace(stage: Stage, caller: str) -> None:
    ids, ask = stage.scene.ids, Mallory(stage, caller)
    for path in (
        f"/posts?connection_id={ids['account_x']}",
        f"/posts?author={ids['alice']}",
        f"/posts?draft_id={ids['draft']}",
        f"/posts?text={MARK}",
        f"/drafts?author={ids['alice']}",
        f"/drafts?text={MARK}",
        f"/drafts?deleted=true&author={ids['alice']}",
        f"/closed-times?connection_id={ids['account_x']}",
        f"/calendar?start=2027-03-01T00:00:00Z&end=2027-03-08T00:00:00Z&account={ids['account_x']}",
        f"/slots?connection_id={ids['account_x']}",
    ):
        answer = await ask("GET", path)
        assert answer.status_code in {200, 404, 422}, f"{path}: {answer.text}"
        assert MARK not in answer.text, path
        assert not answer.json().get("items"), f"{path}: {answer.text[:300]}"
    found = (await ask("POST", "/drafts/find", json={"idea": IDEA})).text
    assert ids["draft"] not in found


@pytest.mark.parametrize("path", ["/posts", "/drafts", "/workspaces/current/invitations", "/keys", "/notifications", "/audit", "/accounts"])
async def test_cursors_of_another_workspace_lead_nowhere(stage: Stage, path: str) -> None:
    theirs = await stage.act("GET", f"/api/v1{path}?limit=1", headers=stage.bearer("alice", stage.scene.cast.workspace))
    cursor = theirs.json()["next"]
    if cursor is None:  # a single one
        return
    answer = await Mallory(stage, "mallory")("GET", path, params={"after": cursor})
    assert answer.status_code in {200, 422}
    assert MARK not in answer.text
    assert not any(each in answer.text for name, each in stage.scene.ids.items() if len(each) == 36 and not name.startswith("mallory"))


async def test_an_answer_that_was_kept_is_given_to_its_own_workspace_only(stage: Stage) -> None:
    async with stage.db.transaction(force_rollback=True):
        sent = {"json": {"idea": IDEA, "platforms": ["x"]}}
        alice = stage.bearer("alice", stage.scene.cast.workspace) | {"Idempotency-Key": "the same"}
        first = await stage.act("POST", "/api/v1/drafts", headers=alice, **sent)
        again = await stage.act("POST", "/api/v1/drafts", headers=alice, **sent)
        assert first.status_code == again.status_code == 201
        assert first.json()["id"] == again.json()["id"]
        hers = await Mallory(stage, "mallory")("POST", "/drafts", {"Idempotency-Key": "the same"}, **sent)
        assert hers.status_code == 201
        assert hers.json()["id"] != first.json()["id"]


async def test_one_colleague_is_not_given_anothers_answer(stage: Stage) -> None:
    """Bob, who may not, gets no kept answer of Alice's by sending the same."""
    async with stage.db.transaction(force_rollback=True):
        headers = {"Idempotency-Key": "a key's token"}
        sent = {"json": {"name": "Robot", "scopes": ["read"]}}
        first = await stage.act("POST", "/api/v1/keys", headers=stage.bearer("alice", stage.scene.cast.workspace) | headers, **sent)
        assert first.status_code == 201
        for who in ("bob", "ada", "key_admin"):
            answer = await stage.act("POST", "/api/v1/keys", headers=stage.bearer(who, stage.scene.cast.workspace) | headers, **sent)
            assert first.json()["token"] not in answer.text, who


EXTRA = {
    "workspace_id": "workspace", "user_id": "alice", "role": "owner", "is_operator": True, "environment": "live", "origin": "api:robot",
    "created_by": "alice", "email_verified_at": "2020-01-01T00:00:00Z", "can_approve": True, "id": "alice",
}  # fmt: skip


async def test_fields_that_nobody_offered_change_nothing(stage: Stage) -> None:
    ids = stage.scene.ids
    for name, value in EXTRA.items():
        sent = {name: ids.get(str(value), value)}
        async with stage.db.transaction(force_rollback=True):
            before = (await Mallory(stage, "mallory")("GET", "/me")).json()
            await Mallory(stage, "mallory")("PATCH", "/me", json=sent)
            assert (await Mallory(stage, "mallory")("GET", "/me")).json() == before, name
            draft = await Mallory(stage, "mallory")("POST", "/drafts", json={"idea": IDEA, "platforms": ["x"]} | sent)
            assert draft.status_code == 422, draft.text
            note = await Mallory(stage, "mallory")("POST", f"/drafts/{ids['mallorys_draft']}/comments", json={"text": "Hello."} | sent)
            assert note.status_code == 422, note.text


async def test_a_signed_address_opens_its_own_file_only(stage: Stage) -> None:
    signed = stage.scene.ids["media_path"]
    other = stage.scene.ids["alice"]
    for path in (
        signed.replace(stage.scene.ids["file"], other),
        signed.replace("sig=", "sig=0"),
        signed.replace("exp=", "exp=9"),
        signed.partition("?")[0],
        f"/media/{stage.scene.ids['file']}/..%2f..%2f..%2fetc%2fpasswd?{signed.partition('?')[2].replace('sig=', 'sig=0')}",
    ):
        assert (await stage("GET", path)).status_code in {403, 404}, path
