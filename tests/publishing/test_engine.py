"""One try from claim to outcome, on the real database and a network of memory."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from postwright.platforms.base import Option
from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import OutcomeUnknown, QuotaExhausted, ReauthRequired, Rejected, Transient, Unpaid
from postwright.publishing import outcome, store
from postwright.publishing.claim import claim_due, claim_lapsed
from postwright.publishing.decide import decide
from postwright.publishing.ledger import AttemptLedger, LeaseLost
from postwright.publishing.pace import Pace
from postwright.publishing.posts import get_post
from postwright.publishing.retry import retry
from postwright.publishing.send import send
from postwright.publishing.settle import complete
from tests.publishing.desk import NOON, Desk, raising

pytestmark = pytest.mark.anyio


async def test_a_due_post_goes_out_once_and_all_rows_say_so(desk: Desk) -> None:
    item = await desk.schedule("hello")
    await desk.turn()
    await desk.turn()
    row, (attempt,), (published,) = await desk.row(item), await desk.attempts(item), await desk.published(item)
    assert desk.network.landed == [("r1", "hello")]
    assert (row["status"], row["item_status"], row["published_post_id"]) == ("completed", "posted", published["id"])
    assert (row["worker_id"], row["lease_expires_at"], row["error"]) == (None, None, None)
    assert (attempt["phase"], attempt["remote_ids"]["remote_id"]) == ("done", "r1")
    assert attempt["finished_at"] is not None
    assert (published["platform_post_id"], published["environment"], published["status"]) == ("r1", "sandbox", "published")


async def test_the_attempt_is_on_disk_before_the_first_byte_leaves(desk: Desk) -> None:
    item = await desk.schedule("hello")
    seen: list[str] = []

    async def look() -> None:
        seen.extend(each["phase"] for each in await desk.attempts(item))

    desk.network.uploading["hello"] = [look]
    desk.network.before["hello"] = [look]
    await desk.turn()
    assert seen == ["uploading", "sending"]


async def test_what_is_not_due_waits(desk: Desk) -> None:
    await desk.schedule("later", "slot", NOON + timedelta(minutes=5))
    assert await desk.turn() == []
    desk.clock.advance(timedelta(minutes=5))
    assert len(await desk.turn()) == 1


@pytest.mark.parametrize("change", ["paused_at = now()", "is_active = false", "health = 'reconnect'"])
async def test_an_account_that_cannot_send_is_not_claimed(desk: Desk, change: str) -> None:
    await desk.schedule("hello")
    await desk.run(f"update platform_connections set {change} where id = %s", desk.account)
    assert await desk.turn() == []
    assert desk.network.landed == []


async def test_a_post_that_needs_approval_waits_for_it(desk: Desk) -> None:
    item = await desk.schedule("hello")
    await desk.run("update scheduled_posts set requires_approval = true where schedule_item_id = %s", item)
    assert await desk.turn() == []
    await desk.run("update scheduled_posts set approved_at = now() where schedule_item_id = %s", item)
    assert len(await desk.turn()) == 1


async def test_an_overdue_post_is_held_not_sent(desk: Desk) -> None:
    item = await desk.schedule("late")
    desk.clock.advance(timedelta(minutes=16))
    assert await desk.turn() == []
    async with desk.service() as db:
        assert len(await store.mark_overdue(db, now=desk.clock(), error={"class": "overdue", "message": "held"})) == 1
    row = await desk.row(item)
    assert (row["status"], row["error"]["class"]) == ("scheduled", "overdue")


async def test_the_grace_is_the_workspace_s_own_and_nonsense_in_it_stops_nobody(desk: Desk) -> None:
    await desk.schedule("late")
    desk.clock.advance(timedelta(minutes=16))
    await desk.run("update workspaces set settings = '{\"late_grace_minutes\": 60}' where id = %s", desk.cast.workspace)
    await desk.schedule("fresh")
    await desk.run('update workspaces set settings = \'{"late_grace_minutes": "soon"}\' where id = %s', desk.cast.workspace)
    assert [each.content for each in await claim_due(desk.engine, 5)] == ["fresh"]
    await desk.run("update workspaces set settings = '{\"late_grace_minutes\": 60}' where id = %s", desk.cast.workspace)
    assert [each.content for each in await claim_due(desk.engine, 5)] == ["late"]


async def test_two_workers_never_hold_one_post(desk: Desk) -> None:
    for number in range(20):
        await desk.schedule(f"post {number}")
    other = desk.other_worker()
    hands = await asyncio.gather(*(claim_due(each, 3) for each in (desk.engine, other) * 8))
    held = [claim.id for hand in hands for claim in hand]
    assert len(held) == len(set(held)) == 20


async def test_a_refusal_fails_with_field_and_rule_and_nothing_is_tried_again(desk: Desk) -> None:
    item = await desk.schedule("bad")
    desk.network.before["bad"] = [raising(Rejected("Too salty.", field="text", rule="salt"))]
    await desk.turn()
    desk.clock.advance(timedelta(hours=1))
    await desk.turn()
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], row["item_status"], attempt["phase"]) == ("failed", "failed", "refused")
    assert row["error"] == {"class": "rejected", "who": "you fix the input", "message": "Too salty.", "field": "text", "rule": "salt"}
    assert await desk.fetch("select kind from notifications where user_id = %s", desk.cast.bob.id) == [{"kind": "post_failed"}]


async def test_a_rule_broken_meanwhile_stops_the_post_before_any_call(desk: Desk) -> None:
    item = await desk.schedule("x")
    await desk.run("update scheduled_posts set snapshot = jsonb_build_object('text', repeat('y', 281)) where schedule_item_id = %s", item)
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["error"]["rule"], desk.network.seen_remote_ids) == ("failed", "length", [])


async def test_an_option_that_became_impossible_stops_the_post_before_any_call(desk: Desk) -> None:
    """By what was chosen for the account, and by what its platform said last that the account may choose."""
    sees = Option("sees", "Who may see it", "choice", choices=(("all", "Everyone"), ("me", "Only me")), asked=True, required=True)
    asks = replace(desk.engine.platform_of("x"), options=(sees,), choices=_never_asked)
    desk.engine = replace(desk.engine, platform_of=lambda slug: asks)
    errors = []
    for profile, choices in [({}, ["all"]), ({"sees": "all"}, ["me"]), ({"sees": "nobody"}, None), ({"sees": "me"}, ["me"])]:
        item = await desk.schedule(f"{profile} {choices}")
        await _choose(desk, profile, {"sees": choices} if choices else {})
        await desk.turn()
        row = await desk.row(item)
        errors.append((row["status"], (row["error"] or {}).get("field"), (row["error"] or {}).get("rule")))
    assert errors == [
        ("failed", "options.sees", "option_required"), ("failed", "options.sees", "option_choice"),
        ("failed", "options.sees", "option_choice"), ("completed", None, None),
    ]  # fmt: skip
    assert len(desk.network.seen_remote_ids) == len(desk.network.landed) == 1


async def _never_asked(http: Any, account: Any, credentials: Any) -> dict[str, Any]:
    raise AssertionError("the publisher reads what is known; it does not ask")


async def _choose(desk: Desk, profile: dict[str, str], choices: dict[str, list[str]]) -> None:
    await desk.run("update platform_connections set profile_data = %s where id = %s", Jsonb(profile), desk.account)
    await desk.run(
        "insert into account_choices (workspace_id, platform_connection_id, choices, told_at, asked_at) values (%s, %s, %s, %s, %s)"
        " on conflict (workspace_id, platform_connection_id) do update set choices = excluded.choices",
        desk.cast.workspace, desk.account, Jsonb(choices), NOON, NOON,
    )  # fmt: skip


async def test_a_transient_failure_is_tried_again_later_and_resumes_its_handles(desk: Desk) -> None:
    item = await desk.schedule("flaky")
    desk.network.uploading["flaky"] = [raising(Transient("The platform is busy.", retry_after=30))]
    await desk.turn()
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], row["retry_count"], attempt["phase"]) == ("scheduled", 1, "abandoned")
    assert row["next_retry_at"] >= NOON + timedelta(seconds=30)
    assert await desk.turn() == []
    desk.clock.advance(timedelta(minutes=1))
    await desk.turn()
    assert desk.network.seen_remote_ids[1] == {"container": "c-flaky"}
    assert [each["phase"] for each in await desk.attempts(item)] == ["abandoned", "done"]


async def test_tries_end(desk: Desk) -> None:
    item = await desk.schedule("flaky")
    desk.network.before["flaky"] = [raising(Transient("Busy.")) for _ in range(20)]
    for _ in range(20):
        await desk.turn()
        desk.clock.advance(timedelta(minutes=15))
    row = await desk.row(item)
    assert (row["status"], len(await desk.attempts(item))) == ("failed", desk.engine.pace.tries)


async def test_a_full_quota_waits_until_it_opens_and_counts_as_no_failure(desk: Desk) -> None:
    item = await desk.schedule("many")
    opens = NOON + timedelta(hours=3)
    desk.network.uploading["many"] = [raising(QuotaExhausted("Daily cap.", until=opens))]
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["retry_count"]) == ("scheduled", 0)
    assert row["next_retry_at"] >= opens
    desk.clock.advance(row["next_retry_at"] - NOON)
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"


async def test_a_day_s_limit_that_the_platform_tells_late_is_a_wait_and_no_failure(desk: Desk) -> None:
    item = await desk.schedule("one too many")
    desk.clock.advance(timedelta(minutes=10))
    desk.network.uploading["one too many"] = [raising(QuotaExhausted("Daily cap.", until=desk.clock() + timedelta(days=1)))]
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["retry_count"]) == ("scheduled", 0)
    desk.clock.fixed = row["next_retry_at"]
    await desk.turn()
    assert (await desk.row(item))["status"] == "completed"


async def test_a_quota_that_opens_too_late_fails(desk: Desk) -> None:
    item = await desk.schedule("many")
    desk.network.uploading["many"] = [raising(QuotaExhausted("Monthly cap.", until=NOON + timedelta(days=20)))]
    await desk.turn()
    assert (await desk.row(item))["status"] == "failed"


async def test_a_retry_pressed_days_later_has_patience_of_its_own(desk: Desk) -> None:
    desk.clock.fixed = datetime.now(UTC)
    item = await desk.schedule("again")
    early = "update scheduled_posts set status = 'failed', scheduled_for = scheduled_for - interval '2 days' where schedule_item_id = %s"
    await desk.run(early, item)
    async with desk.as_bob() as db:
        await retry(db, desk.bob, item, now=desk.clock())
    desk.clock.advance(timedelta(seconds=1))
    desk.network.uploading["again"] = [raising(QuotaExhausted("Full.", wait=3600)) for _ in range(2)]
    await desk.turn()
    assert (await desk.row(item))["status"] == "scheduled", "its first 429 is no reason to give it up"
    desk.clock.advance(timedelta(hours=26))
    await desk.run("update scheduled_posts set next_retry_at = %s where schedule_item_id = %s", desk.clock(), item)
    await desk.turn()
    assert (await desk.row(item))["status"] == "failed", "and yet not tried for ever"


async def test_a_wait_is_counted_from_the_answer_by_our_clock(desk: Desk) -> None:
    item = await desk.schedule("many")
    desk.network.uploading["many"] = [raising(QuotaExhausted("Slow down.", wait=3600))]
    await desk.turn()
    opens = NOON + timedelta(hours=1)
    assert opens <= (await desk.row(item))["next_retry_at"] <= opens + desk.engine.pace.retry_cap


async def test_a_platform_that_refuses_without_a_wait_is_asked_ever_less_often(desk: Desk) -> None:
    desk = replace(desk, engine=replace(desk.engine, pace=Pace()))
    item = await desk.schedule("throttled")
    desk.network.uploading["throttled"] = [raising(QuotaExhausted("Slow down.", wait=0)) for _ in range(500)]
    while desk.clock() < NOON + timedelta(hours=6):
        await desk.turn()
        row = await desk.row(item)
        assert (row["status"], row["retry_count"]) == ("scheduled", 0)
        desk.clock.fixed = max(desk.clock() + timedelta(seconds=1), row["next_retry_at"])
    assert len(await desk.attempts(item)) < 70, "about every 7 to 15 minutes, not seconds"


async def test_a_refusal_without_a_wait_holds_the_account_s_other_posts_as_well(desk: Desk) -> None:
    first = await desk.schedule("first")
    desk.network.uploading["first"] = [raising(QuotaExhausted("Slow down.", wait=0))]
    await desk.turn()
    (budget,) = await desk.fetch("select blocked_until from rate_budgets where blocked_until is not null")
    assert budget["blocked_until"] == (await desk.row(first))["next_retry_at"]


async def test_an_account_that_must_be_reconnected_says_so_and_its_posts_wait_for_it(desk: Desk) -> None:
    item = await desk.schedule("hello")
    desk.network.uploading["hello"] = [raising(ReauthRequired("X ended the connection."))]
    await desk.turn()
    (account,) = await desk.fetch("select health, last_error from platform_connections where id = %s", desk.account)
    row = await desk.row(item)
    assert (row["status"], row["retry_count"], row["error"]["who"]) == ("scheduled", 0, "you reconnect the account")
    assert account == {"health": "reconnect", "last_error": "X ended the connection."}
    desk.clock.advance(timedelta(minutes=1))
    assert await desk.turn() == [], "nobody claims it"
    await desk.run("update platform_connections set health = 'healthy', last_error = null where id = %s", desk.account)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("hello")) == ("completed", 1)


async def test_tokens_that_are_refused_again_and_again_are_not_tried_without_a_pause(desk: Desk) -> None:
    """Whoever connects an account again with tokens that do not work either."""
    item = await desk.schedule("hello")
    desk.network.uploading["hello"] = [raising(ReauthRequired("X ended the connection.")) for _ in range(9)]
    tries = 0
    for _ in range(9):
        await desk.run("update platform_connections set health = 'healthy' where id = %s", desk.account)
        tries += len(await desk.turn())
    assert (tries, (await desk.row(item))["status"]) == (3, "scheduled")


async def test_a_post_that_could_not_be_asked_about_is_asked_about_once_its_account_is_back(desk: Desk) -> None:
    item = await _unasked(desk)
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], row["error"]["rule"], row["error"]["who"]) == ("needs_review", "sign_in", "you reconnect the account")
    assert attempt["finished_at"] is not None
    assert await _tidy(desk) == 0, "the account is not back"
    await desk.run("update platform_connections set health = 'healthy', last_error = null where id = %s", desk.account)
    assert (await _tidy(desk), await _tidy(desk)) == (1, 0)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("ghost"), len(await desk.attempts(item))) == ("completed", 1, 1)


async def test_a_person_may_decide_while_the_account_is_gone(desk: Desk) -> None:
    item = await _unasked(desk)
    async with desk.as_bob() as db:
        await decide(db, desk.bob, item, "give_up", now=desk.clock())
    await desk.run("update platform_connections set health = 'healthy', last_error = null where id = %s", desk.account)
    assert (await _tidy(desk), (await desk.row(item))["status"]) == (0, "failed")


async def test_what_the_platform_could_not_tell_stays_with_the_person(desk: Desk) -> None:
    """Asked and not answered is no sign-in that came back."""
    desk.network.after["ghost"] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers["ghost"] = [OutcomeUnknown("No listing.") for _ in range(desk.engine.pace.asks)]
    item = await desk.schedule("ghost")
    for _ in range(desk.engine.pace.asks + 1):
        await desk.turn()
        desk.clock.advance(timedelta(minutes=6))
    assert ((await desk.row(item))["status"], await _tidy(desk)) == ("needs_review", 0)


async def _unasked(desk: Desk) -> UUID:
    """A post whose answer was lost, and whose account's sign-in ended before the platform was asked."""
    desk.network.after["ghost"] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers["ghost"] = [ReauthRequired("X ended the connection.")]
    item = await desk.schedule("ghost")
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    return item


