"""Drafts as pages, by plain forms: what works before any script arrives."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import lxml.html
import psycopg
import pytest
from fastapi import FastAPI

from postwright.edge.context import cookie_name
from postwright.edge.state import State
from postwright.identity.models import Visit
from postwright.identity.sign_in import sign_in
from postwright.studio import pages, render
from postwright.studio.standing import Standing
from tests.cast import PASSWORD, Cast, Person
from tests.studio import ideas
from tests.studio.conftest import enter

pytestmark = pytest.mark.anyio


class Reader:
    """Somebody with a browser without scripts: follows redirects, sends the form's token."""

    def __init__(self, http: httpx2.AsyncClient, cookie: str, workspace: str) -> None:
        self.http, self.csrf = http, ""
        self.headers = {"Accept": "text/html", "Cookie": cookie, "X-Workspace": workspace}

    async def get(self, path: str) -> httpx2.Response:
        answer = await self.http.get(path, headers=self.headers)
        if found := re.search(r'name="csrf" value="(\w+)"', answer.text):
            self.csrf = found[1]
        return answer

    async def post(self, path: str, fields: dict[str, object], **how: Any) -> httpx2.Response:
        answer = await self.http.post(path, data={"csrf": self.csrf} | fields, headers=self.headers, **how)
        return await self.get(answer.headers["location"]) if answer.status_code == 303 else answer


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    app.include_router(pages.router)
    return app


async def reader(http: httpx2.AsyncClient, state: State, cast: Cast, person: Person) -> Reader:
    opened = await sign_in(state.pool, email=person.email, password=PASSWORD, visit=Visit("test", None), now=state.clock())
    made = Reader(http, f"{cookie_name(state)}={opened.token}", str(cast.workspace))
    await made.get("/drafts/new")
    return made


@pytest.fixture
async def bob(http: httpx2.AsyncClient, state: State, cast: Cast) -> Reader:
    return await reader(http, state, cast, cast.bob)


async def make(bob: Reader, *platforms: str, idea: str = ideas.LAUNCH) -> str:
    answer = await bob.post("/drafts", {"idea": idea, "platform": list(platforms)})
    assert answer.status_code == 200, answer.text
    return str(answer.request.url.path)


def field(page: str, name: str, within: str = "") -> str:
    """What stands in a field (the first of that name), as a browser would send it."""
    place = lxml.html.fromstring(page).xpath(f"{within}//*[@name='{name}']")[0]
    return str(place.get("value") if place.tag == "input" else (place.text or "").removeprefix("\n"))


async def test_a_newcomer_finds_an_idea_to_replace_and_others_an_empty_page(bob: Reader) -> None:
    first = (await bob.get("/drafts/new")).text
    assert "The best time to write a post" in field(first, "idea")
    await make(bob, "x")
    assert field((await bob.get("/drafts/new")).text, "idea") == ""


async def test_a_draft_is_written_without_a_script(bob: Reader) -> None:
    path = await make(bob, "x", "linkedin", "instagram")
    page = (await bob.get(path)).text
    assert "Follows the idea" in page
    assert "No connected account fits these platforms" in page
    version = field(page, "version")
    edited = (
        await bob.post(f"{path}/variants/x", {"version": version, "text": "Mine.\r\n\r\nReally.", "hashtags": "#a, b", "act": "save"})
    ).text
    assert field(edited, "text") == "Mine.\n\nReally."
    assert "Edited: no longer follows the idea" in edited
    assert "<ins>Mine</ins>" in edited or "<ins>Mine" in edited
    assert 'value="#a #b"' in edited
    back = (await bob.post(f"{path}/variants/x", {"version": field(edited, "version"), "text": "Mine.", "act": "resync"})).text
    assert field(back, "text").startswith("We moved our launch")
    undone = (await bob.post(f"{path}/variants/x", {"version": field(back, "version"), "act": "undo"})).text
    assert field(undone, "text") == "Mine."


async def test_an_overlong_text_is_kept_and_offers_a_thread(bob: Reader) -> None:
    path = await make(bob, "x")
    long = "This sentence goes on for a while. " * 12
    page = (await bob.post(f"{path}/variants/x", {"version": 1, "text": long, "act": "save"})).text
    assert field(page, "text") == long
    assert "Split into thread" in page
    assert re.search(r'counter over".*?−\d+', page)
    thread = (await bob.post(f"{path}/variants/x", {"version": field(page, "version"), "text": long, "act": "split"})).text
    assert thread.count('name="part"') == 2
    parts = [part.text for part in lxml.html.fromstring(thread).xpath("//*[@name='part']")]
    fewer = (
        await bob.post(f"{path}/variants/x", {"version": field(thread, "version"), "part": [*parts, "And a third."], "act": "save"})
    ).text
    assert fewer.count('name="part"') == 3


