"""Files go for good 30 days after they were deleted, and replaced cards after them; what a post holds never does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from postwright import config
from postwright.db.bootstrap import Dsns
from postwright.db.session import Pool
from postwright.edge.state import State
from postwright.errors import NotFound
from postwright.library.purge import purge_files
from postwright.library.storage import Storage, path_of
from postwright.worker import jobs
from tests.cast import Cast

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LONG_AGO, LATELY = NOW - timedelta(days=31), NOW - timedelta(days=29)
Owner = psycopg.Connection[Any]


@pytest.fixture
def state(worker_pool: Pool, tmp_path: Path) -> State:
    settings = config.load({"POSTWRIGHT_HOME": str(tmp_path)})
    return State(settings, worker_pool, Storage(tmp_path / "media"), lambda: NOW, None, "", b"k" * 32, "test")


class Shelf:
    """The files of the cast's workspace, with their bytes."""

    def __init__(self, db: Owner, state: State, cast: Cast) -> None:
        self.db, self.state, self.cast = db, state, cast

    async def put(self, *, deleted: datetime | None = None, generated: str | None = None, made: datetime = LONG_AGO) -> UUID:
        file = uuid4()
        path = path_of(file, "card.jpg")
        await self.state.storage.put(path, b"bytes", "image/jpeg")
        metadata = json.dumps({"generated": generated} if generated else {})
        self.db.execute(
            "insert into files (id, workspace_id, user_id, path, metadata, created_at, deleted_at) values (%s, %s, %s, %s, %s, %s, %s)",
            (file, self.cast.workspace, self.cast.bob.id, path, metadata, made, deleted),
        )
        return file

    def draft(self, variant: dict[str, Any]) -> None:
        self.db.execute(
            "insert into content_adaptations (workspace_id, user_id, original_idea, adaptations) values (%s, %s, 'An idea', %s)",
            (self.cast.workspace, self.cast.bob.id, json.dumps({"x": variant})),
        )

    def post(self, file: UUID, *, ending: str | None = None) -> None:
        account = self._one(
            """insert into platform_connections (workspace_id, user_id, platform, platform_user_id, environment, access_token)
               values (%s, %s, 'x', %s, 'sandbox', 'sealed') returning id""",
            self.cast.workspace, self.cast.alice.id, str(uuid4()),
        )  # fmt: skip
        post = self._one(
            """insert into scheduled_posts (workspace_id, user_id, platform_connection_id, platform, content, snapshot, scheduled_for)
               values (%s, %s, %s, 'x', 'A post', %s, %s) returning id""",
            self.cast.workspace, self.cast.bob.id, account, json.dumps({"media": [str(file)]}), NOW + timedelta(days=1),
        )  # fmt: skip
        for status in {None: (), "cancelled": ("cancelled",), "completed": ("processing", "completed")}[ending]:
            self.db.execute("update scheduled_posts set status = %s where id = %s", (status, post))

    async def has(self, file: UUID) -> tuple[bool, bool]:
        """Whether its row is there, and whether its bytes are."""
        row = self.db.execute("select count(*) from files where id = %s", (file,)).fetchone()
        try:
            await self.state.storage.find(file)
        except NotFound:
            return bool(row and row[0]), False
        return bool(row and row[0]), True

    def deleted_at(self, file: UUID) -> datetime | None:
        found: datetime | None = self._one("select deleted_at from files where id = %s", file)
        return found

    def _one(self, text: str, *values: object) -> Any:
        row = self.db.execute(text.encode(), values).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def shelf(owner_db: Owner, state: State, cast: Cast) -> Shelf:
    return Shelf(owner_db, state, cast)


async def test_what_was_deleted_long_ago_goes_with_its_bytes_and_only_that(shelf: Shelf) -> None:
    old, young, kept = await shelf.put(deleted=LONG_AGO), await shelf.put(deleted=LATELY), await shelf.put()
    assert await purge_files(shelf.state, NOW) == 1
    assert [await shelf.has(each) for each in (old, young, kept)] == [(False, False), (True, True), (True, True)]
    assert not (shelf.state.storage.root / str(old)[:2] / str(old)).exists()
    assert await purge_files(shelf.state, NOW) == 0


@pytest.mark.parametrize(("ending", "stays"), [(None, True), ("completed", True), ("cancelled", False)])
async def test_what_a_post_holds_stays(shelf: Shelf, ending: str | None, stays: bool) -> None:
    file = await shelf.put(deleted=LONG_AGO)
    shelf.post(file, ending=ending)
    await purge_files(shelf.state, NOW)
    assert await shelf.has(file) == (stays, stays)


async def test_a_replaced_card_leaves_the_library_and_then_the_machine(shelf: Shelf) -> None:
    replaced, shown, undone, posted = [await shelf.put(generated="card_video") for _ in range(4)]
    fresh = await shelf.put(generated="card", made=NOW - timedelta(hours=1))
    brought = await shelf.put()
    shelf.draft({"text": "Hello", "media": [str(shown)], "before": {"text": "Hi", "media": [str(undone).upper()]}})
    shelf.post(posted)
    await purge_files(shelf.state, NOW)
    assert shelf.deleted_at(replaced) == NOW
    assert [shelf.deleted_at(each) for each in (shown, undone, posted, fresh, brought)] == [None] * 5
    assert await shelf.has(replaced) == (True, True)  # 30 days to bring it back
    assert await purge_files(shelf.state, NOW + timedelta(days=31)) >= 1
    assert await shelf.has(replaced) == (False, False)
    assert [await shelf.has(each) for each in (shown, undone, posted, brought)] == [(True, True)] * 4


async def test_bytes_that_cannot_go_keep_their_row_and_hold_nobody_up(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = await shelf.put(deleted=LONG_AGO), await shelf.put(deleted=LONG_AGO)
    forget = shelf.state.storage.forget

    async def refusing(self: Storage, file: UUID) -> None:
        if file == stuck:
            raise PermissionError("not yours")
        await forget(file)

    monkeypatch.setattr(Storage, "forget", refusing)
    assert await purge_files(shelf.state, NOW) == 1
    assert [await shelf.has(each) for each in (stuck, other)] == [(True, True), (False, False)]


async def test_a_row_that_names_another_s_bytes_takes_them_not_along(shelf: Shelf, owner_db: Owner, cast: Cast) -> None:
    """Rows are written by people: what goes is found by the file's id, never by its path."""
    alice_s = await shelf.put()
    owner_db.execute(
        "insert into files (workspace_id, user_id, path, deleted_at) values (%s, %s, %s, %s)",
        (cast.elsewhere, cast.mallory.id, path_of(alice_s, "card.jpg"), LONG_AGO),
    )
    assert await purge_files(shelf.state, NOW) == 1
    assert await shelf.has(alice_s) == (True, True)


def test_the_jobs_do_it_by_themselves(database: Dsns) -> None:
    periodic = jobs.make_app(database.worker).periodic_registry.periodic_tasks.values()
    assert "purge_files" in {each.task.name for each in periodic}