async def _tidy(desk: Desk) -> int:
    async with desk.service() as db:
        return await store.ask_after_sign_in(db, now=desk.clock(), rule=outcome.SIGNED_OUT)


async def test_an_unknown_outcome_that_landed_is_completed_never_sent_again(desk: Desk) -> None:
    item = await desk.schedule("ghost")
    desk.network.after["ghost"] = [raising(OutcomeUnknown("Timed out."))]
    await desk.turn()
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], row["worker_id"], attempt["phase"], attempt["finished_at"]) == ("processing", None, "unknown", None)
    assert await desk.turn() == []
    assert (await desk.row(item))["status"] == "processing"
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], attempt["phase"], desk.network.count("ghost")) == ("completed", "done", 1)


async def test_any_error_after_the_send_counts_as_unknown(desk: Desk) -> None:
    item = await desk.schedule("ghost")
    desk.network.after["ghost"] = [raising(KeyError("id"))]
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("ghost")) == ("completed", 1)


async def test_absence_is_proof_only_when_heard_twice(desk: Desk) -> None:
    item = await desk.schedule("lost")
    desk.network.before["lost"] = [raising(OutcomeUnknown("Reset."))]
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("lost")) == ("processing", 0)
    desk.clock.advance(desk.engine.pace.ask_again)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("lost")) == ("completed", 1)
    assert [(each["phase"], each["error_class"]) for each in await desk.attempts(item)] == [("abandoned", "proven_absent"), ("done", None)]


