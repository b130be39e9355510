"""What is found before a post goes out, and that the same list stops or warns when it is scheduled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from postwright.library.files import NewFile, add_file
from postwright.platforms import registry
from postwright.platforms.base import Option
from postwright.platforms.rules import Finding
from postwright.publishing.commit import check, commit
from postwright.publishing.preflight import preflight, way_out
from tests.publishing.desk import NOON, Desk

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(days=2)


async def found(desk: Desk, item: UUID) -> dict[str, Finding]:
    async with desk.as_bob() as db:
        return {each.rule: each for each in await preflight(db, desk.bob, item, now=desk.clock())}


def offer(monkeypatch: pytest.MonkeyPatch, *options: Option, **more: Any) -> None:
    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], options=options, **more))


async def test_a_good_post_has_nothing_in_its_way(desk: Desk) -> None:
    assert await found(desk, await desk.plan("fine", LATER)) == {}


async def test_content_account_and_time_are_told_together_the_stops_first(desk: Desk) -> None:
    item = await desk.plan("x" * 300)
    await desk.run("update platform_connections set health = 'expiring', token_expires_at = %s", NOON - timedelta(days=1))
    async with desk.as_bob() as db:
        listed = await preflight(db, desk.bob, item, now=NOON)
    assert [(each.rule, each.level) for each in listed] == [("no_slot", "error"), ("length", "error")]
    length = listed[1]
    assert (length.field, length.limit, length.actual, length.fix) == ("text", 280, 300, "split_thread")
    assert (length.source or "").startswith("https://docs.x.com/")
    assert way_out(listed[0]) == ("Give it a time", "#move")


async def test_a_permission_that_ends_before_the_post_goes_out(desk: Desk) -> None:
    item = await desk.plan("in two days", LATER)
    await desk.run("update platform_connections set health = 'expiring', token_expires_at = %s", NOON + timedelta(days=1))
    assert (await found(desk, item))["token_ends"].level == "warning"
    await desk.run("update platform_connections set token_expires_at = %s", NOON + timedelta(days=3))
    assert await found(desk, item) == {}
    await desk.run("update platform_connections set health = 'healthy', token_expires_at = %s", NOON)
    assert await found(desk, item) == {}, "one that is renewed by itself worries nobody"


async def test_a_scope_that_was_not_granted_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asks:
        scopes = ("tweet.write", "media.write")

    offer(monkeypatch, oauth=Asks())
    item = await desk.plan("with a picture", LATER)
    assert await found(desk, item) == {}, "an account that does not tell its scopes is believed"
    await desk.run("update platform_connections set scope = 'tweet.read tweet.write'")
    assert "media.write" in (await found(desk, item))["scopes"].message
    await desk.run("update platform_connections set scope = 'tweet.write,media.write'")
    assert await found(desk, item) == {}


async def test_the_same_words_within_thirty_days_are_a_warning(desk: Desk) -> None:
    await desk.schedule("buy our thing")
    await desk.turn()
    again, other = await desk.plan("buy our thing", LATER), await desk.plan("buy another thing", LATER)
    assert ((await found(desk, again))["said_lately"].level, await found(desk, other)) == ("warning", {})
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [again], now=NOON, when="slot")
    assert (done.scheduled_post_id is not None, [each.rule for each in done.findings]) == (True, ["said_lately"])
    await desk.run("update scheduled_posts set scheduled_for = %s where status = 'completed'", NOON - timedelta(days=31))
    assert await found(desk, again) == {}


async def test_a_platform_that_fetches_media_must_reach_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, rules=replace(registry.REGISTRY["x"].rules, pulls=("image",)))
    new = NewFile(uuid4(), "aa/p.png", "image/png", 10, "0" * 64, width=400, height=400)
    async with desk.as_bob() as db:
        photo = (await add_file(db, desk.bob, new)).id
    with_media = await desk.plan("look", LATER, content=Jsonb({"text": "look", "media": [str(photo)]}))
    without = await desk.plan("read", LATER)

    async def at(item: UUID, address: str) -> list[tuple[str, str, str]]:
        async with desk.as_bob() as db:
            told = await preflight(db, desk.bob, item, now=desk.clock(), served_at=address)
            checked = (await check(db, desk.bob, [item], now=desk.clock(), served_at=address))[item]
        assert {each.rule for each in checked} == {each.rule for each in told}
        return [(each.field, each.rule, each.level) for each in told]

    assert await at(with_media, "http://127.0.0.1:8484") == [], "the sandbox is on this machine"
    await go_live(desk)
    assert await at(with_media, "http://127.0.0.1:8484") == [("public_url", "public_url", "warning")]
    assert await at(without, "http://127.0.0.1:8484") == []
    assert await at(with_media, "https://posts.acme.com") == []
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [with_media], now=NOON, when="slot", served_at="http://127.0.0.1:8484")
    (finding,) = done.findings
    assert done.scheduled_post_id is not None, "a warning: the address may be another when it goes out"
    assert "Set POSTWRIGHT_URL" in finding.message


async def go_live(desk: Desk) -> None:
    """The account and its workspace, as if they had been live from the start."""
    with psycopg.connect(desk.dsns.owner, autocommit=True) as db:
        db.execute("update workspaces set environment = null where id = %s", [desk.cast.workspace])
        db.execute("update platform_connections set environment = 'live'")


async def test_an_approval_that_is_still_to_come_is_told(desk: Desk) -> None:
    await desk.run("update workspaces set settings = settings || '{\"require_approval\": true}' where id = %s", desk.cast.workspace)
    assert (await found(desk, await desk.plan("please", LATER)))["approval"].level == "warning"


async def test_a_spent_limit_is_told_until_it_is_refilled(desk: Desk) -> None:
    item = await desk.plan("one too many", NOON + timedelta(hours=1))
    await desk.run(
        "insert into rate_budgets (workspace_id, platform_connection_id, name, capacity, remaining, per_seconds, updated_at)"
        " values (%s, %s, 'posts a day', 1, 0, 86400, %s)",
        desk.cast.workspace, desk.account, NOON,
    )  # fmt: skip
    assert (await found(desk, item))["budget"].limit == 1
    tomorrow = await desk.plan("tomorrow", NOON + timedelta(days=1, minutes=1))
    assert await found(desk, tomorrow) == {}
    await desk.run("update rate_budgets set remaining = 1, blocked_until = %s", NOON + timedelta(days=3))
    assert "budget" in await found(desk, tomorrow)
    await desk.run("update rate_budgets set only_for = 'reel'")
    assert await found(desk, tomorrow) == {}, "a limit of reels does not hold another post"


async def test_an_option_that_must_be_chosen_stops_the_post_unless_the_account_has_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, Option("privacy", "Who may see it", "choice", choices=(("all", "Everyone"), ("me", "Only me")), required=True))
    item = await desk.plan("who sees it?", LATER)
    stop = (await found(desk, item))["option_required"]
    assert (stop.field, stop.level) == ("options.privacy", "error")
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [item], now=NOON, when="slot")
    assert (done.scheduled_post_id, done.findings[0].rule) == (None, "option_required")
    await desk.run('update platform_connections set profile_data = \'{"privacy": "me"}\'')
    assert await found(desk, item) == {}
    chosen = await desk.plan("", LATER, content=Jsonb({"text": "chosen", "options": {"privacy": "friends"}}))
    assert (await found(desk, chosen))["option_choice"].field == "options.privacy"


async def test_a_disclosure_that_the_platform_cannot_express_is_a_warning(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item = await desk.plan("", LATER, content=Jsonb({"text": "made", "options": {"disclosure": ["ai"]}}))
    offer(monkeypatch)
    assert (await found(desk, item))["disclosure"].level == "warning"
    offer(monkeypatch, Option("made_with_ai", "Made with AI", "flag"))
    assert (await found(desk, item))["disclosure_unset"].field == "options.made_with_ai"
    await desk.run("update content_schedule_items set content = jsonb_set(content, '{options,made_with_ai}', 'true') where id = %s", item)
    assert await found(desk, item) == {}


async def test_a_scheduled_post_is_looked_at_as_it_was_then_and_one_that_is_out_not_at_all(desk: Desk) -> None:
    item = await desk.schedule("frozen", "slot", LATER)
    await desk.run("update content_schedule_items set content = %s where id = %s", Jsonb({"text": "x" * 300}), item)
    assert await found(desk, item) == {}
    await desk.run("update platform_connections set paused_at = now()")
    assert list(await found(desk, item)) == ["paused"]
    await desk.run("update platform_connections set paused_at = null")
    out = await desk.schedule("out")
    await desk.turn()
    assert await found(desk, out) == {}


async def test_content_that_names_no_file_is_one_posts_own_trouble(desk: Desk) -> None:
    broken = await desk.plan("", LATER, content=Jsonb({"text": "hm", "media": ["not an id"]}))
    good = await desk.plan("good", LATER + timedelta(hours=3))
    async with desk.as_bob() as db:
        first, second = await commit(db, desk.bob, [broken, good], now=NOON, when="slot")
    assert (first.findings[0].rule, second.scheduled_post_id is not None) == ("uuid", True)
