"""Comments, names after an @ and the bell in a real browser: live, by keyboard, and without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from postwright import config
from postwright.db.connect import dsns
from tests.cast import Person, acting, sign_up
from tests.web.conftest import Open, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def db(site: Site) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsns(config.load({"POSTWRIGHT_HOME": str(site.home)})).owner, autocommit=True) as made:
        yield made


@pytest.fixture
def home(db: psycopg.Connection) -> UUID:
    """The operator's workspace."""
    return db.execute("select w.id from workspaces w join users u on u.id = w.personal_of where u.is_operator").fetchone()[0]


@pytest.fixture
def colleague(db: psycopg.Connection, home: UUID) -> Iterator[Person]:
    """Ada Lovelace, who edits there; an Ada Byron is there, too."""
    ada, other = sign_up(db, "Ada-Lovelace"), sign_up(db, "Ada-Byron")
    for person, name in ((ada, "Ada Lovelace"), (other, "Ada Byron")):
        db.execute("update users set full_name = %s where id = %s", (name, person.id))
        db.execute("insert into workspace_members (workspace_id, user_id, role) values (%s, %s, 'editor')", (home, person.id))
    yield ada
    db.execute("delete from users where id = any (%s)", ([ada.id, other.id],))


@pytest.fixture
def draft(open_page: Open) -> str:
    return str(open_page("/today").request.get("/api/v1/drafts?limit=1").json()["items"][0]["id"])


def says(db: psycopg.Connection, person: Person, home: UUID, draft: str, text: str) -> None:
    with acting(db, person, home):
        db.execute("insert into comments (workspace_id, adaptation_id, body) values (%s, %s, %s)", (home, draft, text))


def comment(page: Page, text: str) -> Locator:
    return page.locator(".comment", has=page.locator(".comment-body", has_text=text)).first


def test_a_conversation(open_page: Open, db: psycopg.Connection, home: UUID, colleague: Person, draft: str) -> None:
    page = open_page(f"/drafts/{draft}/comments")
    field = page.locator("#new-comment")
    field.press_sequentially("Hello @ada")
    expect(page.locator("#new-comment-names li")).to_have_text(["Ada Byron", "Ada Lovelace"])
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("Hello @Ada Lovelace ")
    says(db, colleague, home, draft, "Meanwhile")
    expect(comment(page, "Meanwhile")).to_be_visible()
    expect(field).to_have_value("Hello @Ada Lovelace ")  # what is being written stays
    field.press("Control+Enter")
    expect(comment(page, "Hello @Ada Lovelace")).to_be_visible()
    expect(field).to_have_value("")
    told = db.execute("select kind from notifications where user_id = %s order by created_at", (colleague.id,)).fetchall()
    assert ("mention",) in told

    mine = comment(page, "Hello @Ada Lovelace")
    mine.get_by_text("Edit", exact=True).click()
    mine.locator("textarea").fill("Goodbye @Ada Lovelace")
    says(db, colleague, home, draft, "While you edit")
    expect(mine.locator("textarea")).to_have_value("Goodbye @Ada Lovelace")
    mine.get_by_role("button", name="Save").click()
    expect(comment(page, "Goodbye @Ada Lovelace")).to_be_visible()
    expect(comment(page, "While you edit")).to_be_visible()

    comment(page, "Meanwhile").get_by_role("button", name="Resolve").click()
    expect(page.locator(".settled-ones > summary")).to_contain_text("resolved")
    comment(page, "While you edit").get_by_text("Delete", exact=True).click()
    comment(page, "While you edit").get_by_role("button", name="Delete the comment").click()
    expect(page.get_by_text("While you edit")).to_have_count(0)


def test_without_scripts_a_name_that_could_be_two_is_asked_about(open_page: Open, colleague: Person, draft: str) -> None:
    page = open_page(f"/drafts/{draft}/comments", scripts=False)
    page.locator("#new-comment").fill("@Ada, please look")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#new-comment-error")).to_contain_text("write @Ada Byron or @Ada Lovelace")
    expect(page.locator("#new-comment")).to_have_value("@Ada, please look")
    page.locator("#new-comment").fill("@Ada Byron, please look")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(comment(page, "@Ada Byron, please look")).to_be_visible()


def test_the_bell_rings_without_a_reload(open_page: Open, db: psycopg.Connection, home: UUID) -> None:
    page = open_page("/today")
    expect(page.locator(".rail [data-controller=bell]")).to_be_attached()
    (me,) = db.execute("select id from users where is_operator").fetchone()
    with db.transaction():
        db.execute("select set_config('role', 'service_role', true), set_config('request.jwt.claims', %s, true)", (json.dumps({}),))
        db.execute("select app.notify(%s, %s, 'comment', 'Somebody said something', null, '/calendar')", (home, [me]))
    expect(page.locator(".rail .bell [data-unread]")).to_be_visible()
    page.goto("/notifications?show=unread")
    page.get_by_role("button", name="Somebody said something", exact=True).first.click()
    page.wait_for_url("**/calendar")
    page.goto("/notifications")
    if (rest := page.get_by_role("button", name="Mark all as read")).count():  # what other tests left
        rest.click()
    expect(page.locator(".rail .bell [data-unread]")).to_have_count(0)