async def test_a_listing_that_lags_is_believed_only_the_second_time(desk: Desk) -> None:
    item = await desk.schedule("slow")
    desk.network.after["slow"] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers["slow"] = [None]
    await desk.turn()
    for span in (desk.engine.pace.quarantine, desk.engine.pace.ask_again):
        desk.clock.advance(span)
        await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("slow")) == ("completed", 1)


async def test_what_the_platform_cannot_tell_is_left_to_a_person(desk: Desk) -> None:
    item = await desk.schedule("fog")
    desk.network.after["fog"] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers["fog"] = [OutcomeUnknown("No listing.") for _ in range(10)]
    for _ in range(10):
        await desk.turn()
        desk.clock.advance(timedelta(minutes=5))
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], row["item_status"], attempt["phase"]) == ("needs_review", "scheduled", "unknown")
    assert attempt["finished_at"] is not None
    assert desk.network.count("fog") == 1
    assert await desk.fetch("select kind from notifications where user_id = %s", desk.cast.bob.id) == [{"kind": "post_unconfirmed"}]


async def test_a_found_post_that_belongs_to_another_is_left_to_a_person(desk: Desk) -> None:
    first = await desk.schedule("same words")
    await desk.turn()
    second = await desk.schedule("same words")
    desk.network.before["same words"] = [raising(OutcomeUnknown("Reset."))]
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(first))["status"], (await desk.row(second))["status"]) == ("completed", "needs_review")


