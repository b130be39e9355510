"""Event rows: every change of state is one, and no reader ever misses one, whoever writes at the same time."""

from __future__ import annotations

import asyncio
import random
import re
from datetime import timedelta

import psycopg
import pytest

from postwright.db.session import SERVICE, transaction
from postwright.errors import InvalidInput
from postwright.platforms.errors import Rejected
from postwright.publishing import api_events, events
from postwright.publishing.dismiss import dismiss
from postwright.publishing.edit import edit_post, hold_post
from tests.conftest import REPOSITORY
from tests.publishing.desk import NOON, Desk, actor, raising

pytestmark = pytest.mark.anyio
SQL = REPOSITORY / "sql" / "schema"


async def feed(desk: Desk, after: str | None = None, **how) -> events.Feed:
    async with desk.as_bob() as db:
        return await events.read_events(db, desk.bob, after=after, **how)


async def kinds(desk: Desk, subject) -> list[str]:
    return [each.kind for each in (await feed(desk, limit=500)).events if each.subject == subject]


async def test_the_life_of_a_post(desk: Desk):
    item = await desk.schedule("Hello")
    await desk.turn()
    assert await kinds(desk, item) == ["post.planned", "post.moved", "post.scheduled", "post.publishing", "post.published"]
    last = (await feed(desk, kind="post.published")).events[0]
    assert last.data["url"] == "https://fake.example/r1"
    assert last.data["platform"] == "x"
    assert last.actor is None
    assert (await feed(desk, kind="post.scheduled")).events[0].actor == desk.cast.bob.id


async def test_a_post_that_fails_and_is_dismissed(desk: Desk):
    desk.network.before["Bad"] = [raising(Rejected("Too rude.", field="text", rule="spam"))]
    item = await desk.schedule("Bad")
    await desk.turn()
    async with desk.as_bob() as db:
        await dismiss(db, desk.bob, item, now=desk.clock())
    assert (await kinds(desk, item))[-3:] == ["post.publishing", "post.failed", "post.dismissed"]
    assert (await feed(desk, kind="post.failed")).events[0].data["error"]["rule"] == "spam"


async def test_accounts_drafts_and_pauses_tell_too(desk: Desk):
    from postwright.publishing import pause

    await desk.run("update platform_connections set health = 'reconnect', last_error = 'Refused.' where id = %s", desk.account)
    await desk.run("update platform_connections set paused_at = now() where id = %s", desk.account)
    async with desk.as_bob() as db:
        await db.execute(
            "insert into content_adaptations (workspace_id, title, original_idea, adaptations) values (%s, 'A', 'An idea', '{}')",
            (desk.cast.workspace,),
        )
        await db.execute("update content_adaptations set deleted_at = now() where workspace_id = %s", (desk.cast.workspace,))
        await pause.pause(db, desk.bob, "Wrong price", now=desk.clock())
    async with desk.as_bob() as db:
        await pause.resume(db, desk.bob, now=desk.clock() + timedelta(minutes=1))
    told = [each.kind for each in (await feed(desk)).events]
    assert told == [
        "account.connected", "account.reconnect", "account.paused", "draft.made", "draft.deleted", "publishing.paused",
        "publishing.resumed",
    ]  # fmt: skip


async def test_fresh_tokens_that_heal_an_account_are_told(desk: Desk):
    """A trigger heals it: no statement names the column."""
    await desk.run("update platform_connections set health = 'unreachable' where id = %s", desk.account)
    await desk.run("update platform_connections set access_token = 'sealed anew' where id = %s", desk.account)
    assert (await kinds(desk, desk.account))[-2:] == ["account.unreachable", "account.healthy"]


