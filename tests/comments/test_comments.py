"""Comments by everybody: who may what, who is told, and what reaches nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from postwright.comments import api, pages
from postwright.db.session import Pool
from tests.cast import Cast, acting, serving
from tests.db.rows import insert
from tests.edge.small import make_key
from tests.notices.door import Door, add_draft, app_of, doors, words

pytestmark = pytest.mark.anyio

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)> javascript:alert(3) {{ 7 * 7 }}'


@pytest.fixture
async def people(api_pool: Pool, cast: Cast, tmp_path: Path) -> AsyncIterator[dict[str, Door]]:
    async with doors(app_of(api_pool, tmp_path, api=(api.router,), pages=(pages.router,)), cast) as made:
        yield made


@pytest.fixture
def draft(owner_db, cast: Cast) -> UUID:
    """Bob's."""
    made = add_draft(owner_db, cast.bob, cast.workspace)
    owner_db.execute("delete from notifications")
    return made


@pytest.fixture
def post(owner_db, cast: Cast, draft: UUID) -> UUID:
    """Bob's post of the draft."""
    (calendar,) = owner_db.execute("select id from content_calendar where workspace_id = %s", (cast.workspace,)).fetchone()
    (platform,) = owner_db.execute("select id from platforms where slug = 'x'").fetchone()
    with acting(owner_db, cast.bob, cast.workspace):
        row = {"workspace_id": cast.workspace, "calendar_id": calendar, "platform_id": platform, "adaptation_id": draft}
        return insert(owner_db, "content_schedule_items", row)