async def test_a_lost_lease_writes_nothing_and_sends_nothing(desk: Desk) -> None:
    item = await desk.schedule("mine")
    (claim,) = await claim_due(desk.engine, 1)
    desk.clock.advance(desk.engine.pace.lease + timedelta(seconds=1))
    await claim_lapsed(desk.other_worker(), 1)
    ledger = AttemptLedger(desk.engine, claim)
    for act in (ledger.keep(container="late"), ledger.enter("sending")):
        with pytest.raises(LeaseLost):
            await act
    before = await desk.row(item), await desk.attempts(item)
    await complete(desk.engine, claim, Receipt("r9", "https://fake.example/r9"))
    assert (await desk.row(item), await desk.attempts(item)) == before
    assert await desk.published(item) == []


async def test_a_lease_that_ran_out_may_not_send_even_when_nobody_took_over(desk: Desk) -> None:
    await desk.schedule("mine")
    (claim,) = await claim_due(desk.engine, 1)
    desk.clock.advance(desk.engine.pace.lease + timedelta(seconds=1))
    with pytest.raises(LeaseLost):
        await AttemptLedger(desk.engine, claim).enter("sending")


async def test_before_the_send_more_of_the_lease_is_left_than_a_call_lasts(desk: Desk) -> None:
    item = await desk.schedule("mine")
    (claim,) = await claim_due(desk.engine, 1)
    desk.clock.advance(desk.engine.pace.lease - timedelta(seconds=0.1))
    await AttemptLedger(desk.engine, claim).enter("sending")
    assert (await desk.row(item))["lease_expires_at"] - desk.clock() > desk.engine.pace.timeout


