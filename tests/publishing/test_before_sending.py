"""Right before a send: what a post takes of its limits is counted, what must not be sent is refused with limit and page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from postwright.edge.served import Served, served
from postwright.kit.outside import Look, keep
from postwright.library.files import NewFile, add_file
from postwright.library.storage import place_of
from postwright.platforms import registry
from postwright.platforms.post import Post
from postwright.platforms.rules import Finding
from postwright.platforms.x.limits import spends
from postwright.platforms.youtube.limits import spends as youtube_spends
from postwright.publishing.bulk import Act, Wish, bulk
from postwright.publishing.commit import commit
from postwright.publishing.preflight import preflight
from tests.publishing.desk import NOON, Desk
from tests.publishing.test_preflight import LATER, found, go_live

pytestmark = pytest.mark.anyio


def play(desk: Desk, **changes: Any) -> None:
    """The engine's platform with these parts changed."""
    was = desk.engine.platform_of("x")
    object.__setattr__(desk.engine, "platform_of", lambda slug: replace(was, **changes))


def level(desk: Desk, table: str, name: str) -> float:
    """What is left of a limit, as the owner of the database sees it."""
    more = " and platform = 'x' and environment = 'sandbox'" if table.startswith("app") else ""
    text = f"select app.bucket_level(capacity, remaining, per_seconds, filled_at, %s)::float8 from {table} where name = %s{more}"
    with psycopg.connect(desk.dsns.owner) as db:
        row = db.execute(text, [desk.clock(), name]).fetchone()
    assert row is not None
    return float(row[0])


def test_what_counts_as_a_post_and_what_youtube_s_steps_cost() -> None:
    assert spends(Post("one", "post")) == {}
    assert spends(Post("1", "thread", parts=("1", "2", "3"), options={"first_comment": "more"}))["posts_per_15_minutes"] == 3
    assert youtube_spends(Post("d", "video")) == {}
    assert youtube_spends(Post("d", "video", options={"cover": "1", "captions": "words", "first_comment": "hi"})) == {"units_per_day": 500}


async def test_each_part_of_a_thread_is_taken_from_the_account_s_and_the_app_s_limit(desk: Desk) -> None:
    play(desk, spends=spends)
    await desk.plan("", NOON, content=Jsonb({"text": "1", "thread": ["1", "2", "3"]}))
    (item,) = [row["id"] for row in await desk.fetch("select id from content_schedule_items")]
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [item], now=NOON, when="now")
    assert done.scheduled_post_id is not None
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"
    assert level(desk, "rate_budgets", "posts_per_15_minutes") == pytest.approx(97, abs=0.5)
    assert level(desk, "app.shared_budgets", "posts_per_day_per_app") == pytest.approx(9997, abs=0.5)


async def test_what_is_refused_before_the_send_keeps_its_limit_and_its_page(desk: Desk) -> None:
    def check(post: Post) -> list[Finding]:
        return [Finding("text", "length", "too long", 280, 300, "https://fake.example/rules")]

    play(desk, check=check)
    item = await desk.schedule("whatever")
    await desk.turn()
    error = (await desk.row(item))["error"]
    told = {name: error[name] for name in ("field", "rule", "limit", "actual", "source")}
    assert told == {"field": "text", "rule": "length", "limit": 280, "actual": 300, "source": "https://fake.example/rules"}


async def _with_photo(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> UUID:
    pulling = replace(registry.REGISTRY["x"].rules, pulls=("image",))
    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], rules=pulling))
    play(desk, rules=pulling)
    id = uuid4()
    path = f"{place_of(id)}/p.png"
    new = NewFile(id, path, "image/png", 10, "0" * 64, width=400, height=400)
    async with desk.as_bob() as db:
        photo = (await add_file(db, desk.bob, new)).id
    place = desk.engine.state.storage.local_path(photo, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"0123456789")
    return await desk.plan("look", LATER, content=Jsonb({"text": "look", "media": [str(photo)]}))


async def test_a_live_platform_that_would_fetch_from_this_machine_is_not_called(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item = await _with_photo(desk, monkeypatch)
    await go_live(desk)
    async with desk.as_bob() as db:
        done = await bulk(db, desk.bob, Wish(Act.PUBLISH), [item], now=NOON, served_at="http://127.0.0.1:8484")
    assert (done.items[0].done, done.items[0].rule, done.warned) == (True, "public_url", done.items)
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["error"]["field"], row["error"]["rule"]) == ("failed", "media", "reachable")
    assert desk.network.landed == []


async def test_the_sandbox_is_on_this_machine_and_is_called(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item = await _with_photo(desk, monkeypatch)
    async with desk.as_bob() as db:
        done = await bulk(db, desk.bob, Wish(Act.PUBLISH), [item], now=NOON, served_at="http://127.0.0.1:8484")
    assert done.warned == ()
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"


async def test_what_a_look_from_here_saw_is_a_warning(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item = await _with_photo(desk, monkeypatch)
    await go_live(desk)
    settings = replace(desk.engine.state.settings, public_url="https://posts.acme.com")

    async def told() -> list[str]:
        async with desk.as_bob() as db:
            listed = await preflight(db, desk.bob, item, now=NOON, served_at=served(settings, NOON))
        return [each.message for each in listed if each.rule == "public_url"]

    settings.home.mkdir(parents=True, exist_ok=True)
    assert await told() == []
    keep(settings.home, Look("https://posts.acme.com", NOON, "nothing answers (ConnectTimeout)"))
    (words,) = await told()
    assert "From this machine" in words
    assert Served("http://127.0.0.1:1").why_not()


async def test_a_limit_is_told_in_words_and_with_its_page(desk: Desk) -> None:
    item = await desk.plan("one too many", NOON + timedelta(minutes=1))
    await desk.run(
        "insert into rate_budgets (workspace_id, platform_connection_id, name, capacity, remaining, per_seconds, updated_at)"
        " values (%s, %s, 'posts_per_15_minutes', 100, 0, 900, %s)",
        desk.cast.workspace, desk.account, NOON + timedelta(minutes=1),
    )  # fmt: skip
    told = (await found(desk, item))["budget"]
    assert "100 posts in 15 minutes from this account" in told.message
    assert "_" not in told.message
    assert told.source == "https://docs.x.com/x-api/fundamentals/rate-limits"


async def test_a_plan_that_no_longer_fits_its_media_gives_way_to_them(desk: Desk) -> None:
    item = await desk.plan("plain words", LATER)
    await desk.run("update content_schedule_items set content_format = 'video' where id = %s", item)
    assert await found(desk, item) == {}
    chosen = await desk.plan("", LATER + timedelta(hours=1), content=Jsonb({"text": "chosen", "options": {"format": "video"}}))
    assert (await found(desk, chosen))["needs_video"].field == "media"
