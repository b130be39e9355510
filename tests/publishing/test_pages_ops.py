"""Pages of what people do with posts, by plain forms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from postwright.publishing.edit import list_edits
from tests.publishing.desk import NOON, Desk
from tests.publishing.test_edit import broken_off
from tests.publishing.test_pages import Reader, bob

__all__ = ["bob"]
pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(hours=2)


async def test_a_post_is_changed_by_a_form_and_brought_back(desk: Desk, bob: Reader) -> None:
    item = await desk.plan("as it was", LATER)
    page = (await bob.get(f"/posts/{item}/edit")).text
    assert "as it was" in page
    version = page.split('name="version" value="')[1].split('"')[0].replace("&#34;", '"')
    said = await bob.follow(await bob.post(f"/posts/{item}/edit", version=version, text="as it is", hashtags="#new"))
    assert "Changed, this post alone." in said
    assert "Bob</strong> changed it" in said
    late = await bob.post(f"/posts/{item}/edit", version=version, text="too late")
    assert (late.status_code, "Somebody changed this" in late.text, "too late" in late.text) == (412, True, True)
    async with desk.as_bob() as db:
        edit = (await list_edits(db, desk.bob, item)).items[0]
    said = await bob.follow(await bob.post(f"/posts/{item}/edits/{edit.id}/restore"))
    assert "as it was" in said


async def test_a_form_that_breaks_a_rule_keeps_what_was_typed(desk: Desk, bob: Reader) -> None:
    item = await desk.schedule("short", "slot", LATER)
    answer = await bob.post(f"/posts/{item}/edit", text="y" * 300)
    assert (answer.status_code, "y" * 300 in answer.text, "Not saved." in answer.text) == (422, True, True)


async def test_the_form_says_which_parts_of_a_thread_are_public(desk: Desk, bob: Reader) -> None:
    item = await broken_off(desk, out=1)
    page = (await bob.get(f"/posts/{item}/edit")).text
    assert "The first part of this thread is public and stays as it is" in page
    assert ("Part 1, public" in page, "Part 2, public" in page, page.count(" readonly>")) == (True, False, 1)
    answer = await bob.post(f"/posts/{item}/edit", part=["uno", "two", "tres"])
    assert (answer.status_code, "Bring back part 1 as it was." in answer.text, "tres" in answer.text) == (409, True, True)


async def test_what_stands_in_the_way_shows_on_the_page_with_a_way_out(desk: Desk, bob: Reader) -> None:
    page = (await bob.get(f"/posts/{await desk.plan('x' * 300)}")).text
    assert "This post has no slot yet" in page
    assert '<a class="btn small" href="#move">Give it a time</a>' in page
    assert "280 weighted characters" in page
    fine = (await bob.get(f"/posts/{await desk.plan('fine', LATER)}")).text
    assert "Nothing stands in its way." in fine
    assert "X bills $0.015 for it" in fine


async def test_a_copy_by_a_form(desk: Desk, bob: Reader) -> None:
    item = await desk.plan("copy me", LATER)
    await bob.get(f"/posts/{item}")
    said = await bob.follow(await bob.post(f"/posts/{item}/duplicate", account=str(desk.account), wall="2026-12-01T09:00", timezone="UTC"))
    assert "Copied. The copy is planned" in said
    assert "Tue 01 Dec, 09:00" in said


async def test_a_platform_that_lets_no_program_delete_is_told_of_before_one_asks(
    desk: Desk, bob: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from postwright.platforms import registry

    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], delete=None))
    item = await desk.schedule("out")
    await desk.turn()
    page = (await bob.get(f"/posts/{item}")).text
    assert "X lets no program delete posts" in page
    assert "Delete it there now" not in page
    refused = await bob.post(f"/posts/{item}/delete")
    assert refused.status_code == 409


async def test_many_posts_by_a_form_ask_first_where_it_reaches_people(desk: Desk, bob: Reader) -> None:
    items = [str(await desk.plan(f"p{n}", LATER + timedelta(hours=n))) for n in range(2)]
    await bob.get("/posts")
    asked = await bob.post("/posts/bulk", act="publish", id=items)
    assert "Publish 2 posts now?" in asked.text
    assert "About $0.030 for 2 of them" in asked.text
    assert (await desk.fetch("select id from scheduled_posts")) == []
    done = await bob.post("/posts/bulk", act="publish", id=items, sure="true")
    assert "2 posts on their way" in done.text
    await desk.turn()
    assert sorted(text for _, text in desk.network.landed) == ["p0", "p1"]


async def test_each_post_that_was_left_says_why_and_an_undo_takes_the_others_back(desk: Desk, bob: Reader) -> None:
    good, out = await desk.plan("good", LATER), await desk.schedule("out")
    await desk.turn()
    await bob.get("/posts")
    done = await bob.post("/posts/bulk", act="label", label="launch", id=[str(good), str(out)])
    assert "2 posts labelled" in done.text
    moved = await bob.post("/posts/bulk", act="move", days="3", id=[str(good), str(out)])
    assert "1 post moved" in moved.text
    assert "This post is published: it stays where it went out." in moved.text
    back = await bob.post("/posts/bulk", act="move", days="-3", anyway="true", id=[str(good)])
    assert "1 post moved" in back.text
    for wrong in ({"act": "fly", "id": [str(good)]}, {"act": "cancel"}, {"act": "move", "days": "x", "id": [str(good)]}):
        assert (await bob.post("/posts/bulk", **wrong)).status_code == 422


async def test_an_unconfirmed_post_says_all_that_is_known(desk: Desk, bob: Reader) -> None:
    from postwright.platforms.errors import OutcomeUnknown
    from tests.publishing.desk import raising

    desk.network.after["perhaps"] = [raising(OutcomeUnknown("no answer"))]
    desk.network.answers["perhaps"] = [OutcomeUnknown("X cannot tell")] * 5
    item = await desk.schedule("perhaps")
    await desk.turn()
    await desk.run("update scheduled_posts set status = 'needs_review', lease_expires_at = null, worker_id = null")
    page = (await bob.get(f"/posts/{item}")).text
    assert "What we know" in page
    assert "Try 1" in page
    assert "handed to X" in page
    wrong = await bob.post(f"/posts/{item}/decide", what="landed", url="https://www.linkedin.com/posts/1")
    assert (wrong.status_code, "x.com" in wrong.text) == (422, True)


async def test_the_month_and_its_budget(desk: Desk, bob: Reader) -> None:
    await desk.schedule("https://example.com", "slot", LATER)
    page = (await bob.get("/costs")).text
    assert "$0.200" in page
    assert "Warn when a month" not in page, "an editor names no budget"


async def test_options_of_one_post_are_chosen_on_its_own_page(desk: Desk, bob: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from postwright.platforms import registry
    from postwright.platforms.base import Option

    option = Option("privacy", "Who may see it", "choice", choices=(("all", "Everyone"), ("me", "Only me")), required=True)
    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], options=(option,)))
    item = await desk.plan("who sees it?", LATER)
    page = (await bob.get(f"/posts/{item}")).text
    assert f'<a class="btn small" href="/posts/{item}/edit">Choose</a>' in page
    assert "Who may see it" in (await bob.get(f"/posts/{item}/edit")).text
    said = await bob.follow(
        await bob.post(f"/posts/{item}/edit", **{"text": "who sees it?", "options": ["privacy"], "option.privacy": "me"})
    )
    assert "Nothing stands in its way." in said
    (row,) = await desk.fetch("select content -> 'options' as options from content_schedule_items where id = %s", item)
    assert row["options"] == {"privacy": "me"}
