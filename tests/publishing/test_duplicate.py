"""Copies of a post: for other accounts, another platform, another time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import transaction
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.kit.crypto import Box
from postwright.publishing.commit import commit
from postwright.publishing.duplicate import duplicate
from postwright.publishing.models import PostRow
from postwright.publishing.posts import rows_by_id
from tests.publishing.desk import KEY, NOON, Desk, actor

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(days=2)


async def connect(desk: Desk, platform: str, user: str) -> UUID:
    alice = actor(desk.cast.alice, desk.cast.workspace)
    async with transaction(desk.api, alice) as db:
        granted = Granted(platform, user, "sandbox", f"{user}.example", user, "open sesame")
        (made,) = await save_accounts(db, alice, [granted], Box.from_key(KEY), NOON)
    return made


async def copy(desk: Desk, item: UUID, *accounts: UUID, at: object = LATER) -> list[PostRow]:
    async with desk.as_bob() as db:
        made = await duplicate(db, desk.bob, item, accounts=accounts, at=at, now=NOON)  # type: ignore[arg-type]
        return await rows_by_id(db, desk.bob, made, now=NOON)


async def test_a_copy_for_another_time_says_the_same_and_is_only_planned(desk: Desk) -> None:
    item = await desk.schedule("again and again", "slot", NOON + timedelta(hours=1))
    (made,) = await copy(desk, item)
    assert (str(made.state), made.text, made.scheduled_at, made.connection_id) == ("planned", "again and again", LATER, desk.account)
    assert (await desk.row(item))["status"] == "scheduled", "the first one stays"


async def test_without_a_time_it_gets_the_best_free_slot(desk: Desk) -> None:
    item = await desk.plan("when?", LATER)
    (made,) = await copy(desk, item, at=None)
    assert made.scheduled_at is not None
    assert made.scheduled_at > NOON
    assert made.slot_reason


async def test_copies_for_several_accounts(desk: Desk) -> None:
    second = await connect(desk, "x", "second")
    item = await desk.plan(
        "for both", LATER, content=Jsonb({"text": "for both", "hashtags": ["a"], "options": {"reply_settings": "following"}})
    )
    made = await copy(desk, item, desk.account, second, at=LATER + timedelta(days=1))
    assert [(each.connection_id, each.text) for each in made] == [(desk.account, "for both"), (second, "for both")]
    stored = await desk.fetch(
        "select content -> 'options' as options from content_schedule_items where id = any (%s)", [e.id for e in made]
    )
    assert [each["options"] for each in stored] == [{"reply_settings": "following"}] * 2


async def test_another_platform_gets_the_drafts_own_words_or_these_without_foreign_options(desk: Desk) -> None:
    other = await connect(desk, "linkedin", "acme")
    async with desk.as_bob() as db:
        row = await (
            await db.execute(
                "insert into content_adaptations (workspace_id, original_idea, adaptations) values (%s, 'idea', %s) returning id",
                (desk.cast.workspace, Jsonb({"x": {"text": "short"}, "linkedin": {"text": "longer, for LinkedIn"}})),
            )
        ).fetchone()
    assert row is not None
    drafted = await desk.plan("", LATER, content=None, adaptation_id=row[0])
    loose = await desk.plan("", LATER, content=Jsonb({"text": "1", "thread": ["1", "2"], "options": {"made_with_ai": True}}))
    (first,), (second,) = await copy(desk, drafted, other), await copy(desk, loose, other, at=LATER + timedelta(days=1))
    assert (first.text, second.text) == ("longer, for LinkedIn", "1\n\n2")
    stored = await desk.fetch("select content from content_schedule_items where id = %s", second.id)
    assert (stored[0]["content"]["thread"], stored[0]["content"]["options"]) == ([], {})


async def test_the_same_account_is_not_told_the_same_twice_unasked(desk: Desk) -> None:
    async with desk.as_bob() as db:
        row = await (
            await db.execute(
                "insert into content_adaptations (workspace_id, original_idea, adaptations) values (%s, 'idea', %s) returning id",
                (desk.cast.workspace, Jsonb({"x": {"text": "news"}})),
            )
        ).fetchone()
    assert row is not None
    item = await desk.plan("", NOON + timedelta(hours=1), content=None, adaptation_id=row[0])
    async with desk.as_bob() as db:
        await commit(db, desk.bob, [item], now=NOON, when="slot")
    (made,) = await copy(desk, item)
    async with desk.as_bob() as db:
        (done,) = await commit(db, desk.bob, [made.id], now=NOON, when="slot")
        assert (done.scheduled_post_id, done.findings[0].rule) == (None, "already_sent")
        (done,) = await commit(db, desk.bob, [made.id], now=NOON, when="slot", again=[desk.account])
    assert done.scheduled_post_id is not None


async def test_what_cannot_be_copied_says_why(desk: Desk) -> None:
    item = await desk.plan("x", LATER)
    await desk.run("update platform_connections set paused_at = now()")
    with pytest.raises(Conflict, match="paused"):
        await copy(desk, item)
    with pytest.raises(NotFound):
        await copy(desk, desk.account)
    for at in (NOON - timedelta(hours=1), NOON.replace(tzinfo=None), NOON + timedelta(days=800)):
        with pytest.raises(InvalidInput):
            await copy(desk, item, at=at)
