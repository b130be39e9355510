"""Every verb by everybody, stated in one table and tried through the API."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from tests.cast import Cast
from tests.workspaces.desk import Desk

pytestmark = pytest.mark.anyio

PEOPLE = ("alice", "ada", "bob", "vera", "mallory")

# verb -> what Alice (owner), Ada (admin), Bob (editor), Vera (viewer) and Mallory (outside) get
TABLE = """
list            200 200 200 200 404
get             200 200 200 200 404
rename          200 200 403 403 404
make            201 201 201 201 404
look_deletion   200 403 403 403 404
delete          200 403 403 403 404
leave           409 204 204 204 404
transfer        200 403 403 403 404
members         200 200 200 200 404
member          200 200 200 200 404
promote_viewer  200 200 403 403 404
make_admin      200 403 403 403 404
make_owner      200 403 403 403 404
demote_admin    200 403 403 403 404
let_approve     200 200 403 403 404
remove_viewer   204 204 403 403 404
remove_admin    204 422 403 403 404
remove_owner    422 403 403 403 404
invitations     200 200 403 403 404
invite_viewer   201 201 403 403 404
invite_admin    201 403 403 403 404
invite_owner    422 422 403 403 404
restore_none    404 404 404 404 404
open            204 204 204 204 404
"""
EXPECTED = {line.split()[0]: dict(zip(PEOPLE, map(int, line.split()[1:]), strict=True)) for line in TABLE.strip().splitlines()}


def _verbs(cast: Cast) -> dict[str, Callable[[Desk, str], object]]:
    def on(member, method: str, **body):
        async def act(desk: Desk, who: str) -> httpx2.Response:
            return await desk.ask(method, f"/current/members/{member.id}", json=body or None)

        return act

    def ask(method: str, path: str, **how):
        async def act(desk: Desk, who: str) -> httpx2.Response:
            return await desk.ask(method, path, **how)

        return act

    here = f"/{cast.workspace}"
    return {
        "list": ask("GET", ""),
        "get": ask("GET", "/current"),
        "rename": ask("PATCH", "/current", json={"name": "Acme Ltd", "timezone": "Europe/Berlin"}),
        "make": ask("POST", "", json={"name": "Another", "environment": "live"}),
        "look_deletion": ask("GET", "/current/deletion"),
        "delete": ask("POST", "/current/delete", json={"name": "Acme"}),
        "leave": ask("POST", "/current/leave"),
        "transfer": ask("POST", "/current/transfer", json={"member": str(cast.bob.id)}),
        "members": ask("GET", "/current/members"),
        "member": on(cast.bob, "GET"),
        "promote_viewer": on(cast.vera, "PATCH", role="editor"),
        "make_admin": on(cast.vera, "PATCH", role="admin"),
        "make_owner": on(cast.vera, "PATCH", role="owner"),
        "demote_admin": on(cast.ada, "PATCH", role="viewer"),
        "let_approve": on(cast.bob, "PATCH", can_approve=True),
        "remove_viewer": on(cast.vera, "DELETE"),
        "remove_admin": on(cast.ada, "DELETE"),
        "remove_owner": on(cast.alice, "DELETE"),
        "invitations": ask("GET", "/current/invitations"),
        "invite_viewer": ask("POST", "/current/invitations", json={"email": "carol@example.com", "role": "viewer"}),
        "invite_admin": ask("POST", "/current/invitations", json={"email": "carol@example.com", "role": "admin"}),
        "invite_owner": ask("POST", "/current/invitations", json={"email": "carol@example.com", "role": "owner"}),
        "restore_none": ask("POST", f"{here}/restore"),
        "open": ask("POST", f"{here}/open"),
    }


@pytest.mark.parametrize("who", PEOPLE)
async def test_who_may_do_what(who: str, owner_db, cast: Cast, desks: dict[str, Desk]):
    verbs = _verbs(cast)
    assert set(verbs) == set(EXPECTED)
    before = _state(owner_db)
    for verb, outcomes in EXPECTED.items():
        answer = await verbs[verb](desks[who], who)
        assert answer.status_code == outcomes[who], f"{who} {verb}: {answer.text}"
        if answer.status_code < 400:
            _as_it_was(owner_db, cast)
            continue
        assert _state(owner_db) == before, f"{who} {verb}: a refusal changes nothing"
        body = answer.json()
        assert body["rule"], f"{who} {verb}"
        assert body["who"] == "you fix the input"


def _as_it_was(db, cast: Cast) -> None:
    """So that what one verb did does not stand in the way of the next."""
    with db.transaction():
        for each in cast.members:
            db.execute(
                """insert into workspace_members (workspace_id, user_id, role) values (%s, %s, %s)
                   on conflict (workspace_id, user_id) do update
                      set role = excluded.role, can_approve = excluded.role = 'owner', suspended_at = null""",
                [cast.workspace, each.id, each.role],
            )
        db.execute("update workspaces set name = 'Acme', timezone = 'UTC', deleted_at = null where id = %s", [cast.workspace])
        db.execute("delete from invitations where email = 'carol@example.com'")
        db.execute("delete from workspaces where name = 'Another'")


def _state(db) -> list:
    return [
        *db.execute("select workspace_id, user_id, role, can_approve, suspended_at from workspace_members order by 1, 2").fetchall(),
        *db.execute("select id, name, timezone, deleted_at from workspaces order by 1").fetchall(),
        *db.execute("select id, revoked_at, accepted_at, declined_at from invitations order by 1").fetchall(),
    ]
