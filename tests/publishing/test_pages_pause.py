"""The words at the top of every page, Settings > Publishing, held posts on Today, and a post by hand: by plain forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from PIL import Image
from psycopg.types.json import Jsonb

from postwright import config
from postwright.db.session import Pool
from postwright.edge import problems
from postwright.edge.context import cookie_name
from postwright.edge.state import State
from postwright.identity.models import Visit
from postwright.identity.sign_in import sign_in
from postwright.library.files import add_file, keep_bytes
from postwright.library.storage import Storage
from postwright.notices import pages as notices_pages
from postwright.platforms.errors import OutcomeUnknown, ReauthRequired, Rejected
from postwright.publishing import handoff, pages, pause, store
from postwright.publishing.commit import commit
from postwright.publishing.pulse import Watch
from postwright.web import pages as web_pages
from tests.cast import PASSWORD, Person
from tests.publishing.desk import KEY, NOON, Desk, raising
from tests.publishing.test_pages import Reader

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


@dataclass
class House:
    """The pages in front of the desk, and the watch that they draw from."""

    desk: Desk
    app: FastAPI
    state: State
    http: httpx2.AsyncClient

    async def reader(self, person: Person) -> Reader:
        opened = await sign_in(self.state.pool, email=person.email, password=PASSWORD, visit=Visit("test", None), now=self.desk.clock())
        cookie = f"{cookie_name(self.state)}={opened.token}"
        made = Reader(self.http, {"Accept": "text/html", "Cookie": cookie, "X-Workspace": str(self.desk.cast.workspace)})
        await made.get("/settings/publishing")
        return made

    async def look(self) -> None:
        await self.app.state.watch.look()

    async def beat(self) -> None:
        now = self.desk.clock()
        async with self.desk.service() as db:
            await store.beat(db, worker="w1", kind="publisher", started=now, now=now, pid=1)


@pytest.fixture
async def house(desk: Desk, api_pool: Pool) -> AsyncIterator[House]:
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(desk.engine.state.settings.home)})
    state = State(settings, api_pool, Storage(settings.home / "media"), desk.clock, None, "k", KEY, "test")
    app.state.postwright, app.state.watch = state, Watch(state, lambda workspace: None)
    problems.install(app)
    for each in (pages, notices_pages, web_pages):
        app.include_router(each.router)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://postwright.test") as http:
        made = House(desk, app, state, http)
        await made.beat()
        await made.look()
        yield made


@pytest.fixture
async def bob(house: House) -> Reader:
    return await house.reader(house.desk.cast.bob)


async def test_every_page_says_that_nobody_publishes_since_when_and_what_to_do(house: House, bob: Reader):
    pages_ = ("/today", "/posts", "/settings/publishing", "/notifications", "/posts/00000000-0000-0000-0000-000000000000")
    for path in pages_:
        assert "no publisher runs" not in (await bob.get(path)).text
    house.desk.clock.advance(61 * timedelta(seconds=1))
    await house.look()
    for path in pages_:
        said = (await bob.get(path)).text
        assert "Nothing goes out: no publisher runs." in said, path
        assert "(12:00)" in said
        assert "postwright up" in said
        assert "logs/publisher.log" in said
    await house.beat()
    await house.look()
    assert "no publisher runs" not in (await bob.get("/standing/_banner")).text


async def test_pausing_and_resuming_by_form(house: House, bob: Reader):
    answer = await bob.post("/settings/publishing/pause", reason=" ")
    assert answer.status_code == 422
    assert "Say why" in answer.text
    answer = await bob.post("/settings/publishing/pause", reason="Wrong price", until="2026-11-22T00:00")
    assert (answer.status_code, "still to come" in answer.text, 'value="Wrong price"' in answer.text) == (422, True, True)
    assert "Wrong price" in await bob.follow(await bob.post("/settings/publishing/pause", reason="Wrong price"))
    await house.look()
    vera = await house.reader(house.desk.cast.vera)
    for reader in (bob, vera):
        said = (await reader.get("/posts")).text
        assert "Publishing is paused:</strong> Wrong price" in said
        assert ("/settings/publishing/resume" in said) is (reader is bob), "a viewer sees why, and no button"
    assert (await vera.post("/settings/publishing/resume")).status_code == 403
    answer = await bob.post("/settings/publishing/resume", next="/posts")
    assert answer.headers["location"] == "/posts?said=all_resumed"
    await house.look()
    assert "Publishing is paused" not in (await bob.get("/posts")).text


async def test_resuming_leads_to_what_waits_for_a_decision(house: House, bob: Reader):
    desk = house.desk
    items = [await desk.schedule(f"Post {n}", "slot", NOON + n * MINUTE) for n in (2, 3, 4)]
    async with desk.as_bob() as db:
        await pause.pause(db, desk.bob, "Wrong price", now=desk.clock())
    desk.clock.advance(5 * MINUTE)
    answer = await bob.post("/settings/publishing/resume", next="https://evil.example/")
    assert answer.headers["location"] == "/today?said=all_resumed_held#overdue"
    desk.clock.advance(timedelta(seconds=1))
    said = (await bob.get("/today")).text
    assert "Waiting for your decision" in said
    assert said.count('name="id" value=') == 3
    await bob.post("/today/held", decision=f"cancel:{items[0]}")
    assert (await desk.row(items[0]))["status"] == "cancelled"
    await bob.post("/today/held", decision="slot", id=[str(items[1])])
    assert (await desk.row(items[1]))["scheduled_for"] > desk.clock()
    await bob.post("/today/held", decision=f"send:{items[2]}")
    desk.clock.advance(timedelta(seconds=1))
    await desk.turn()
    assert desk.network.count("Post 4") == 1
    assert "Waiting for your decision" not in (await bob.get("/today")).text
    for wrong in ({"decision": "burn"}, {"decision": "send"}, {"decision": "send:x"}):
        assert (await bob.post("/today/held", **wrong)).status_code == 422


async def test_a_held_post_that_cannot_be_moved_says_why_and_the_others_say_what_became_of_them(house: House, bob: Reader):
    desk = house.desk
    stuck, free = [await desk.schedule(f"Post {n}", "slot", NOON + n * MINUTE) for n in (2, 3)]
    async with desk.as_bob() as db:
        await pause.pause(db, desk.bob, "Wrong price", now=desk.clock())
    desk.clock.advance(5 * MINUTE)
    await bob.post("/settings/publishing/resume")
    await desk.run("update content_schedule_items set locked = true where id = %s", stuck)
    answer = await bob.post("/today/held", decision="slot", id=[str(stuck), str(free)])
    assert answer.status_code == 200
    assert "1 moved; 1 is still held, and each says why below." in answer.text
    assert "This post is locked at its time. Unlock it first." in answer.text
    assert "open it to see why" not in answer.text
    answer = await bob.post("/today/held", decision=f"slot:{stuck}")
    assert (answer.status_code, "1 is still held" in answer.text) == (409, True)


async def test_a_held_post_may_have_a_time_of_ones_own(house: House, bob: Reader):
    desk = house.desk
    item = await desk.schedule("Post", "slot", NOON + MINUTE)
    desk.clock.advance(timedelta(hours=1))
    assert f'name="wall-{item}"' in (await bob.get("/today")).text
    past = await bob.post("/today/held", decision=f"at:{item}", **{f"wall-{item}": "2026-11-20T09:00"})
    assert (past.status_code, "This time has passed." in past.text) == (409, True)
    answer = await bob.post("/today/held", decision=f"at:{item}", **{f"wall-{item}": "2026-11-25T09:00"})
    assert answer.headers["location"] == "/today?said=moved#overdue"
    assert (await desk.row(item))["scheduled_for"] == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert (await bob.post("/today/held", decision=f"at:{item}", **{f"wall-{item}": "soon"})).status_code == 422


async def test_resuming_the_server_leads_to_what_waits_for_a_decision(house: House):
    desk = house.desk
    await desk.run("update users set is_operator = true where id = %s", desk.cast.alice.id)
    alice = await house.reader(desk.cast.alice)
    await desk.schedule("Post", "slot", NOON + MINUTE)
    await alice.post("/settings/publishing/server/pause", reason="Upgrade")
    desk.clock.advance(5 * MINUTE)
    answer = await alice.post("/settings/publishing/server/resume")
    assert answer.headers["location"] == "/today?said=all_resumed_held#overdue"


async def test_a_post_that_was_sent_early_speaks_of_the_demonstration_in_the_demonstration_alone(house: House, bob: Reader):
    desk = house.desk
    item = await desk.schedule("Post", "slot", NOON + timedelta(hours=5))
    await bob.post(f"/posts/{item}/publish")
    said = (await bob.get(f"/posts/{item}")).text
    assert ("Sent before its slot." in said, "demonstration" in said) == (True, False)
    await desk.run("update content_schedule_items set origin = 'cli' where id = %s", item)
    assert "Sent now for the demonstration." in (await bob.get(f"/posts/{item}")).text


async def test_today_leads_to_the_pause_of_all(house: House, bob: Reader):
    assert 'href="/settings/publishing#pause"' in (await bob.get("/today")).text
    vera = await house.reader(house.desk.cast.vera)
    assert 'href="/settings/publishing#pause"' not in (await vera.get("/today")).text


async def test_what_is_posted_by_hand_is_not_said_to_go_out_within_a_moment(house: House, bob: Reader):
    desk = house.desk
    sent, hand = [await desk.plan(f"Post {n}", NOON + n * timedelta(hours=1)) for n in (1, 2)]
    await bob.post(f"/posts/{hand}/way", by_hand="yes")
    said = (await bob.post("/posts/bulk", act="publish", id=[str(sent), str(hand)])).text
    assert "1 goes out within a moment, to these accounts." in said
    assert "1 is posted by hand: Postwright sends nothing" in said


async def test_a_post_that_waits_for_a_sign_in_leads_to_the_account(house: House, bob: Reader):
    desk = house.desk
    item = await desk.schedule("Post")
    desk.network.before["Post"] = [raising(ReauthRequired("X no longer lets the account in."))]
    await desk.turn()
    said = (await bob.get(f"/posts/{item}")).text
    assert "The account must be connected again." in said
    assert f'href="/accounts#account-{desk.account}"' in said


async def test_a_post_that_failed_on_an_account_without_a_sign_in_leads_to_the_account_first(house: House, bob: Reader):
    desk = house.desk
    item = await desk.schedule("Post")
    desk.network.before["Post"] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    await desk.run("update platform_connections set health = 'reconnect'")
    said = (await bob.get(f"/posts/{item}")).text
    assert f'href="/accounts#account-{desk.account}"' in said
    assert re.search(r'<button class="btn">(?:(?!</button>).)*Try again', said, re.S), "it cannot work yet"


async def test_an_unconfirmed_post_whose_account_is_gone_leads_to_the_account(house: House, bob: Reader):
    desk = house.desk
    desk.network.after["Post"] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers["Post"] = [ReauthRequired("X no longer lets the account in.")]
    item = await desk.schedule("Post")
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    said = (await bob.get(f"/posts/{item}")).text
    assert "Connect the account again and X is asked at once" in said
    assert f'href="/accounts#account-{desk.account}"' in said


async def test_a_viewer_looks_on(house: House):
    desk = house.desk
    item = await desk.schedule("Hello", "slot", NOON + MINUTE)
    desk.clock.advance(timedelta(hours=1))
    vera = await house.reader(desk.cast.vera)
    said = (await vera.get("/today")).text
    assert "Waiting for your decision" in said
    assert "/today/held" not in said.replace('action="/today/held"', "", 1)
    assert (await vera.post("/today/held", decision=f"cancel:{item}")).status_code == 403


async def test_the_late_policy_by_form(house: House, bob: Reader):
    assert "within 15 minutes" in (await bob.get("/settings/publishing")).text
    assert (await bob.post("/settings/publishing/policy", minutes="30")).status_code == 403
    alice = await house.reader(house.desk.cast.alice)
    for wrong in ("", "soon", "-1", "1441", "9" * 30):
        assert (await alice.post("/settings/publishing/policy", minutes=wrong)).status_code == 422, wrong
    await alice.post("/settings/publishing/policy", minutes="30")
    assert "within 30 minutes" in (await bob.get("/settings/publishing")).text


async def test_only_whoever_runs_the_server_pauses_it(house: House, bob: Reader):
    assert (await bob.post("/settings/publishing/server/pause", reason="Mine")).status_code == 403
    await house.desk.run("update users set is_operator = true where id = %s", house.desk.cast.alice.id)
    alice = await house.reader(house.desk.cast.alice)
    assert (await alice.post("/settings/publishing/server/pause", reason="")).status_code == 422
    await alice.post("/settings/publishing/server/pause", reason="Upgrade")
    await house.look()
    said = (await bob.get("/posts")).text
    assert "Publishing of the whole server is paused:</strong> Upgrade" in said
    assert "/settings/publishing/server/resume" not in said
    house.desk.clock.advance(MINUTE)
    await alice.post("/settings/publishing/server/resume")
    await house.look()
    assert "Upgrade" not in (await bob.get("/posts")).text


async def test_a_post_by_hand(house: House, bob: Reader):
    desk = house.desk
    item = await desk.schedule("Line one\nand <two>", "slot", NOON + MINUTE)
    assert (await bob.get(f"/posts/{item}/by-hand")).status_code == 303, "it is not by hand yet"
    said = await bob.follow(await bob.post(f"/posts/{item}/way", by_hand="yes"))
    assert "You post it by hand." in said
    desk.clock.advance(2 * MINUTE)
    async with desk.service() as db:
        await handoff.turn(db, now=desk.clock())
    assert "Post this by hand now" in (await bob.get("/notifications")).text
    said = (await bob.get(f"/posts/{item}/by-hand")).text
    assert "Line one\nand &lt;two&gt;" in said
    assert "https://x.com" not in said, "nothing leads out of the sandbox"
    assert "nothing leaves this machine" in said
    wrong = await bob.post(f"/posts/{item}/by-hand", url="nowhere")
    assert (wrong.status_code, 'value="nowhere"' in wrong.text) == (422, True)
    said = await bob.follow(await bob.post(f"/posts/{item}/by-hand", url="https://x.example/acme/9"))
    assert "posted by hand" in said
    assert 'href="https://x.example' not in said, "a made-up link leads nowhere"
    assert (await desk.row(item))["status"] == "completed"
    assert (await desk.published(item))[0]["platform_url"] == "https://x.example/acme/9"


async def test_a_live_post_by_hand_leads_to_the_platform_and_takes_no_made_up_link(house: House, bob: Reader):
    desk = house.desk
    item = await desk.schedule("Line one", "slot", NOON + MINUTE)
    await bob.post(f"/posts/{item}/way", by_hand="yes")
    async with await psycopg.AsyncConnection.connect(desk.dsns.owner) as db:
        for table in ("platform_connections", "workspaces"):
            await db.execute(f"alter table {table} disable trigger user".encode())
            await db.execute(f"update {table} set environment = 'live' where environment = 'sandbox'".encode())
    assert 'href="https://x.com/compose/post"' in (await bob.get(f"/posts/{item}/by-hand")).text
    assert (await bob.post(f"/posts/{item}/by-hand", url="https://x.example/acme/9")).status_code == 422
    assert "posted by hand" in await bob.follow(await bob.post(f"/posts/{item}/by-hand", url="https://x.com/acme/status/9"))


async def test_the_words_to_copy_are_those_that_would_go_out(house: House, bob: Reader):
    desk = house.desk
    content = {
        "text": "One",
        "thread": ["One", "Two"],
        "hashtags": ["bread", "patience"],
        "title": "Slow",
        "options": {"first_comment": "Recipe inside"},
    }
    item = await desk.plan("", NOON + MINUTE, content=Jsonb(content))
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [item], now=desk.clock(), when="slot")
    assert done.scheduled_post_id is not None, done.findings
    await bob.post(f"/posts/{item}/way", by_hand="yes")
    said = (await bob.get(f"/posts/{item}/by-hand")).text
    fields = re.findall(r'<label for="words-\d">([^<]+)</label><textarea[^>]*>([^<]*)</textarea>', said)
    assert fields == [
        ("Title", "Slow"),
        ("Part 1", "One"),
        ("Part 2", "Two\n\n#bread #patience"),
        ("First comment, once it is out", "Recipe inside"),
    ]


async def test_the_words_for_who_cannot_see_a_medium_are_there_to_copy(house: House, bob: Reader):
    desk = house.desk
    file = house.desk.engine.state.settings.home / "picture.png"
    Image.new("RGB", (400, 400), (20, 60, 120)).save(file)
    new = await keep_bytes(house.state.storage, file, "picture.png", "image/png", width=400, height=400)
    async with desk.as_bob() as db:
        made = await add_file(db, desk.bob, new)
    item = await desk.plan("", NOON + MINUTE, content=Jsonb({"text": "Look", "media": [str(made.id)], "alt_texts": ["A loaf"]}))
    async with desk.as_bob() as db:
        await commit(db, desk.bob, [item], now=desk.clock(), when="slot")
    await bob.post(f"/posts/{item}/way", by_hand="yes")
    assert re.search(r"Its alternative text</label><textarea[^>]*>A loaf</textarea>", (await bob.get(f"/posts/{item}/by-hand")).text)


async def test_letters_are_chosen_by_form(house: House, bob: Reader):
    said = (await bob.get("/settings/notices")).text
    assert "This server sends no e-mail." in said
    assert 'value="post_failed" checked' in said
    assert 'value="comment" checked' not in said
    said = await bob.follow(await bob.post("/settings/notices", kind=["comment"]))
    assert 'value="comment" checked' in said
    assert 'value="post_failed" checked' not in said
    said = await bob.follow(await bob.post("/settings/notices", kind=["comment"], none="yes"))
    assert " checked" not in said
    assert (await bob.post("/settings/notices", kind=["gossip"])).status_code == 422


async def test_breaking_something_needs_the_sandbox(house: House, bob: Reader):
    await house.desk.run("update workspaces set environment = 'sandbox' where id = %s", house.desk.cast.workspace)
    house.app.state.postwright = replace(house.state, sandbox_url=None)
    said = (await bob.get("/sandbox/break")).text
    assert "The sandbox does not answer." in said
    assert (await bob.post("/sandbox/break", platform="x", kind="cut_after")).status_code == 503
    assert (await bob.post("/sandbox/break", platform="x", kind="earthquake")).status_code == 422
    assert (await bob.post("/sandbox/break", platform="tiktok", kind="429")).status_code == 422


async def test_nothing_is_sent_off_while_publishing_is_paused(house: House, bob: Reader):
    desk = house.desk
    items = [await desk.schedule(f"Post {n}", "slot", NOON + n * timedelta(hours=1)) for n in (1, 2)]
    items.append(await desk.plan("Only planned", NOON + timedelta(hours=3)))
    async with desk.as_bob() as db:
        await pause.pause(db, desk.bob, "Wrong price", now=desk.clock())
    for item in items:
        answer = await bob.post(f"/posts/{item}/publish")
        assert (answer.status_code, "Publishing is paused (Wrong price)." in answer.text) == (409, True)
        assert "Somebody was there first" not in answer.text
    answer = await bob.post("/posts/bulk", act="publish", sure="yes", id=[str(each) for each in items])
    assert (answer.status_code, "nothing was changed" in answer.text) == (409, True)
    places = await desk.fetch("select scheduled_at, planned_start from content_schedule_items order by scheduled_at")
    assert [each["scheduled_at"] for each in places] == [NOON + n * timedelta(hours=1) for n in (1, 2, 3)], "each kept its slot"
    assert {each["planned_start"] for each in places} == {None}


async def test_a_held_post_says_what_held_it(house: House, bob: Reader):
    desk = house.desk
    paused, late = await desk.schedule("In the pause", "slot", NOON + MINUTE), await desk.schedule("Too late", "slot", NOON + 10 * MINUTE)
    async with desk.as_bob() as db:
        await pause.pause(db, desk.bob, "Wrong price", now=desk.clock())
    desk.clock.advance(5 * MINUTE)
    assert "passed while publishing was paused (Wrong price)." in (await bob.get(f"/posts/{paused}")).text
    await bob.post("/settings/publishing/resume")
    assert "passed while publishing was paused (Wrong price)." in (await bob.get(f"/posts/{paused}")).text
    desk.clock.advance(timedelta(hours=1))
    said = (await bob.get(f"/posts/{late}")).text
    assert "no publisher ran, or its account could not send" in said
    assert "was paused" not in said
