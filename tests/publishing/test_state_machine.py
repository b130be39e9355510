"""The life of a post, by hypothesis: people and platforms do what they like in any order, and a model says what must hold."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, precondition, rule, run_state_machine_as_test

from postwright.db.bootstrap import Dsns
from postwright.db.session import open_pool
from postwright.errors import Conflict, PostwrightError
from postwright.platforms.errors import OutcomeUnknown, QuotaExhausted, ReauthRequired, Rejected, Transient
from postwright.publishing import decide, outcome, pause, store
from postwright.publishing.cancel import cancel
from postwright.publishing.claim import claim_due
from postwright.publishing.commit import commit
from postwright.publishing.dismiss import dismiss
from postwright.publishing.edit import edit_post, hold_post
from postwright.publishing.ledger import AttemptLedger, LeaseLost
from postwright.publishing.retry import retry
from tests.cast import gather
from tests.publishing.desk import NOON, Desk, open_desk, raising

# What a turn of the publisher may make of a post, by where it stood before.
_BY_PUBLISHER = {
    "scheduled": {"scheduled", "processing", "completed", "failed", "needs_review"},
    "processing": {"processing", "scheduled", "completed", "failed", "needs_review"},
    "needs_review": {"needs_review", "processing"}, "completed": {"completed"}, "failed": {"failed"}, "cancelled": {"cancelled"},
}  # fmt: skip
_HELD = "select status, fence, worker_id, error, lease_expires_at from scheduled_posts where id = %s"
TROUBLE = ("none", "refused", "busy", "quota", "sign_in", "lost_after", "lost_before", "blind", "unasked")


@dataclass
class Model:
    """What we know of one post without asking the product."""

    text: str
    item: UUID
    status: str = "scheduled"
    approved: bool = True
    due: Any = NOON
    seen: list[str] = field(default_factory=list)
    gone: bool = False  # given up by somebody who did not look: it may be out all the same


class Life(RuleBasedStateMachine):
    """One workspace; each post has words of its own, so that the network knows how often it landed."""

    desk: ClassVar[Desk]
    runner: ClassVar[asyncio.Runner]
    numbers: ClassVar[Iterator[int]]
    posts = Bundle("posts")

    def __init__(self) -> None:
        super().__init__()
        self.models: list[Model] = []
        self.desk.clock.fixed = NOON
        self.do(self.desk.run("delete from scheduled_posts"))
        self.do(self.desk.run("delete from rate_budgets"))
        self.do(self.desk.run("update platform_connections set health = 'healthy', paused_at = null"))
        self.do(self.desk.run("delete from publishing_pauses"))
        self.desk.network.landed.clear()
        self.frozen: list[tuple[AttemptLedger, Any]] = []

    def do(self, what: Any) -> Any:
        return self.runner.run(what)

    # people

    @rule(target=posts, trouble=st.sampled_from(TROUBLE), times=st.integers(1, 3), approval=st.booleans(), later=st.booleans())
    def schedule(self, trouble: str, times: int, approval: bool, later: bool) -> Any:
        if len(self.models) >= 6:
            return multiple()
        text = f"post {next(self.numbers)}"
        self._prepare(text, trouble, times)
        due = self.desk.clock() + timedelta(minutes=2) if later else self.desk.clock()
        if not later and self._is_paused():
            with pytest.raises(Conflict, match="paused"):
                self.do(self.desk.schedule(text))
            return multiple()
        item = self.do(self.desk.schedule(text, "slot" if later else "now", due if later else None))
        if approval:
            self.do(self.desk.run("update scheduled_posts set requires_approval = true where schedule_item_id = %s", item))
        made = Model(text, item, approved=not approval, due=due)
        self.models.append(made)
        return made

    @rule(post=posts)
    def approve(self, post: Model) -> None:
        self.do(
            self.desk.run("update scheduled_posts set approved_at = now() where schedule_item_id = %s and status = 'scheduled'", post.item)
        )
        post.approved = post.approved or post.status == "scheduled"

    @rule(post=posts)
    def cancel(self, post: Model) -> None:
        allowed = post.status in {"scheduled", "cancelled"}
        assert self._ask(cancel, post) is allowed
        post.status = "cancelled" if allowed else post.status

    @rule(post=posts)
    def retry(self, post: Model) -> None:
        done = self._ask(retry, post)
        assert done is False or post.status == "failed"
        if done:
            post.status = "scheduled"

    @rule(post=posts)
    def decide(self, post: Model) -> None:
        """As somebody does who looked at the account."""
        there = next((i for i, text in self.desk.network.landed if text == post.text), None)
        if there is not None:
            done = self._ask(decide.landed, post, f"https://x.com/acme/status/{900_000 + int(there[1:])}")
            becomes = "completed"
        else:
            done = self._ask(decide.send_again, post)
            becomes = "scheduled"
        assert done is (post.status == "needs_review")
        post.status = becomes if done else post.status

    @rule(post=posts)
    def give_up(self, post: Model) -> None:
        """Without a look: it counts as failed, and may be out."""
        done = self._ask(decide.give_up, post)
        assert done is (post.status == "needs_review")
        if done:
            post.status, post.gone = "failed", True

    @rule(post=posts)
    def dismiss(self, post: Model) -> None:
        done = self._ask(dismiss, post)
        assert done is False or post.status in {"failed", "cancelled"}
        if done:
            post.status = "cancelled"

    @rule(post=posts, minutes=st.sampled_from((0, 1, 10)))
    def new_time(self, post: Model, minutes: int) -> None:
        """Publish now, or at another time: an overdue one too. Whoever is past that keeps its place."""
        when: Any = self.desk.clock() + timedelta(minutes=minutes) if minutes else "now"
        if when == "now" and self._is_paused():
            with pytest.raises(Conflict, match="paused"):
                self.do(self._commit(post, when))
        else:
            self.do(self._commit(post, when))
        self._observe()

    @rule(post=posts)
    def edit(self, post: Model) -> None:
        """Before it is sent it says the new words and no others."""
        words = f"post {next(self.numbers)}"
        done = self.do(self._edit(post, words))
        assert done is (post.status in {"scheduled", "failed"})
        if done:
            post.text = words
            post.approved = post.approved and not self._needs_approval(post)

    @rule(by_account=st.booleans())
    def pause(self, by_account: bool) -> None:
        if by_account:
            self.do(self.desk.run("update platform_connections set paused_at = %s", self.desk.clock()))
        else:
            self._try(pause.pause, "A storm.")

    @rule()
    def resume(self) -> None:
        self.do(self.desk.run("update platform_connections set paused_at = null"))
        self._try(pause.resume)

    # time and the publisher

    @rule(seconds=st.sampled_from((0.3, 2, 5, 60, 240)))
    def time_passes(self, seconds: float) -> None:
        self.desk.clock.advance(timedelta(seconds=seconds))

    @rule()
    def reconnect(self) -> None:
        self.do(self.desk.run("update platform_connections set health = 'healthy'"))

    @rule()
    def turn(self) -> None:
        self.do(self.desk.turn())
        self._observe()

    @rule()
    def publishers_ask_where_an_account_is_back(self) -> None:
        before = {each.item: each.status for each in self.models}
        healthy = self.do(self.desk.fetch("select 1 from platform_connections where health = 'healthy'"))
        self.do(self._ask_after_sign_in())
        self._observe()
        for each in self.models:
            assert each.status == before[each.item] or healthy, "nothing is taken up while the account is gone"

    @rule(phase=st.sampled_from(("claimed", "uploading", "sending", "landed")))
    def a_publisher_dies(self, phase: str) -> None:
        """With a post in its hands, in that phase."""
        for claim in self.do(claim_due(self.desk.other_worker("doomed"), 1)):
            ledger = AttemptLedger(self.desk.other_worker("doomed"), claim)
            if phase != "claimed":
                self.do(ledger.keep(container="c"))
            if phase in {"sending", "landed"}:
                self.do(ledger.enter("sending"))
            if phase == "landed":
                self.desk.network.land(claim.content)
        self._observe()

    @rule(phase=st.sampled_from(("claimed", "uploading", "sending")))
    def a_publisher_freezes(self, phase: str) -> None:
        """With a post in its hands; it wakes when others have long taken over."""
        engine = self.desk.other_worker(f"frozen-{next(self.numbers)}")
        for claim in self.do(claim_due(engine, 1)):
            ledger = AttemptLedger(engine, claim)
            if phase == "uploading":
                self.do(ledger.keep(container="c"))
            if phase == "sending":
                self.do(ledger.enter("sending"))
            self.frozen.append((ledger, claim))
        self._observe()

    @precondition(lambda self: self.frozen)
    @rule()
    def a_frozen_publisher_wakes(self) -> None:
        """It writes with the fence of then: what it says counts only while the post is still its own."""
        ledger, claim = self.frozen.pop(0)
        (before,) = self.do(self.desk.fetch(_HELD, claim.id))
        own = before["fence"] == claim.fence and before["status"] == "processing"
        lost = self.do(self._is_lost(ledger.keep(late="word")))
        assert lost is not own, "an old fence writes nothing, a good one does"
        settled = self.do(self._settle_late(claim))
        assert settled is (before["fence"] == claim.fence)
        (after,) = self.do(self.desk.fetch(_HELD, claim.id))
        if not settled:
            assert after == before
        self._observe()

    # what must hold

    @invariant()
    def rows_tell_the_truth(self) -> None:
        rows = self._rows()
        for each in self.models:
            row, there = rows[each.item], self.desk.network.count(each.text)
            assert there <= 1, f"{each.text} is out twice: {each.seen}"
            assert row["status"] == each.status, each.seen
            assert (row["status"] == "completed") <= (there == 1), "what is called published is there"
            assert (row["status"] in {"cancelled", "failed"} and not each.gone) <= (there == 0), "what is called failed or canceled is not"
            assert (row["worker_id"] is not None) <= (row["status"] == "processing")
            assert row["still_open"] == (row["status"] == "processing"), "an open try means that it is under way, and the other way round"
            assert row["numbers"] == list(range(1, len(row["numbers"]) + 1))
            if not each.approved:
                assert (row["status"] in {"scheduled", "cancelled"}, row["numbers"]) == (True, []), (
                    "nothing is tried before it was approved"
                )

    def teardown(self) -> None:
        """Left to itself and to a person who looks, every post comes to its end."""
        if not self.models:
            return
        for _ in range(25):
            self.do(self.desk.run("update scheduled_posts set approved_at = coalesce(approved_at, now()) where status = 'scheduled'"))
            for each in self.models:
                each.approved = True
            self.reconnect()
            self.resume()
            self.desk.clock.advance(timedelta(minutes=2))
            self.turn()
            for each in self.models:
                if each.status == "needs_review":
                    self.decide(each)
            if all(each.status in {"completed", "failed", "cancelled"} for each in self.models):
                break
        self.do(self._hold_late())
        left = [each for each in self.models if each.status not in {"completed", "failed", "cancelled"}]
        overdue = [each for each in left if (self._rows()[each.item]["error"] or {}).get("class") == "overdue"]
        assert left == overdue, [(each.text, each.status, each.seen) for each in left]
        self.rows_tell_the_truth()

    # hands

    def _observe(self) -> None:
        rows = self._rows() if self.models else {}
        for each in self.models:
            now = rows[each.item]["status"]
            assert now in _BY_PUBLISHER[each.status], f"{each.status} became {now}"
            each.seen.append(now)
            each.status = now

    def _ask(self, verb: Any, post: Model, *more: Any) -> bool:
        """Whether the verb was let through."""

        async def ask() -> bool:
            try:
                async with self.desk.as_bob() as db:
                    await verb(db, self.desk.bob, post.item, *more, now=self.desk.clock())
            except PostwrightError:
                return False
            return True

        return bool(self.do(ask()))

    def _try(self, verb: Any, *more: Any) -> bool:
        async def ask() -> bool:
            try:
                async with self.desk.as_bob() as db:
                    await verb(db, self.desk.bob, *more, now=self.desk.clock())
            except PostwrightError:
                return False
            return True

        return bool(self.do(ask()))

    def _is_paused(self) -> bool:
        return bool(self.do(self.desk.fetch("select 1 from publishing_pauses where ended_at is null")))

    async def _commit(self, post: Model, when: Any) -> None:
        async with self.desk.as_bob() as db:
            await commit(db, self.desk.bob, [post.item], now=self.desk.clock(), when=when)

    async def _edit(self, post: Model, words: str) -> bool:
        try:
            async with self.desk.as_bob() as db:
                await edit_post(db, self.desk.bob, await hold_post(db, self.desk.bob, post.item), {"text": words})
        except PostwrightError:
            return False
        return True

    def _needs_approval(self, post: Model) -> bool:
        (row,) = self.do(self.desk.fetch("select requires_approval from scheduled_posts where schedule_item_id = %s", post.item))
        return bool(row["requires_approval"])

    async def _is_lost(self, writing: Any) -> bool:
        try:
            await writing
        except LeaseLost:
            return True
        return False

    async def _settle_late(self, claim: Any) -> bool:
        engine = self.desk.engine
        async with engine.transaction() as db:
            return await store.settle(db, claim, outcome.unknown(OutcomeUnknown("It woke."), engine.pace, engine.now()), engine.now())

    async def _ask_after_sign_in(self) -> None:
        async with self.desk.service() as db:
            await store.ask_after_sign_in(db, now=self.desk.clock(), rule=outcome.SIGNED_OUT)

    async def _hold_late(self) -> None:
        async with self.desk.service() as db:
            await store.mark_overdue(db, now=self.desk.clock(), error={"class": "overdue", "message": "held"})
            await store.adopt_confirmed(db)

    def _rows(self) -> dict[UUID, dict[str, Any]]:
        found = self.do(
            self.desk.fetch(
                "select s.schedule_item_id, s.status, s.worker_id, s.error, count(a.id) filter (where a.finished_at is null) as still_open,"
                " coalesce(array_agg(a.number order by a.number) filter (where a.id is not null), '{}') as numbers"
                " from scheduled_posts s left join publish_attempts a on a.scheduled_post_id = s.id group by s.id"
            )
        )
        return {each["schedule_item_id"]: each for each in found}

    def _prepare(self, text: str, trouble: str, times: int) -> None:
        network = self.desk.network
        match trouble:
            case "refused":
                network.before[text] = [raising(Rejected("No.", field="text", rule="tone"))]
            case "busy":
                network.uploading[text] = [raising(Transient("Busy.")) for _ in range(times)]
            case "quota":
                network.uploading[text] = [raising(QuotaExhausted("Full.", until=self.desk.clock() + timedelta(minutes=times)))]
            case "sign_in":
                network.uploading[text] = [raising(ReauthRequired("Gone."))]
            case "lost_after":
                network.after[text] = [raising(OutcomeUnknown("Timed out."))]
            case "lost_before":
                network.before[text] = [raising(OutcomeUnknown("Reset.")) for _ in range(times)]
            case "unasked":
                network.after[text] = [raising(OutcomeUnknown("Timed out."))]
                network.answers[text] = [ReauthRequired("Gone.")]
            case "blind":
                network.after[text] = [raising(OutcomeUnknown("Timed out."))]
                network.answers[text] = [OutcomeUnknown("No listing.") for _ in range(10)]


# So many lives, each another one in every run, instead of the few that are always the same: for a long look by hand.
RANDOM = int(os.environ.get("POSTWRIGHT_RANDOM_LIVES", "0"))


@pytest.mark.timeout(3600 if RANDOM else 240)
def test_whatever_happens_no_post_is_doubled_lost_or_misreported(database: Dsns, owner_db: psycopg.Connection[Any], tmp_path: Path) -> None:
    people = gather(owner_db)
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as home:
        stack = AsyncExitStack()

        async def opened() -> Desk:
            api = await stack.enter_async_context(open_pool(database.api, size=2))
            worker = await stack.enter_async_context(open_pool(database.worker, size=2))
            return await stack.enter_async_context(open_desk(database, api, worker, people, Path(home)))

        Life.desk, Life.runner, Life.numbers = runner.run(opened()), runner, iter(range(1, 1_000_000))
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                Life,
                settings=settings(
                    max_examples=RANDOM or 24,
                    stateful_step_count=40 if RANDOM else 20,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                    derandomize=not RANDOM,
                ),
            )
        finally:
            runner.run(stack.aclose())
