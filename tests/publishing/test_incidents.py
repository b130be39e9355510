"""A failed, unconfirmed or disconnected thing: one notice per incident, one letter, settled when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from postwright.kit.mail import Letter
from postwright.notices.deliver import deliver
from postwright.platforms.errors import OutcomeUnknown, ReauthRequired, Rejected
from postwright.publishing.retry import retry
from tests.publishing.desk import Desk, raising

pytestmark = pytest.mark.anyio


@dataclass
class Post:
    letters: list[Letter] = field(default_factory=list)
    sends: bool = True

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)


async def mail(desk: Desk, post: Post) -> int:
    state = replace(desk.engine.state, mailer=post)
    return await deliver(state, now=datetime.now(UTC) + timedelta(seconds=1))


async def unread(desk: Desk) -> list[str]:
    return [
        each["kind"]
        for each in await desk.fetch(
            "select kind from notifications where read_at is null and kind <> 'invitation_answered' order by kind, title"
        )
    ]


async def test_twenty_posts_that_fail_in_a_minute_are_twenty_notices_and_one_letter(desk: Desk):
    post = Post()
    for n in range(20):
        desk.network.before[f"Bad {n}"] = [raising(Rejected("Too rude.", field="text", rule="spam"))]
        await desk.schedule(f"Bad {n}")
    await desk.turn()
    assert await unread(desk) == ["post_failed"] * 20
    assert await mail(desk, post) == 1
    assert post.letters[0].to == desk.cast.bob.email
    assert await mail(desk, post) == 0


async def test_a_post_that_fails_again_and_again_is_one_incident_and_a_retry_settles_it(desk: Desk):
    post = Post()
    desk.network.before["Bad"] = [raising(Rejected("Too rude.", field="text", rule="spam")) for _ in range(2)]
    item = await desk.schedule("Bad")
    await desk.turn()
    await mail(desk, post)
    async with desk.as_bob() as db:
        await retry(db, desk.bob, item, now=desk.clock())
    assert await unread(desk) == [], "somebody acts: it is settled"
    desk.clock.advance(timedelta(minutes=1))
    await desk.turn()
    assert await unread(desk) == ["post_failed"]


async def test_a_revoked_sign_in_tells_admins_once_and_connecting_again_settles_it(desk: Desk):
    post = Post()
    for n in range(3):
        desk.network.before[f"Post {n}"] = [raising(ReauthRequired("The platform no longer lets the account in."))]
        await desk.schedule(f"Post {n}")
    await desk.turn()
    kinds = await unread(desk)
    assert kinds.count("account_reconnect") == 2, "Alice and Ada, once each"
    await mail(desk, post)
    assert [each.to for each in post.letters].count(desk.cast.alice.email) == 1
    await desk.run("update platform_connections set health = 'healthy' where id = %s", desk.account)
    assert "account_reconnect" not in await unread(desk)


async def test_who_is_told_of_the_account_is_not_told_of_each_of_its_posts(desk: Desk):
    """One incident, one notice: an admin who scheduled the post hears of the account; an editor, of a post that nobody knows of."""
    for author in (desk.cast.ada, desk.cast.bob):
        text = f"By {author.email}"
        desk.network.after[text] = [raising(OutcomeUnknown("Timed out."))]
        desk.network.answers[text] = [ReauthRequired("The platform no longer lets the account in.")]
        item = await desk.schedule(text)
        await desk.run("update scheduled_posts set user_id = %s where schedule_item_id = %s", author.id, item)
    await desk.turn()
    desk.clock.advance(desk.engine.pace.quarantine)
    await desk.turn()
    told = await desk.fetch(
        "select user_id, kind, body from notifications where read_at is null and kind in ('post_unconfirmed', 'account_reconnect')"
    )
    assert [each["kind"] for each in told if each["user_id"] == desk.cast.ada.id] == ["account_reconnect"]
    ours = [(each["kind"], each["body"]) for each in told if each["user_id"] == desk.cast.bob.id]
    said = "We do not know whether this post went out: the account must be connected again before we can ask."
    assert ours == [("post_unconfirmed", f"“By {desk.cast.bob.email}” on X: {said} Look at the account, then say what you see.")]