async def test_every_turn_of_an_approval_is_told(desk: Desk):
    await desk.run("update workspaces set settings = settings || '{\"require_approval\": true}' where id = %s", desk.cast.workspace)
    item = await desk.schedule("please approve", "slot", NOON + timedelta(hours=1))
    for answer in ("rejected", "approved", "rejected", "approved"):
        async with transaction(desk.api, actor(desk.cast.alice, desk.cast.workspace)) as db:
            await db.execute("update approvals set status = %s, note = 'Wrong price' where status <> 'superseded'", (answer,))
    async with desk.as_bob() as db:
        await edit_post(db, desk.bob, await hold_post(db, desk.bob, item), {"text": "other words"})
    assert (await kinds(desk, item))[1:] == [
        "post.awaiting_approval", "post.changes_requested", "post.approved", "post.awaiting_approval", "post.changes_requested",
        "post.approved", "post.awaiting_approval",
    ]  # fmt: skip
    assert (await feed(desk, kind="post.changes_requested")).events[0].data["note"] == "Wrong price"
    assert [each.data.get("changed") for each in (await feed(desk, kind="post.awaiting_approval")).events] == [None, False, True]


async def test_what_became_of_a_first_comment(desk: Desk):
    item = await desk.schedule("Hello")
    await desk.turn()
    row = await desk.row(item)
    await desk.run(
        "insert into first_comments (workspace_id, scheduled_post_id, platform_connection_id, platform, remote_id, content)"
        " values (%s, %s, %s, 'x', 'r1', 'below')",
        desk.cast.workspace, row["id"], desk.account,
    )  # fmt: skip
    for state in ("sending", "unknown", "sending", "sent"):
        await desk.run("update first_comments set status = %s", state)
    assert (await kinds(desk, item))[-2:] == ["post.comment_unconfirmed", "post.comment_published"]


async def test_a_pause_of_the_whole_server_is_told_in_every_workspace(desk: Desk):
    await desk.run("insert into publishing_pauses (reason) values ('Upgrade')")
    await desk.run("update publishing_pauses set ended_at = now() + interval '1 minute'")
    told = await desk.fetch("select workspace_id, kind, data from events where kind like 'publishing.%%' order by position")
    assert {each["kind"] for each in told} == {"publishing.paused", "publishing.resumed"}
    assert {each["workspace_id"] for each in told} >= {desk.cast.workspace, desk.cast.elsewhere}
    assert all(each["data"]["whole_server"] for each in told)


def test_every_kind_that_is_written_is_documented() -> None:
    written = set(re.findall(r"'((?:post|draft|account|publishing)\.[a-z_]+)'", (SQL / "64_events.sql").read_text()))
    kinds_of = dict(re.findall(r"`([a-z]+)\.` ([a-z_, ]+)", api_events._KINDS))
    documented = {f"{thing}.{each.strip()}" for thing, kinds in kinds_of.items() for each in kinds.split(",") if each.strip()}
    assert len(written) > 20
    assert written <= documented


async def test_a_lease_that_is_renewed_is_no_event(desk: Desk):
    item = await desk.schedule("Hello")
    before = len((await feed(desk, limit=500)).events)
    await desk.run("update scheduled_posts set lease_expires_at = now() where schedule_item_id = %s", item)
    assert len((await feed(desk, limit=500)).events) == before


async def test_a_later_commit_with_an_earlier_number_is_not_lost(desk: Desk):
    """The classic trap: position 1 is given out, position 2 commits first, a reader remembers 2."""
    first = await psycopg.AsyncConnection.connect(desk.dsns.owner)
    try:
        await first.execute(INSERT, (desk.cast.workspace, "post.slow"))
        await write(desk, "post.quick")
        begun = await feed(desk)
        assert [each.kind for each in begun.events if each.kind in {"post.slow", "post.quick"}] == [], (
            "neither yet: the slow one may still come"
        )
        await first.commit()
    finally:
        await first.close()
    rest = await feed(desk, begun.place)
    assert [each.kind for each in rest.events] == ["post.slow", "post.quick"]
    assert (await feed(desk, rest.place)).events == []


INSERT = "insert into events (workspace_id, kind) values (%s, %s)"


async def write(desk: Desk, kind: str) -> None:
    async with await psycopg.AsyncConnection.connect(desk.dsns.owner, autocommit=True) as db:
        await db.execute(INSERT, (desk.cast.workspace, kind))


