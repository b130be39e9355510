"""Pages of posts, by plain forms: a form sent twice, a page loaded twice, and what was sent before."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from postwright import config
from postwright.db.session import Pool
from postwright.edge import problems
from postwright.edge.context import cookie_name
from postwright.edge.state import State
from postwright.errors import Conflict
from postwright.identity.models import Visit
from postwright.identity.sign_in import sign_in
from postwright.library.storage import Storage
from postwright.platforms.errors import Rejected
from postwright.publishing import pages
from postwright.publishing.cancel import cancel
from postwright.publishing.commit import commit
from postwright.publishing.posts import PostState, posts_of_draft
from postwright.publishing.retry import retry
from postwright.web import pages as web_pages
from tests.cast import PASSWORD
from tests.publishing.desk import KEY, NOON, Desk, raising

pytestmark = pytest.mark.anyio


@dataclass
class Reader:
    """Somebody with a browser without scripts, who does not follow redirects by themselves."""

    http: httpx2.AsyncClient
    headers: dict[str, str]
    csrf: str = ""

    async def get(self, path: str) -> httpx2.Response:
        answer = await self.http.get(path, headers=self.headers)
        if found := re.search(r'name="csrf" value="(\w+)"', answer.text):
            self.csrf = found[1]
        return answer

    async def post(self, path: str, **fields: Any) -> httpx2.Response:
        return await self.http.post(path, data={"csrf": self.csrf} | fields, headers=self.headers)

    async def follow(self, answer: httpx2.Response) -> str:
        assert answer.status_code == 303, answer.text
        return (await self.get(answer.headers["location"])).text


@pytest.fixture
async def bob(desk: Desk, api_pool: Pool) -> AsyncIterator[Reader]:
    app = FastAPI()
    settings = config.load({"POSTWRIGHT_HOME": str(desk.engine.state.settings.home)})
    state = State(settings, api_pool, Storage(settings.home / "media"), desk.clock, None, "k", KEY, "test")
    app.state.postwright = state
    problems.install(app)
    for each in (pages, web_pages):
        app.include_router(each.router)
    opened = await sign_in(api_pool, email=desk.cast.bob.email, password=PASSWORD, visit=Visit("test", None), now=desk.clock())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://postwright.test") as http:
        headers = {"Accept": "text/html", "Cookie": f"{cookie_name(state)}={opened.token}", "X-Workspace": str(desk.cast.workspace)}
        made = Reader(http, headers)
        await made.get("/settings")
        yield made


async def draft(desk: Desk, text: str = "Hello") -> UUID:
    async with desk.as_bob() as db:
        row = await db.execute(
            "insert into content_adaptations (original_idea, title, adaptations) values (%s, %s, %s) returning id",
            (text, text, json.dumps({"x": {"text": text}})),
        )
        found = await row.fetchone()
    assert found is not None
    return found[0]  # type: ignore[no-any-return]


async def count(desk: Desk) -> int:
    (row,) = await desk.fetch("select count(*) as n from scheduled_posts")
    return int(row["n"])


async def test_the_same_form_sent_twice_sends_once(desk: Desk, bob: Reader) -> None:
    path = f"/drafts/{await draft(desk)}/schedule"
    first = await bob.post(path, account=str(desk.account), when="now")
    assert (first.status_code, await count(desk)) == (303, 1)
    await desk.turn()
    again = await bob.post(path, account=str(desk.account), when="now")
    said = await bob.follow(again)
    assert "/scheduled?" in again.headers["location"]
    assert "Nothing was sent again" in said
    assert "not sent again" in said
    assert "published</a> Mon 23 Nov, 12:00" in said
    await bob.get(again.headers["location"])
    assert await count(desk) == 1


async def test_a_form_without_an_account_schedules_nothing(desk: Desk, bob: Reader) -> None:
    answer = await bob.post(f"/drafts/{await draft(desk)}/schedule", when="now")
    assert (answer.status_code, await count(desk)) == (422, 0)
    assert "at least one account" in answer.text


async def test_whoever_wants_it_again_says_so_and_gets_one_more(desk: Desk, bob: Reader) -> None:
    path = f"/drafts/{await draft(desk)}/schedule"
    await bob.post(path, account=str(desk.account), when="now")
    await desk.turn()
    desk.clock.advance(timedelta(minutes=1))
    page = await bob.follow(await bob.post(path, account=str(desk.account), when="now"))
    known = re.findall(r'name="known" value="([^"]+)"', page)
    for _ in range(2):  # the button pressed twice
        await bob.post(path, when="now", account=str(desk.account), again=str(desk.account), known=known)
    assert await count(desk) == 2


async def test_a_scheduled_post_stays_where_it_is(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    await bob.post(f"/drafts/{made}/schedule", account=str(desk.account), when="in_1_minute")
    (before,) = await desk.fetch("select scheduled_for from scheduled_posts")
    said = await bob.follow(
        await bob.post(f"/drafts/{made}/schedule", account=str(desk.account), when="at", at="2026-11-30T09:00", timezone="UTC")
    )
    assert "scheduled</a>" in said
    assert await desk.fetch("select scheduled_for from scheduled_posts") == [before]


async def test_a_changed_variant_and_a_canceled_post_are_no_reason_to_hold_back(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    path = f"/drafts/{made}/schedule"
    await bob.post(path, account=str(desk.account), when="in_1_minute")
    async with desk.as_bob() as db:
        (first,) = await posts_of_draft(db, desk.bob, made, NOON)
        await cancel(db, desk.bob, first.id, now=NOON)
    await bob.post(path, account=str(desk.account), when="now")
    await desk.turn()
    desk.clock.advance(timedelta(minutes=1))
    await desk.run("update content_adaptations set adaptations = %s where id = %s", json.dumps({"x": {"text": "Other words"}}), made)
    await bob.post(path, account=str(desk.account), when="now")
    await desk.turn()
    async with desk.as_bob() as db:
        rows = await posts_of_draft(db, desk.bob, made, NOON)
    assert [each.state for each in rows] == [PostState.PUBLISHED, PostState.PUBLISHED, PostState.CANCELED]
    assert await count(desk) == 3


async def test_the_rule_holds_wherever_one_schedules(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    await bob.post(f"/drafts/{made}/schedule", account=str(desk.account), when="now")
    await desk.turn()
    item = await desk.plan("Hello", NOON.replace(day=24), adaptation_id=made)
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [item], now=NOON, when="slot")
        assert [each.rule for each in done.findings] == ["already_sent"]
        (done,) = await commit(db, desk.bob, [item], now=NOON, when="slot", again=[desk.account])
    assert done.scheduled_post_id is not None


async def test_a_failed_post_is_not_sent_again_once_its_content_is_out(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    async with desk.as_bob() as db:
        failed = await desk.plan("Hello", NOON.replace(day=24), adaptation_id=made)
        await commit(db, desk.bob, [failed], now=NOON, when="slot")
    await desk.run("update scheduled_posts set status = 'processing' where schedule_item_id = %s", failed)
    await desk.run("update scheduled_posts set status = 'failed' where schedule_item_id = %s", failed)
    await bob.post(f"/drafts/{made}/schedule", account=str(desk.account), when="now")
    await desk.turn()
    async with desk.as_bob() as db:
        with pytest.raises(Conflict) as refused:
            await retry(db, desk.bob, failed, now=NOON)
    assert refused.value.rule == "already_sent"


async def test_several_scheduled_at_once_have_a_page_to_come_back_to(desk: Desk, bob: Reader) -> None:
    late, early = await desk.plan("late", NOON.replace(day=25)), await desk.plan("early", NOON.replace(day=24))
    answer = await bob.post("/posts/schedule", id=[str(late), str(early)])
    page = await bob.follow(answer)
    assert "2 posts scheduled" in page
    assert page.index(f"post-{early}") < page.index(f"post-{late}")


async def test_the_address_of_the_form_leads_to_the_draft(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    answer = await bob.get(f"/drafts/{made}/schedule")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/drafts/{made}")
    refused = await bob.get(f"/posts/{made}/cancel")
    assert refused.status_code == 405
    assert "takes no visit" in refused.text
    assert "operator" not in refused.text


async def test_first_steps_are_ticked_by_what_was_done(desk: Desk, bob: Reader) -> None:
    item = await desk.schedule("Out")
    await desk.turn()
    at_first = (await bob.get("/today")).text.count('class="done"')  # Bob has an empty workspace beside this one: a step taken
    opened = await bob.get(f"/posts/{item}")
    bob.headers["Cookie"] += "; " + opened.headers["set-cookie"].partition(";")[0]
    assert (await bob.get("/today")).text.count('class="done"') == at_first + 1
    planned = await desk.plan("To move", NOON.replace(day=24))
    moved = await bob.post(f"/posts/{planned}/move", wall="2026-11-25T09:00", timezone="UTC", anyway="true")
    assert moved.status_code == 303
    assert (await bob.get("/today")).text.count('class="done"') == at_first + 2


async def test_a_post_s_page_names_all_its_figures_in_plain_words(desk: Desk, bob: Reader) -> None:
    item = await desk.schedule("Out")
    await desk.turn()
    told = {"views": 1200, "reach": 900, "watch_time_seconds": 5400, "followers_gained": 3, "reactions_love": 7, "last_synced": "x"}
    async with desk.service() as db:
        await db.execute("update published_posts set metrics = %s::jsonb, metrics_collected_at = %s", (json.dumps(told), NOON))
    page = (await bob.get(f"/posts/{item}")).text
    shown = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([\d,]+)</dd></div>", page))
    assert shown == {
        "Views": "1,200", "People reached": "900", "Seconds watched, all together": "5,400", "Followers gained": "3",
        "Reactions: love": "7",
    }  # fmt: skip


async def test_history_says_when_it_is_there_and_when_it_is_gone(desk: Desk, bob: Reader) -> None:
    page = (await bob.get("/accounts")).text
    assert "There is none yet" in page
    assert "/history/remove" not in page
    since = int(NOON.timestamp())
    waiting = (await bob.get(f"/accounts?history=adding&since={since}")).text
    assert f'hx-get="/history?history=adding&amp;since={since}"' in waiting
    await desk.schedule("Of the past")
    await desk.turn()
    await desk.run("update published_posts set metadata = jsonb_build_object('history', true)")
    bob.headers["HX-Request"] = "true"
    done = (await bob.get(f"/history?history=adding&since={since}")).text
    assert "There is 1 simulated post of the past now" in done
    assert "hx-trigger" not in done
    desk.clock.advance(timedelta(minutes=2))
    assert "takes longer than it should" in (await bob.get(f"/history?history=removing&since={since}")).text
    await desk.run("update published_posts set metadata = '{}'")
    assert "There is no simulated history any more" in (await bob.get(f"/history?history=removing&since={since}")).text


async def test_a_canceled_post_can_be_planned_again(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    item = await desk.plan("Hello", NOON.replace(day=24), adaptation_id=made)
    await bob.post(f"/posts/{item}/cancel")
    page = (await bob.get(f"/posts/{item}")).text
    assert "Plan again" in page
    assert f'href="/drafts/{made}"' in page
    answer = await bob.post(f"/posts/{item}/plan-again")
    assert answer.status_code == 303
    assert str(item) not in answer.headers["location"]
    assert "Planned" in await bob.follow(answer)


async def test_a_planned_post_that_says_the_same_asks_first(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    await bob.post(f"/drafts/{made}/schedule", account=str(desk.account), when="now")
    await desk.turn()
    item = await desk.plan("Hello", NOON.replace(day=24), adaptation_id=made)
    held = await bob.post(f"/posts/{item}/schedule")
    assert held.status_code == 409
    assert "not sent again" in held.text
    assert "Send again anyway" in held.text
    assert (await bob.post(f"/posts/{item}/schedule", again="true")).status_code == 303
    assert await count(desk) == 2


async def test_tabs_count_only_what_is_not_filtered(desk: Desk, bob: Reader) -> None:
    await desk.plan("Of cats", NOON.replace(day=24))
    assert 'class="count"' in (await bob.get("/posts")).text
    filtered = (await bob.get("/posts?q=dogs")).text
    assert 'class="count"' not in filtered
    assert "Show all posts" in filtered


async def test_the_palette_names_platform_and_state_and_finds_drafts(desk: Desk, bob: Reader) -> None:
    made = await draft(desk, "A thought on cats")
    await desk.plan("Of cats", NOON.replace(day=24))
    items = (await bob.get("/palette.json")).json()["items"]
    assert {each["note"] for each in items if each["kind"] == "Post"} == {"X · Planned"}
    assert [each["href"] for each in items if each["kind"] == "Draft"] == [f"/drafts/{made}"]


async def test_all_times_of_a_post_are_in_one_named_zone(desk: Desk, bob: Reader) -> None:
    item = await desk.plan("Hello", NOON.replace(day=24), timezone="Asia/Tokyo")
    await bob.post(f"/posts/{item}/schedule")
    page = (await bob.get(f"/posts/{item}")).text
    assert "All times of this post are in Tokyo (Asia/Tokyo)" in page
    assert "Scheduled for Tue 24 Nov, 21:00 (Asia/Tokyo)" in page


async def test_a_failed_post_is_dismissed_from_the_list_and_its_draft_planned_again(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    item = await desk.plan("Hello", NOON.replace(day=24), adaptation_id=made)
    await bob.post(f"/posts/{item}/publish")
    desk.network.uploading["Hello"] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    listed = (await bob.get("/posts?tab=needs_attention")).text
    assert f'action="/posts/{item}/dismiss"' in listed
    assert f'action="/posts/{item}/dismiss"' in (await bob.get(f"/posts/{item}")).text
    answer = await bob.post(f"/posts/{item}/dismiss", next="/posts?tab=needs_attention")
    assert answer.headers["location"] == "/posts?tab=needs_attention&said=dismissed"
    back = await bob.follow(answer)
    assert "Dismissed." in back
    assert f"/posts/{item}" not in back
    assert "Plan again" in (await bob.get(f"/posts/{item}")).text
    elsewhere = await bob.post(f"/posts/{item}/dismiss", next="//evil.example")
    assert elsewhere.headers["location"] == f"/posts/{item}?said=dismissed"


async def test_what_was_given_up_in_doubt_asks_before_it_goes_out_again(desk: Desk, bob: Reader) -> None:
    made = await draft(desk)
    item = await desk.plan("Hello", NOON.replace(day=24), adaptation_id=made)
    await bob.post(f"/posts/{item}/publish")
    await desk.run("update scheduled_posts set status = 'processing' where schedule_item_id = %s", item)
    await desk.run("update scheduled_posts set status = 'needs_review' where schedule_item_id = %s", item)
    await desk.run(
        "insert into publish_attempts (workspace_id, scheduled_post_id, number, worker_id, fence, phase, fingerprint, finished_at)"
        " select workspace_id, id, 1, 'w', 1, 'unknown', 'f', now() from scheduled_posts where schedule_item_id = %s",
        item,
    )
    await bob.post(f"/posts/{item}/decide", what="give_up")
    held = await bob.post(f"/posts/{item}/retry")
    assert held.status_code == 409
    assert "Send again anyway" in held.text
    said = await bob.follow(await bob.post(f"/drafts/{made}/schedule", account=str(desk.account), when="now"))
    assert "Nothing was sent again" in said
    assert await count(desk) == 1
    assert (await bob.post(f"/posts/{item}/retry", again="true")).status_code == 303


async def test_a_refusal_names_what_stops_the_post_not_what_it_warns_of(desk: Desk, bob: Reader) -> None:
    item = await desk.plan("y" * 281, NOON.replace(day=24))
    await desk.run("update platform_connections set paused_at = now() where id = %s", desk.account)
    refused = await bob.post(f"/posts/{item}/schedule")
    assert refused.status_code == 422
    assert "is paused" not in refused.text
    assert (await bob.post(f"/posts/{desk.account}/schedule")).status_code == 404