async def test_a_worker_lost_before_the_send_is_replaced_and_its_handles_are_kept(desk: Desk) -> None:
    item = await desk.schedule("orphan")
    (claim,) = await claim_due(desk.engine, 1)
    await AttemptLedger(desk.engine, claim).keep(container="c-1")
    desk.clock.advance(desk.engine.pace.lease)
    await desk.turn()
    assert [(each["phase"], each["error_class"]) for each in await desk.attempts(item)] == [("abandoned", "worker_lost"), ("done", None)]
    assert desk.network.seen_remote_ids == [{"container": "c-1"}]


async def test_a_post_that_brings_down_every_publisher_does_not_do_so_for_ever(desk: Desk) -> None:
    item = await desk.schedule("poison")
    for _ in range(desk.engine.pace.tries):
        assert len(await claim_due(desk.engine, 1)) == 1
        desk.clock.advance(desk.engine.pace.lease)
        await claim_lapsed(desk.engine, 1)
    row = await desk.row(item)
    assert (row["status"], row["error"]["class"], desk.network.landed) == ("failed", "worker_lost", [])
    assert await desk.fetch("select kind from notifications where user_id = %s", desk.cast.bob.id) == [{"kind": "post_failed"}]


async def test_a_platform_that_asks_for_an_eternity_gets_a_day(desk: Desk) -> None:
    item = await desk.schedule("patience")
    desk.network.uploading["patience"] = [raising(Transient("Busy.", retry_after=1e15))]
    await desk.turn()
    assert (await desk.row(item))["next_retry_at"] == NOON + timedelta(days=1)