async def say(door: Door, about: str, text: str, **more) -> dict:
    answer = await door.api("POST", f"{about}/comments", json={"text": text} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def told(db, person) -> list[tuple[str, str, int]]:
    return db.execute("select kind, title, times from notifications where user_id = %s order by created_at", (person.id,)).fetchall()


async def test_members_of_every_role_comment(people: dict[str, Door], draft: UUID, post: UUID):
    for about in (f"/drafts/{draft}", f"/posts/{post}"):
        for name in ("alice", "ada", "bob", "vera"):
            made = await say(people[name], about, f"By {name}")
            assert (made["author"]["name"], made["origin"], made["simulated"]) == (name.capitalize(), "api", False)
        listed = (await people["vera"].api("GET", f"{about}/comments")).json()
        assert [each["text"] for each in listed["items"]] == ["By alice", "By ada", "By bob", "By vera"]


async def test_who_is_outside_finds_nothing(people: dict[str, Door], draft: UUID, post: UUID, cast: Cast):
    made = await say(people["bob"], f"/drafts/{draft}", "Ours")
    mallory = people["mallory"]
    asked = [
        ("GET", f"/drafts/{draft}/comments", None), ("GET", f"/posts/{post}/comments", None), ("GET", f"/comments/{made['id']}", None),
        ("POST", f"/drafts/{draft}/comments", {"text": "Hi"}), ("POST", f"/posts/{post}/comments", {"text": "Hi"}),
        ("PATCH", f"/comments/{made['id']}", {"text": "Hi"}), ("DELETE", f"/comments/{made['id']}", None),
        ("POST", f"/comments/{made['id']}/resolve", None), ("POST", f"/comments/{made['id']}/reopen", None),
    ]  # fmt: skip
    for method, path, body in asked:
        answer = await mallory.api(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
    for path in (f"/drafts/{draft}/comments", f"/posts/{post}/comments", f"/comments/{made['id']}/edit", f"/comments/{made['id']}/delete"):
        assert (await mallory.page("POST", path, data={"text": "Hi"})).status_code == 404
    assert (await people["bob"].api("GET", f"/comments/{made['id']}")).json()["text"] == "Ours"


async def test_words_are_their_writer_s(people: dict[str, Door], draft: UUID):
    made = await say(people["vera"], f"/drafts/{draft}", "Teh logo")
    for name in ("bob", "ada", "alice"):
        refused = await people[name].api("PATCH", f"/comments/{made['id']}", json={"text": "Mine"})
        assert (refused.status_code, refused.json()["rule"]) == (403, "author")
    changed = await people["vera"].api("PATCH", f"/comments/{made['id']}", json={"text": "The logo"})
    assert (changed.json()["text"], changed.json()["edited_at"] is None) == ("The logo", False)


async def test_editors_settle_and_admins_remove(people: dict[str, Door], draft: UUID):
    about = f"/drafts/{draft}"
    hers, his = await say(people["vera"], about, "Mine"), await say(people["bob"], about, "His")
    assert (await people["vera"].api("POST", f"/comments/{his['id']}/resolve")).json()["rule"] == "role"
    done = (await people["bob"].api("POST", f"/comments/{hers['id']}/resolve")).json()
    assert (done["resolved_by"]["name"], done["resolved_at"] is None) == ("Bob", False)
    assert (await people["vera"].api("POST", f"/comments/{hers['id']}/resolve")).json()["resolved_by"]["name"] == "Bob"
    assert [each["text"] for each in (await people["bob"].api("GET", f"{about}/comments?open=true")).json()["items"]] == ["His"]
    assert (await people["vera"].api("POST", f"/comments/{hers['id']}/reopen")).json()["resolved_by"] is None
    assert (await people["bob"].api("DELETE", f"/comments/{hers['id']}")).json()["rule"] == "role"
    assert (await people["vera"].api("DELETE", f"/comments/{his['id']}")).json()["rule"] == "role"
    assert (await people["ada"].api("DELETE", f"/comments/{hers['id']}")).status_code == 204
    assert (await people["bob"].api("DELETE", f"/comments/{his['id']}")).status_code == 204
    assert (await people["bob"].api("GET", f"{about}/comments")).json()["items"] == []


async def test_each_person_is_told_once(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    about = f"/drafts/{draft}"
    await say(people["vera"], about, "@Ada and @alice: look. @Ada!")
    assert told(owner_db, cast.ada) == [("mention", "Vera mentioned you on “Launch”", 1)]
    assert told(owner_db, cast.alice) == [("mention", "Vera mentioned you on “Launch”", 1)]
    assert told(owner_db, cast.bob) == [("comment", "Vera commented on “Launch”", 1)], "it is his draft"
    assert told(owner_db, cast.vera) == [], "nobody is told of their own words"
    await say(people["ada"], about, "Fine. @Ada")
    assert told(owner_db, cast.bob) == [("comment", "Ada commented on “Launch”", 2)], "one notice of a thread"
    assert told(owner_db, cast.vera) == [("comment", "Ada commented on “Launch”", 1)], "she wrote there"
    assert len(told(owner_db, cast.ada)) == 1
    assert told(owner_db, cast.mallory) == []
    (link,) = owner_db.execute("select distinct link from notifications where user_id = %s", (cast.alice.id,)).fetchone()
    assert link.startswith(f"/drafts/{draft}#comment-")


async def test_an_edit_tells_only_who_is_named_now(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    made = await say(people["bob"], f"/drafts/{draft}", "@Ada look")
    await people["bob"].api("PATCH", f"/comments/{made['id']}", json={"text": "@Ada and @Vera look"})
    assert len(told(owner_db, cast.ada)) == len(told(owner_db, cast.vera)) == 1
    await people["bob"].api("DELETE", f"/comments/{made['id']}")
    assert told(owner_db, cast.ada) == [], "taken back before she looked"


async def test_a_mention_follows_a_change_of_name(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    made = await say(people["bob"], f"/drafts/{draft}", "@Ada look")
    owner_db.execute("update users set full_name = 'Ada Lovelace' where id = %s", (cast.ada.id,))
    shown = (await people["vera"].api("GET", f"/comments/{made['id']}")).json()
    assert (shown["text"], [each["name"] for each in shown["mentions"]]) == ("@Ada Lovelace look", ["Ada Lovelace"])
    owner_db.execute("delete from workspace_members where workspace_id = %s and user_id = %s", (cast.workspace, cast.ada.id))
    shown = (await people["vera"].api("GET", f"/comments/{made['id']}")).json()
    assert shown["mentions"] == [{"id": str(cast.ada.id), "name": "Ada Lovelace", "member": False}]
    changed = await people["bob"].api("PATCH", f"/comments/{made['id']}", json={"text": shown["text"] + "!"})
    assert changed.status_code == 200


async def test_nobody_from_outside_is_named(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    made = await say(people["bob"], f"/drafts/{draft}", f"@Mallory <@{cast.mallory.id}>", mentions=[str(cast.mallory.id)])
    assert made["mentions"] == []
    assert told(owner_db, cast.mallory) == []
    with pytest.raises(psycopg.errors.CheckViolation), acting(owner_db, cast.bob, cast.workspace):
        owner_db.execute("update comments set mentions = %s where id = %s", ([cast.mallory.id], made["id"]))


async def test_the_database_alone_holds_to_it(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    made = await say(people["vera"], f"/drafts/{draft}", "Mine")
    for person in (cast.bob, cast.ada, cast.alice):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting(owner_db, person, cast.workspace):
            owner_db.execute("update comments set body = 'Not hers' where id = %s", (made["id"],))
    with acting(owner_db, cast.bob, cast.workspace):
        assert owner_db.execute("delete from comments where id = %s", (made["id"],)).rowcount == 0
    reading = "select set_config('request.jwt.claims', (current_setting('request.jwt.claims')::jsonb || '{\"cap\": 1}')::text, true)"
    with acting(owner_db, cast.alice, cast.workspace):
        owner_db.execute(reading.encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege), owner_db.transaction():
            owner_db.execute("insert into comments (workspace_id, adaptation_id, body) values (%s, %s, 'Hi')", (cast.workspace, draft))


async def test_keys_need_the_scope(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    def key(*scopes: str) -> Door:
        return Door(people["bob"].http, {"Authorization": f"Bearer {make_key(owner_db, cast.alice, cast.workspace, scopes)}"})

    refused = await key("read", "publish").api("POST", f"/drafts/{draft}/comments", json={"text": "Hi"})
    assert (refused.status_code, refused.json()["rule"]) == (403, "scope")
    made = await say(key("draft"), f"/drafts/{draft}", "Hi")
    assert made["origin"] == "api:robot"
    assert len((await key("read").api("GET", f"/drafts/{draft}/comments")).json()["items"]) == 1


async def test_once_and_rehearsed(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    path, once = f"/drafts/{draft}/comments", {"Idempotency-Key": "c1"}
    rehearsed = await people["vera"].api("POST", path, json={"text": "@Ada"}, params={"dry_run": True})
    assert (rehearsed.status_code, rehearsed.headers["dry-run"]) == (201, "true")
    assert (told(owner_db, cast.ada), (await people["vera"].api("GET", path)).json()["items"]) == ([], [])
    answers = [await people["vera"].api("POST", path, json={"text": "@Ada"}, headers=once) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert told(owner_db, cast.ada) == [("mention", "Vera mentioned you on “Launch”", 1)]


async def test_who_saw_an_older_state_overwrites_nothing(people: dict[str, Door], draft: UUID):
    made = await say(people["vera"], f"/drafts/{draft}", "One")
    seen = (await people["vera"].api("GET", f"/comments/{made['id']}")).headers["etag"]
    path = f"/comments/{made['id']}"
    assert (await people["vera"].api("PATCH", path, json={"text": "Two"}, headers={"If-Match": seen})).status_code == 200
    assert (await people["vera"].api("PATCH", path, json={"text": "Three"}, headers={"If-Match": seen})).status_code == 412


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "not_blank"),
        (" \n\t ", "not_blank"),
        ("x" * 10_001, "length"),
        ("a\x00b", "control_character"),
        ("a\x1b[31m", "control_character"),
    ],
)
async def test_what_is_no_comment(people: dict[str, Door], draft: UUID, text: str, rule: str):
    for path in (f"/drafts/{draft}/comments",):
        refused = await people["bob"].api("POST", path, json={"text": text})
        assert (refused.status_code, refused.json()["field"], refused.json()["rule"]) == (422, "text", rule)
    assert (await people["bob"].api("GET", f"/drafts/{draft}/comments")).json()["items"] == []


async def test_long_words_and_many_signs_are_kept(people: dict[str, Door], draft: UUID):
    text = "👩🏽‍🚀 " * 1000 + "\u202eright to left\u202c\nsecond line\ttab"
    assert (await say(people["bob"], f"/drafts/{draft}", text))["text"] == text


async def test_page_by_page(people: dict[str, Door], draft: UUID):
    path = f"/drafts/{draft}/comments"
    for n in range(5):
        await say(people["bob"], f"/drafts/{draft}", f"No {n}")
    first = (await people["bob"].api("GET", path, params={"limit": 3})).json()
    rest = (await people["bob"].api("GET", path, params={"limit": 3, "after": first["next"]})).json()
    assert [each["text"] for each in first["items"] + rest["items"]] == [f"No {n}" for n in range(5)]
    assert rest["next"] is None


async def test_a_deleted_draft_takes_its_comments_along(people: dict[str, Door], draft: UUID, owner_db):
    made = await say(people["bob"], f"/drafts/{draft}", "Gone")
    with serving(owner_db):
        owner_db.execute("update content_adaptations set deleted_at = now() where id = %s", (draft,))
    assert (await people["bob"].api("GET", f"/drafts/{draft}/comments")).status_code == 404
    assert (await people["bob"].api("GET", f"/comments/{made['id']}")).status_code == 404


async def test_the_page_escapes_and_links(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    owner_db.execute("update users set full_name = %s where id = %s", (EVIL, cast.ada.id))
    await say(people["bob"], f"/drafts/{draft}", f"{EVIL} https://example.com/a?b=1&c=%22 @Vera", mentions=[])
    await say(people["ada"], f"/drafts/{draft}", f"<@{cast.ada.id}> me")
    for piece in (True, False):
        shown = (await people["vera"].page("GET", f"/drafts/{draft}/comments", piece=piece)).text
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert 'href="javascript' not in shown
        assert "{{ 7 * 7 }}" in shown
        assert '<a href="https://example.com/a?b=1&amp;c=%22" rel="nofollow noopener noreferrer"' in shown
        assert '<span class="at me">@Vera</span>' in shown
        assert ("<!doctype html>" in shown) is not piece


async def test_without_scripts(people: dict[str, Door], draft: UUID, post: UUID, owner_db):
    for about in (f"/drafts/{draft}", f"/posts/{post}"):
        said = await people["vera"].page("POST", f"{about}/comments", data={"text": "Nice, @bob"})
        assert said.status_code == 303
        assert said.headers["location"].startswith(f"{about}/comments#comment-")
        comment = said.headers["location"].partition("#comment-")[2]
        assert "Nice, @Bob" in words((await people["bob"].page("GET", f"{about}/comments")).text)
        for act in ("resolve", "reopen", "delete"):
            assert (await people["bob" if act != "delete" else "ada"].page("POST", f"/comments/{comment}/{act}")).status_code == 303
    assert owner_db.execute("select count(*) from comments").fetchone() == (0,)


async def test_what_was_typed_stays(people: dict[str, Door], draft: UUID, owner_db, cast: Cast):
    owner_db.execute("update users set full_name = 'Ada Lovelace' where id = %s", (cast.ada.id,))
    owner_db.execute("update users set full_name = 'Ada Byron' where id = %s", (cast.vera.id,))
    refused = await people["bob"].page("POST", f"/drafts/{draft}/comments", data={"text": "@Ada <b>look</b>"})
    assert refused.status_code == 422
    assert "@Ada &lt;b&gt;look&lt;/b&gt;</textarea>" in refused.text
    assert "could be several members: write @Ada Byron or @Ada Lovelace" in words(refused.text)
    chosen = {"text": "@Ada look", "mention": [str(cast.ada.id), "not an id"]}
    assert (await people["bob"].page("POST", f"/drafts/{draft}/comments", data=chosen)).status_code == 303
    assert [kind for kind, _, _ in told(owner_db, cast.ada)] == ["mention"]
    made = owner_db.execute("select id from comments").fetchone()[0]
    again = await people["bob"].page("POST", f"/comments/{made}/edit", data={"text": ""})
    assert (again.status_code, "Write something first." in again.text) == (422, True)


async def test_one_that_is_none(people: dict[str, Door], draft: UUID):
    for path in (f"/drafts/{uuid4()}/comments", f"/posts/{draft}/comments"):
        assert (await people["bob"].api("GET", path)).status_code == 404
        assert (await people["bob"].api("POST", path, json={"text": "Hi"})).status_code == 404
        assert (await people["bob"].page("GET", path)).status_code == 404
    refused = await people["bob"].api("POST", f"/drafts/{draft}/comments", json={"text": "Hi", "user_id": str(uuid4())})
    assert refused.status_code == 422