async def test_no_event_is_skipped_or_read_twice_while_many_write(desk: Desk):
    """Writers whose transactions overlap, hold on for a random while and sometimes roll back; readers that poll all along."""
    chance, writers, each_writes = random.Random(7), 8, 25
    expected: set[str] = set()
    done = asyncio.Event()

    async def writer(number: int) -> None:
        async with await psycopg.AsyncConnection.connect(desk.dsns.owner) as db:
            for turn in range(each_writes):
                names = [f"post.w{chr(97 + number)}_{'abcdefghijklmnopqrstuvwxyz'[turn]}_{part}" for part in ("one", "two")]
                for name in names:
                    await db.execute(INSERT, (desk.cast.workspace, name))
                    await asyncio.sleep(chance.random() / 200)
                if chance.random() < 0.2:
                    await db.rollback()
                else:
                    await db.commit()
                    expected.update(names)

    async def reader(limit: int) -> list[str]:
        seen: list[str] = []
        place = None
        while True:
            last_round = done.is_set()
            found = await feed(desk, place, limit=limit)
            seen += [each.kind for each in found.events if each.kind.startswith("post.w")]
            place = found.place
            if last_round and not found.events:
                return seen

    readers = [asyncio.create_task(reader(limit)) for limit in (1, 3, 500)]
    await asyncio.gather(*(writer(number) for number in range(writers)))
    done.set()
    for seen in await asyncio.gather(*readers):
        assert len(seen) == len(set(seen))
        assert set(seen) == expected


async def test_a_place_of_another_workspace_or_of_nobody(desk: Desk):
    await desk.schedule("Hello")
    place = (await feed(desk)).place
    mallory = actor(desk.cast.mallory, desk.cast.elsewhere)
    async with transaction(desk.api, mallory) as db:
        assert (await events.read_events(db, mallory)).events == []
        with pytest.raises(InvalidInput):
            await events.read_events(db, mallory, after=place)
    for wrong in ("1.2", "x", f"{place}0", "-1.0." + place[-10:], f"{2**64}.1.{place[-10:]}"):
        with pytest.raises(InvalidInput):
            await feed(desk, wrong)


async def test_only_what_is_still_to_come(desk: Desk):
    await desk.schedule("Before")
    async with desk.as_bob() as db:
        place = await events.end_of_feed(db, desk.bob)
    assert (await feed(desk, place)).events == []
    await write(desk, "post.after")
    assert [each.kind for each in (await feed(desk, place)).events] == ["post.after"]


async def test_nobody_writes_or_changes_one_by_hand(desk: Desk):
    await desk.schedule("Hello")
    for statement in (
        "update events set kind = 'post.lie'",
        "insert into events (workspace_id, kind) select id, 'post.lie' from workspaces",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await desk.run(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with desk.as_bob() as db:
            await db.execute("delete from events")


async def test_old_ones_go_after_thirty_days(desk: Desk):
    await desk.schedule("Hello")
    async with transaction(desk.worker, SERVICE) as db:
        assert await events.prune(db, now=NOON) == 0
        real_now = (await (await db.execute("select now()")).fetchone())[0]  # type: ignore[index]
        assert await events.prune(db, now=real_now + timedelta(days=31)) > 0
    assert (await feed(desk)).events == []


async def test_a_backup_restored_elsewhere_keeps_the_order(desk: Desk):
    """Transaction ids of another server are far ahead of this one's; what is written after the restore stands behind them."""
    await desk.schedule("Before")
    async with await psycopg.AsyncConnection.connect(desk.dsns.owner, autocommit=True) as db:
        await db.execute("update events set xact = '9000000000'")
        await db.execute("select app.settle_events()")
    old = await feed(desk, limit=500)
    assert old.events
    before = "9000000000." + old.place.partition(".")[2]
    await write(desk, "post.after")
    assert [each.kind for each in (await feed(desk, before)).events] == ["post.after"], "with a place of the server before"
    assert [each.kind for each in (await feed(desk, old.place)).events] == ["post.after"]
