"""Letters about notices: within the minute, one for all, at least once, and only what somebody wants."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from postwright import config
from postwright.db.session import SERVICE, Actor, Pool, transaction
from postwright.edge.state import State
from postwright.kit.mail import Letter, MailFailed, NoMail
from postwright.library.storage import Storage
from postwright.notices import notify, ways
from postwright.notices.deliver import LEASE, TRIES, deliver
from postwright.notices.models import Kind
from tests.cast import Cast, Person

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


@dataclass
class Post:
    """A mail server of memory. `refuses`: what it says to the next letters."""

    letters: list[Letter] = field(default_factory=list)
    refuses: list[str] = field(default_factory=list)
    sends: bool = True

    async def send(self, letter: Letter) -> None:
        if self.refuses:
            raise MailFailed(self.refuses.pop(0))
        self.letters.append(letter)


@dataclass
class Office:
    state: State
    post: Post
    cast: Cast
    api: Pool
    now: datetime

    async def tell(self, person: Person, title: str = "A post failed", kind: Kind = Kind.POST_FAILED, **how: str) -> None:
        async with transaction(self.state.pool, SERVICE) as db:
            await notify(db, workspace=self.cast.workspace, users=[person.id], kind=kind, title=title, **how)

    async def deliver(self) -> int:
        return await deliver(self.state, now=self.now)

    async def choose(self, person: Person, **wanted: bool) -> list[ways.Way]:
        actor = Actor("authenticated", person.id, self.cast.workspace)
        async with transaction(self.api, actor) as db:
            return await ways.choose(db, actor, {Kind(kind): email for kind, email in wanted.items()})


@pytest.fixture
async def office(api_pool: Pool, worker_pool: Pool, owner_db, cast: Cast, tmp_path: Path) -> Office:
    owner_db.execute("delete from notifications")
    post = Post()
    settings = config.load({"POSTWRIGHT_HOME": str(tmp_path), "POSTWRIGHT_URL": "https://post.example"})
    now = datetime.now(UTC) + timedelta(seconds=1)
    state = State(settings, worker_pool, Storage(tmp_path), lambda: now, None, "", b"k" * 32, "test", post)
    return Office(state, post, cast, api_pool, now)


async def test_twenty_failures_are_one_letter(office: Office):
    for n in range(20):
        await office.tell(office.cast.bob, f"Post {n} failed", link=f"/posts/{n}", incident=f"post:{n}")
    assert await office.deliver() == 1
    (letter,) = office.post.letters
    assert letter.to == office.cast.bob.email
    assert letter.subject == "20 notices from “Acme”"
    assert "Post 0 failed" in letter.text
    assert "https://post.example/posts/19" in letter.text
    assert "https://post.example/settings/notices" in letter.text
    assert await office.deliver() == 0, "once"


async def test_one_notice_says_in_its_subject_what_it_is(office: Office):
    await office.tell(office.cast.bob, "A post failed\r\nBcc: everybody@example.com", body="Too long.\nMend it.")
    await office.deliver()
    (letter,) = office.post.letters
    assert letter.subject == "A post failed Bcc: everybody@example.com"
    assert "Too long. Mend it." in letter.text


async def test_the_same_incident_again_is_no_other_letter_until_it_was_settled(office: Office, owner_db):
    for _ in range(3):
        await office.tell(office.cast.bob, incident="post:1")
        await office.deliver()
    assert len(office.post.letters) == 1
    owner_db.execute("select app.settle_notices(%s, 'post:1')", (office.cast.workspace,))
    await office.tell(office.cast.bob, incident="post:1")
    await office.deliver()
    assert len(office.post.letters) == 2


async def test_what_is_settled_or_read_before_it_went_out_needs_no_letter(office: Office, owner_db):
    await office.tell(office.cast.bob, incident="post:1")
    owner_db.execute("select app.settle_notices(%s, 'post:1')", (office.cast.workspace,))
    assert await office.deliver() == 0
    assert owner_db.execute("select count(*) from notice_deliveries where ended_at is null").fetchone() == (0,)


async def test_a_server_that_refuses_is_asked_again_later(office: Office, owner_db):
    office.post.refuses = ["452 full"]
    await office.tell(office.cast.bob)
    assert await office.deliver() == 0
    assert owner_db.execute("select error, tries from notice_deliveries").fetchone() == ("452 full", 1)
    assert await replace(office, now=office.now + timedelta(seconds=30)).deliver() == 0, "not at once"
    assert await replace(office, now=office.now + 3 * MINUTE).deliver() == 1
    assert len(office.post.letters) == 1


async def test_after_the_last_try_it_is_given_up(office: Office, owner_db):
    office.post.refuses = ["550 no"] * (TRIES + 2)
    await office.tell(office.cast.bob)
    for n in range(TRIES + 2):
        await replace(office, now=office.now + n * timedelta(hours=1)).deliver()
    assert len(office.post.refuses) == 2
    assert owner_db.execute("select sent_at, ended_at is not null from notice_deliveries").fetchone() == (None, True)


async def test_a_worker_that_dies_in_between_costs_a_second_letter_never_the_first(office: Office):
    async def die(letter: Letter) -> None:
        office.post.letters.append(letter)
        raise KeyboardInterrupt  # nothing is written down any more

    await office.tell(office.cast.bob)
    send, office.post.send = office.post.send, die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        await office.deliver()
    office.post.send = send  # type: ignore[method-assign]
    assert await office.deliver() == 0, "while its lease lasts nobody else sends it"
    assert await replace(office, now=office.now + LEASE + timedelta(seconds=1)).deliver() == 1
    assert len(office.post.letters) == 2


async def test_without_a_server_nothing_is_tried_and_old_news_are_not_told_later(office: Office):
    await office.tell(office.cast.bob)
    silent = replace(office, state=replace(office.state, mailer=NoMail()))
    assert await silent.deliver() == 0
    assert await replace(office, now=office.now + timedelta(hours=25)).deliver() == 0
    assert office.post.letters == []


async def test_each_person_and_workspace_has_a_letter_of_its_own(office: Office):
    await office.tell(office.cast.bob)
    await office.tell(office.cast.alice)
    assert await office.deliver() == 2
    assert {each.to for each in office.post.letters} == {office.cast.bob.email, office.cast.alice.email}


async def test_who_has_left_gets_none(office: Office, owner_db):
    await office.tell(office.cast.bob)
    owner_db.execute("update users set is_active = false where id = %s", (office.cast.bob.id,))
    assert await office.deliver() == 0


async def test_people_choose_by_kind(office: Office):
    await office.tell(office.cast.bob, "Ada commented", Kind.COMMENT)
    assert await office.deliver() == 0, "not by e-mail unless asked for"
    chosen = await office.choose(office.cast.bob, comment=True, post_failed=False)
    assert {each.kind: (each.email, each.chosen) for each in chosen}[Kind.COMMENT] == (True, True)
    await office.tell(office.cast.bob, "Ada commented again", Kind.COMMENT)
    await office.tell(office.cast.bob)
    await office.deliver()
    assert [each.subject for each in office.post.letters] == ["Ada commented again"]


async def test_another_s_choice_is_not_theirs(office: Office):
    await office.choose(office.cast.alice, post_failed=False)
    await office.tell(office.cast.bob)
    assert await office.deliver() == 1


async def test_a_sandbox_says_so(office: Office, owner_db):
    owner_db.execute("update workspaces set environment = 'sandbox' where id = %s", (office.cast.workspace,))
    await office.tell(office.cast.bob)
    await office.deliver()
    assert office.post.letters[0].subject.startswith("[Sandbox] ")
    assert "nothing of it left the machine" in office.post.letters[0].text


def test_the_database_mails_the_same_kinds_by_default(owner_db):
    mailed = {kind for kind in Kind if owner_db.execute("select app.mailed_by_default(%s)", (kind,)).fetchone() == (True,)}
    assert mailed == ways.MAILED


def test_every_kind_has_words_for_people():
    assert set(ways.WORDS) == set(Kind)
    assert all(re.fullmatch(r"[A-Z][\w ]+", words) for words in ways.WORDS.values())