async def test_a_worker_lost_in_the_send_is_asked_about_after_the_quarantine(desk: Desk) -> None:
    item = await desk.schedule("orphan")
    (claim,) = await claim_due(desk.engine, 1)
    await AttemptLedger(desk.engine, claim).enter("sending")
    desk.network.land("orphan")
    desk.clock.advance(desk.engine.pace.lease)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("orphan")) == ("completed", 1)


async def test_a_release_puts_the_post_back_as_it_was(desk: Desk) -> None:
    item = await desk.schedule("wait")
    (claim,) = await claim_due(desk.engine, 1)
    desk.engine.stopping.set()
    await send(desk.engine, claim)
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], row["retry_count"], attempt["phase"], attempt["error_class"]) == ("scheduled", 0, "abandoned", "released")
    assert desk.network.landed == []


async def test_a_doubt_about_an_earlier_try_is_asked_about_not_tried_again(desk: Desk) -> None:
    item = await desk.schedule("twice")
    desk.network.uploading["twice"] = [raising(OutcomeUnknown("An earlier container was published."))]
    desk.network.land("twice")
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("twice")) == ("completed", 1)


async def test_handles_of_other_content_are_left_behind_but_public_parts_are_not(desk: Desk) -> None:
    item = await desk.schedule("first wording")
    desk.network.uploading["first wording"] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    await desk.run(
        'update publish_attempts set remote_ids = \'{"container": "c", "part_0": "r0", "sending_part": 1}\' where workspace_id = %s',
        desk.cast.workspace,
    )
    await desk.run(
        "update scheduled_posts set status = 'scheduled', content = 'second', snapshot = jsonb_build_object('text', 'second')"
        " where schedule_item_id = %s",
        item,
    )
    await desk.turn()
    assert desk.network.seen_remote_ids[-1] == {"part_0": "r0", "sending_part": 1}


async def test_a_lost_sign_in_after_the_platform_took_the_post_is_no_failure(desk: Desk) -> None:
    item = await desk.schedule("taken")
    desk.network.confirming["taken"] = [raising(ReauthRequired("X ended the connection."))]
    await desk.turn()
    row, (attempt,) = await desk.row(item), await desk.attempts(item)
    assert (row["status"], attempt["phase"], attempt["error"]["confirming"]) == ("processing", "unknown", True)
    assert await desk.fetch("select health from platform_connections where id = %s", desk.account) == [{"health": "reconnect"}]
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.count("taken")) == ("completed", 1)


async def test_what_turns_out_absent_after_a_long_downtime_is_held(desk: Desk) -> None:
    item = await desk.schedule("lost")
    desk.network.before["lost"] = [raising(OutcomeUnknown("Reset."))]
    await desk.turn()
    desk.clock.advance(timedelta(hours=2))
    await desk.turn()
    desk.clock.advance(desk.engine.pace.ask_again)
    await desk.turn()
    await desk.turn()
    async with desk.service() as db:
        assert len(await store.mark_overdue(db, now=desk.clock(), error=outcome.overdue())) == 1
    assert ((await desk.row(item))["error"]["class"], desk.network.count("lost")) == ("overdue", 0)


async def test_a_duplicate_after_a_send_in_doubt_is_left_to_a_person(desk: Desk) -> None:
    item = await desk.schedule("twice")
    desk.network.before["twice"] = [
        raising(OutcomeUnknown("Reset.")), raising(Rejected("it has this text already", field="text", rule="duplicate"))
    ]  # fmt: skip
    await desk.turn()
    for _ in range(2):
        desk.clock.advance(desk.engine.pace.quarantine)
        await desk.turn()
    assert (await desk.row(item))["status"] == "needs_review"
    fresh = await desk.schedule("first")
    desk.network.before["first"] = [raising(Rejected("it has this text already", field="text", rule="duplicate"))]
    await desk.turn()
    assert (await desk.row(fresh))["status"] == "failed"


