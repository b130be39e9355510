"""The pages: what each of the four sees, forms without scripts, and the page behind an invitation's link."""

from __future__ import annotations

import html
import re

import httpx2
import pytest
from fastapi import FastAPI

from tests.cast import Cast, sign_up
from tests.workspaces.desk import HOST, Box, Browser, browse, client_of, sit

pytestmark = pytest.mark.anyio


@pytest.fixture
async def browsers(app: FastAPI, http: httpx2.AsyncClient, cast: Cast) -> dict[str, Browser]:
    return {each.name.lower(): await browse(http, app, each, cast.workspace) for each in cast.members}


@pytest.fixture
async def carol(app: FastAPI, http: httpx2.AsyncClient, owner_db) -> Browser:
    """Somebody with an account and no membership here."""
    desk = await sit(http, sign_up(owner_db, "Carol"), None)
    return Browser(http, app, desk.token)


def seen(answer: httpx2.Response) -> str:
    """The words of a page."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


async def test_every_page_shows_to_each_what_is_theirs(browsers: dict[str, Browser]):
    for who, browser in browsers.items():
        for path in ("/workspaces", "/settings/workspace", "/settings/members", "/workspaces/menu"):
            assert (await browser.get(path)).status_code == 200, (who, path)
        members = seen(await browser.get("/settings/members"))
        assert ("bob@example.com" in members) == (who in {"alice", "ada", "bob"})
        assert ("Invite somebody" in members) == (who in {"alice", "ada"})
        assert ("Remove Ada" in members) == (who == "alice")
        settings = seen(await browser.get("/settings/workspace"))
        assert ("Hand over" in settings) == (who == "alice")
        deletion = await browser.get("/settings/workspace/delete")
        assert deletion.status_code == (200 if who == "alice" else 403)


async def test_a_link_to_copy_is_shown_once(browsers: dict[str, Browser], carol: Browser, http: httpx2.AsyncClient, cast: Cast):
    alice = browsers["alice"]
    await alice.get("/settings/members")
    made = await alice.post("/settings/members/invite", email="carol@example.com", role="editor", days="7")
    assert made.status_code == 200
    assert "no e-mail was sent" in seen(made)
    link = re.search(rf'value="{HOST}(/invitations/[^"]+)"', made.text)[1]
    assert link not in (await alice.get("/settings/members")).text
    page = await carol.get(link)
    assert "Join “Acme”" in seen(page)
    joined = await carol.post(f"{link}/accept")
    assert (joined.status_code, joined.headers["location"]) == (303, "/today?said=switched")
    assert (await carol.get("/settings/members")).status_code == 200
    again = await carol.get(link)
    assert again.status_code == 404
    assert "does not stand" in seen(again)


async def test_opening_the_link_spends_nothing(browsers: dict[str, Browser], http: httpx2.AsyncClient):
    link = await _invited(browsers["alice"], "carol@example.com")
    for _ in range(3):
        page = await http.get(link)
        assert page.status_code == 200
    text = seen(page)
    assert "Sign in" in text
    assert "Create an account" in text
    assert f"/sign-up?next={link.replace('/', '%2F')}&amp;email=carol%40example.com" in page.text


async def test_another_address_is_told_so_and_may_sign_out(browsers: dict[str, Browser]):
    link = await _invited(browsers["alice"], "carol@example.com")
    bob = browsers["bob"]
    page = await bob.get(link)
    assert "signed in as bob@example.com" in seen(page)
    assert f"{link}/accept" not in page.text
    refused = await bob.post(f"{link}/accept")
    assert refused.status_code == 404
    gone = await bob.post(f"{link}/sign-out")
    assert (gone.status_code, gone.headers["location"]) == (303, link)
    assert "Create an account" in seen(await bob.get(link))


async def test_a_form_of_another_site_does_nothing(browsers: dict[str, Browser], owner_db, cast: Cast):
    alice = browsers["alice"]
    alice.csrf = "forged"
    for path in (
        "/workspaces", "/settings/workspace", "/settings/workspace/leave", "/settings/workspace/delete", "/settings/members/invite",
        f"/settings/members/{cast.bob.id}", f"/settings/members/{cast.bob.id}/remove", "/invitations/x/accept", "/invitations/x/sign-out",
    ):  # fmt: skip
        refused = await alice.post(path, name="Acme", email="mallory@example.com", role="admin")
        assert refused.status_code == 403, path
    assert owner_db.execute("select count(*) from workspace_members where workspace_id = %s", [cast.workspace]).fetchone() == (4,)


async def test_a_form_of_a_workspace_acts_only_there(browsers: dict[str, Browser], cast: Cast, owner_db):
    """Alice switched in another tab: the form that she sees still belongs to the first workspace."""
    alice = browsers["alice"]
    await alice.get("/settings/workspace")
    await alice.post(f"/workspaces/{cast.alice.personal}/open")
    late = await alice.post("/settings/workspace", name="Renamed", timezone="UTC", workspace=str(cast.workspace))
    assert late.status_code == 409
    assert owner_db.execute("select count(*) from workspaces where name = 'Renamed'").fetchone() == (0,)


async def test_renaming_keeps_what_was_typed_and_marks_the_field(browsers: dict[str, Browser]):
    ada = browsers["ada"]
    page = await ada.get("/settings/workspace")
    version = html.unescape(re.search(r'name="version" value="([^"]+)"', page.text)[1])
    wrong = await ada.post("/settings/workspace", name="Acme Ltd", timezone="Mars/Olympus", version=version)
    assert wrong.status_code == 422
    assert 'value="Acme Ltd"' in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    right = await ada.post("/settings/workspace", name="Acme Ltd", timezone="Europe/Berlin", version=version)
    assert right.status_code == 303
    late = await ada.post("/settings/workspace", name="Other", timezone="UTC", version=version)
    assert late.status_code == 412
    assert "Somebody changed this" in seen(late)


async def test_deleting_and_restoring(browsers: dict[str, Browser], cast: Cast):
    alice = browsers["alice"]
    page = await alice.get("/settings/workspace/delete")
    assert "4 members: it disappears for all of you" in seen(page)
    wrong = await alice.post("/settings/workspace/delete", name="acme", workspace=str(cast.workspace))
    assert wrong.status_code == 422
    assert 'value="acme"' in wrong.text
    gone = await alice.post("/settings/workspace/delete", name="Acme", workspace=str(cast.workspace))
    assert gone.headers["location"] == "/workspaces?said=deleted"
    listing = seen(await alice.get("/workspaces?said=deleted"))
    assert "You can restore it below" in listing
    assert "gone for good on" in listing
    assert "Acme" not in seen(await browsers["bob"].get("/workspaces"))
    back = await alice.post(f"/workspaces/{cast.workspace}/restore")
    assert back.status_code == 303
    assert "Acme" in seen(await browsers["bob"].get("/workspaces"))


async def test_going_live_makes_an_empty_live_workspace_and_opens_accounts(browsers: dict[str, Browser], owner_db):
    vera = browsers["vera"]
    await vera.get("/workspaces")
    made = await vera.post("/workspaces/live", name="Real")
    assert (made.status_code, made.headers["location"]) == (303, "/accounts?said=live")
    assert owner_db.execute("select environment from workspaces where name = 'Real'").fetchone() == ("live",)
    assert "“Real”" in seen(await vera.get("/settings/members"))
    empty = await vera.post("/workspaces", name=" ", kind="sandbox")
    assert empty.status_code == 422
    assert re.search(r'value="sandbox" checked', empty.text)


async def test_changing_and_removing_members_by_forms(browsers: dict[str, Browser], cast: Cast, owner_db):
    ada = browsers["ada"]
    await ada.get("/settings/members")
    changed = await ada.post(f"/settings/members/{cast.bob.id}", role="viewer", can_approve="1", workspace=str(cast.workspace))
    assert changed.status_code == 303
    row = owner_db.execute(
        "select role, can_approve from workspace_members where user_id = %s and workspace_id = %s", [cast.bob.id, cast.workspace]
    )
    assert row.fetchone() == ("viewer", True)
    assert (await ada.post(f"/settings/members/{cast.bob.id}", role="admin")).status_code == 403
    assert (await ada.post(f"/settings/members/{cast.bob.id}/remove")).status_code == 303
    assert (await browsers["bob"].get("/settings/members")).status_code == 200, "in his personal workspace"
    assert "Vera" not in seen(await browsers["bob"].get("/settings/members"))


async def test_invitations_wait_under_workspaces_for_a_verified_address(browsers: dict[str, Browser], carol: Browser, owner_db):
    await _invited(browsers["alice"], "carol@example.com")
    assert "Invitations for you" not in seen(await carol.get("/workspaces"))
    owner_db.execute("update users set email_verified_at = now() where email = 'carol@example.com'")
    page = await carol.get("/workspaces")
    assert "Alice invites you as editor" in seen(page)
    where = re.search(r'action="(/workspaces/invitations/[^"]+/accept)"', page.text)[1]
    assert (await carol.post(where)).status_code == 303
    assert "Acme" in seen(await carol.get("/workspaces"))


async def test_with_a_mail_server_no_link_is_shown(mailing_app: FastAPI, box: Box, cast: Cast):
    async with client_of(mailing_app) as http:
        alice = await browse(http, mailing_app, cast.alice, cast.workspace)
        await alice.get("/settings/members")
        made = await alice.post("/settings/members/invite", email="carol@example.com", role="editor", days="7")
        assert made.headers["location"] == "/settings/members?said=invited#invitations"
        assert len(box.letters) == 1
        assert "/invitations/" not in (await alice.get("/settings/members")).text.replace("/settings/members/invitations/", "")


async def test_a_wrong_invitation_keeps_what_was_typed(browsers: dict[str, Browser]):
    ada = browsers["ada"]
    await ada.get("/settings/members")
    for fields, marked in (
        ({"email": "nobody", "role": "viewer", "days": "3"}, "This is not an e-mail address"),
        ({"email": "bob@example.com", "role": "viewer", "days": "3"}, "is a member of this workspace already"),
        ({"email": "carol@example.com", "role": "viewer", "days": "31"}, "lasts 1 to 30 days"),
    ):
        page = await ada.post("/settings/members/invite", **fields)
        assert page.status_code in {409, 422}
        assert marked in seen(page)
        assert f'value="{fields["email"]}"' in page.text


async def _invited(browser: Browser, email: str) -> str:
    await browser.get("/settings/members")
    made = await browser.post("/settings/members/invite", email=email, role="editor", days="7")
    return re.search(rf'value="{HOST}(/invitations/[^"]+)"', made.text)[1]