async def test_typing_is_looked_at_without_saving(bob: Reader) -> None:
    path = await make(bob, "x")
    look = (await bob.post(f"{path}/variants/x/look", {"version": 1, "text": "a" * 290, "hashtags": ""})).text
    assert 'data-overflow="280"' in look
    assert 'data-blocked="X is too long"' in look
    assert field((await bob.get(path)).text, "text").startswith("We moved our launch")


async def test_the_idea_leads_and_edited_variants_stay(bob: Reader) -> None:
    path = await make(bob, "x", "facebook")
    page = (await bob.post(f"{path}/variants/x", {"version": 1, "text": "Mine.", "act": "save"})).text
    page = (await bob.post(f"{path}/idea", {"version": field(page, "version"), "idea": "A new idea.", "title": "New"})).text
    assert "1 variant follows the idea; 1 is edited and stays as it is." in page
    assert "<h1" in page
    assert field(page, "text") == "Mine."
    assert field(page, "text", "//*[@id='panel-facebook']") == "New\n\nA new idea."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"idea": "", "platform": ["x"]}, "The idea is empty"), ({"idea": "Kept words.", "platform": []}, "Choose at least one platform"),
        ({"idea": "https://127.0.0.1/secret", "platform": ["x"]}, "not on the public internet"),
    ],
)  # fmt: skip
async def test_a_refused_idea_keeps_what_was_typed(bob: Reader, fields: dict[str, object], words: str) -> None:
    answer = await bob.post("/drafts", fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert field(answer.text, "idea") == fields["idea"]


async def test_a_file_is_brought_in(bob: Reader) -> None:
    answer = await bob.post("/drafts", {"platform": ["x"]}, files={"file": ("a.md", b"# From a file\n\nWith words.", "text/markdown")})
    assert field(answer.text, "title") == "From a file"
    wrong = await bob.post("/drafts", {"platform": ["x"]}, files={"file": ("a.md", b"caf\xe9", "text/markdown")})
    assert (wrong.status_code, "not UTF-8" in wrong.text) == (422, True)


async def test_a_lone_link_can_be_posted_as_it_is(bob: Reader) -> None:
    answer = await bob.post("/drafts", {"idea": "https://example.com/a", "link": "link", "platform": ["x"]})
    assert field(answer.text, "text") == "https://example.com/a"


async def test_deleting_says_what_is_kept_and_can_be_undone(bob: Reader) -> None:
    path = await make(bob, "x")
    page = (await bob.post(f"{path}/delete", {})).text
    assert "It can be brought back for 30 days" in page
    assert "No draft yet" in page
    assert "This draft is deleted" in (await bob.get(path)).text
    assert "Bring back" in (await bob.get("/drafts?deleted=1")).text
    assert "Follows the idea" in (await bob.post(f"{path}/restore", {})).text


async def test_the_list_searches(bob: Reader) -> None:
    await make(bob, "x")
    assert "We moved our launch" in (await bob.get("/drafts?q=moved")).text
    assert "Nothing matches" in (await bob.get("/drafts?q=zzzz")).text


async def test_a_conflict_is_told_and_nothing_is_overwritten(bob: Reader, http: httpx2.AsyncClient, state: State, cast: Cast) -> None:
    path = await make(bob, "x")
    alice = await enter(http, state, cast, cast.alice)
    assert (await alice("PATCH", f"/api/v1{path}/variants/x", json={"version": 1, "text": "By Alice."})).status_code == 200
    answer = await bob.post(f"{path}/variants/x", {"version": 1, "text": "Bob's.", "act": "save"})
    assert (answer.status_code, "Alice changed this variant" in answer.text) == (409, True)
    assert field((await bob.get(path)).text, "text") == "By Alice."
    theirs = (await bob.get(f"{path}/compare/x")).text
    assert "Saved by Alice" in theirs
    assert "By Alice." in theirs


async def test_a_viewer_sees_and_cannot_write(bob: Reader, http: httpx2.AsyncClient, state: State, cast: Cast) -> None:
    path = await make(bob, "x")
    vera = await reader(http, state, cast, cast.vera)
    page = (await vera.get(path)).text
    assert "readonly" in page
    assert "Save the variant" not in page
    assert (await vera.post(f"{path}/variants/x", {"version": 1, "text": "a", "act": "save"})).status_code == 403
    assert (await vera.post("/drafts", {"idea": "a", "platform": ["x"]})).status_code == 403


async def test_platforms_are_added_and_dropped(bob: Reader) -> None:
    path = await make(bob, "x")
    page = (await bob.post(f"{path}/platforms", {"platform": ["bluesky", "youtube"]})).text
    assert 'id="panel-bluesky"' in page
    assert 'id="panel-x"' not in page
    assert "As chosen for the account" not in page
    assert 'name="title"' in page.partition('id="panel-youtube"')[2]


async def test_a_form_without_its_token_changes_nothing(bob: Reader) -> None:
    path = await make(bob, "x")
    bob.csrf = "0" * 32
    assert (await bob.post(f"{path}/delete", {})).status_code == 403


async def test_the_pictures_of_a_page_can_be_seen(bob: Reader, worker_state: State, cast: Cast) -> None:
    path = await make(bob, "instagram")
    await render.render_draft(worker_state, cast.workspace, UUID(path.rpartition("/")[2]))
    found = lxml.html.fromstring((await bob.get(path)).text).xpath("//img[contains(@class, 'thumb')]/@src")
    assert found
    for address in found:
        assert address.startswith("/media/")  # the page's own host: the content policy allows no other
        answer = await bob.http.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


async def test_a_long_list_goes_on(bob: Reader, cast: Cast, owner_db: psycopg.Connection) -> None:
    owner_db.execute(
        "insert into content_adaptations (workspace_id, user_id, original_idea, adaptations, deleted_at)"
        " select %s, %s, 'Idea number ' || n || '.', '{}', case when n > 60 then now() end from generate_series(1, 120) n",
        (cast.workspace, cast.bob.id),
    )
    for first in ("/drafts", "/drafts?deleted=1"):
        page = lxml.html.fromstring((await bob.get(first)).text)
        (more,) = {link for link in page.xpath("//a/@href") if "after=" in link}
        rest = await bob.get(more)
        assert (rest.status_code, rest.text.count('class="draft"')) == (200, 10)


async def test_what_others_wrote_into_a_draft_breaks_no_page(bob: Reader, cast: Cast, owner_db: psycopg.Connection) -> None:
    path = await make(bob, "x")
    strange = {"text": "Hello", "media": ["https://example.com/a.jpg"], "changed_by": "n8n", "changed_at": "yesterday", "edited": True}
    owner_db.execute(
        "update content_adaptations set adaptations = %s where id = %s", (json.dumps({"x": strange, "orkut": strange}), path[-36:])
    )
    assert "Hello" in (await bob.get(path)).text
    assert (await bob.post(f"{path}/variants/orkut/look", {"version": 1, "text": "a"})).status_code == 404
    assert (await bob.get(f"{path}/compare/x")).status_code == 200


def test_a_post_is_told_on_a_clock_that_exists() -> None:
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    post = Standing(uuid4(), uuid4(), "x", uuid4(), "published", at, "Nowhere/Land")
    assert post.words(at, "Europe/Berlin") == "Published Sat 10:00"
    assert post.words(at, "Nowhere/Else") == "Published Sat 09:00"


async def test_more_hashtags_than_a_variant_holds_are_refused_at_both_doors_and_change_nothing(bob: Reader) -> None:
    path = await make(bob, "x", "facebook")
    page, tags = (await bob.get(path)).text, [f"tag{number}" for number in range(200)]
    sent = {"version": field(page, "version"), "text": "Kept?", "act": "save"}
    refused = await bob.post(f"{path}/variants/facebook", sent | {"hashtags": " ".join(f"#{tag}" for tag in tags)})
    assert (refused.status_code, "holds 100 hashtags at most; these are 200" in refused.text) == (422, True)
    headers = bob.headers | {"Accept": "application/json", "X-CSRF-Token": bob.csrf}
    body = {"version": int(field(page, "version")), "text": "Kept?", "hashtags": tags}
    answer = await bob.http.patch(f"/api/v1{path}/variants/facebook", json=body, headers=headers)
    assert (answer.status_code, answer.json()["field"], answer.json()["rule"]) == (422, "hashtags", "max_hashtags")
    draft = (await bob.http.get(f"/api/v1{path}", headers=headers)).json()
    variant = draft["variants"]["facebook"]
    assert (str(draft["version"]), variant["text"] == "Kept?") == (field(page, "version"), False), "no half of it was written"
    some = await bob.http.patch(f"/api/v1{path}/variants/facebook", json=body | {"hashtags": tags[:100]}, headers=headers)
    assert (some.status_code, len(some.json()["variants"]["facebook"]["hashtags"])) == (200, 100)