async def test_no_grace_at_all_still_sends_what_is_on_time(desk: Desk) -> None:
    await desk.run("update workspaces set settings = '{\"late_grace_minutes\": 0}' where id = %s", desk.cast.workspace)
    await desk.schedule("on time")
    desk.clock.advance(timedelta(seconds=1))
    await desk.turn()
    assert desk.network.count("on time") == 1


async def test_an_answer_that_cannot_be_stored_is_left_to_a_person_and_asked_for_once(desk: Desk) -> None:
    item = await desk.schedule("odd")
    desk.network.after["odd"] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers["odd"] = [Receipt("9" * 300, "https://fake.example/odd")]
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.answers["odd"]) == ("needs_review", [])


@pytest.mark.parametrize(
    "said", ["javascript:alert(1)//https://a.example", "data:text/html,x", "None", "", "https://", "https://a.example/" + "x" * 2000]
)
async def test_what_a_site_says_that_is_no_web_address_never_becomes_a_posts_address(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    found = await desk.schedule("found")
    desk.network.after["found"] = [raising(OutcomeUnknown("Timed out."))]
    desk.network.answers["found"] = [Receipt("r1", said)]
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    sent = await desk.schedule("sent")

    async def publish(*_: Any) -> Receipt:
        return Receipt("r2", said)

    monkeypatch.setattr(desk.network, "publish", publish)
    await desk.turn()
    assert [(await desk.published(item))[0]["platform_url"] for item in (found, sent)] == ["https://fake.example/"] * 2


async def test_a_refusal_with_a_nul_in_its_words_fails_like_any_other(desk: Desk) -> None:
    item = await desk.schedule("bad")
    desk.network.before["bad"] = [raising(Rejected("Too\x00 salty.", field="text", rule="salt"))]
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["last_error"]) == ("failed", "Too salty.")


async def test_what_other_hands_took_and_left_is_put_before_a_person_not_sent(desk: Desk) -> None:
    item = await desk.schedule("elsewhere")
    await desk.run("update scheduled_posts set status = 'processing', worker_id = 'theirs' where schedule_item_id = %s", item)
    await desk.turn()
    await desk.turn()
    assert ((await desk.row(item))["status"], desk.network.landed) == ("needs_review", [])
    assert await desk.fetch("select kind from notifications where user_id = %s", desk.cast.bob.id) == [{"kind": "post_unconfirmed"}]


async def test_a_thread_that_broke_off_says_what_is_out(desk: Desk) -> None:
    item = await desk.schedule("thread")
    (claim,) = await claim_due(desk.engine, 1)
    await AttemptLedger(desk.engine, claim).keep(part_0="r0", part_1="r1", sending_part=2)
    desk.clock.advance(desk.engine.pace.lease)
    desk.network.before["thread"] = [raising(Rejected("Too salty.", field="text", rule="salt"))]
    await desk.turn()
    row = await desk.row(item)
    assert row["last_error"] == "Too salty. The first 2 parts of the thread are out; another try goes on behind that."
    async with desk.as_bob() as db:
        told = (await get_post(db, desk.bob, item, now=desk.clock())).timeline
    assert [each.text.partition(":")[0] for each in told if each.kind == "retrying"] == ["Broken off before the next part went out"]


async def test_a_refused_try_is_not_looked_for_when_a_later_one_is_in_doubt(desk: Desk) -> None:
    item = await desk.schedule("again")
    desk.network.before["again"] = [raising(Rejected("No.", field="text", rule="tone"))]
    await desk.turn()
    desk.clock.advance(timedelta(days=7))
    await desk.run("update scheduled_posts set status = 'scheduled', next_retry_at = %s where schedule_item_id = %s", desk.clock(), item)
    desk.network.before["again"] = [raising(OutcomeUnknown("Reset."))]
    sent = desk.clock()
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    assert desk.network.asked_since == [sent]


async def test_what_costs_money_is_the_operators_and_no_fault_of_the_post(desk: Desk) -> None:
    item = await desk.schedule("dear")
    desk.network.uploading["dear"] = [raising(Unpaid("The credits are used up.", wait=3600))]
    await desk.turn()
    row = await desk.row(item)
    assert (row["status"], row["error"]["who"], row["error"]["class"]) == ("scheduled", "call the operator", "quota_exhausted")
