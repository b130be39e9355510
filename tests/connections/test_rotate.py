"""The sealing keys change while everything runs, and a rotation that is killed in the middle loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from postwright.connections.connect import save_accounts
from postwright.connections.credentials import open_credentials
from postwright.connections.models import Granted
from postwright.connections.rotate import is_mixed, reseal_all
from postwright.db.bootstrap import Dsns
from postwright.db.session import SERVICE, Actor, Pool, transaction
from postwright.errors import SetupError
from postwright.kit import keyring
from postwright.kit.crypto import Box, CannotOpen
from tests.cast import Cast
from tests.connections.desk import Desk

pytestmark = pytest.mark.anyio
KEY = b"k" * 32
Db = psycopg.Connection[Any]


async def fill(api_pool: Pool, cast: Cast, box: Box, clock: Any, count: int) -> list[UUID]:
    alice = Actor("authenticated", cast.alice.id, cast.workspace)
    one = Granted("x", "0", "sandbox", "acme", "Acme", "access-0", "refresh-0", 7200)
    many = [replace(one, platform_user_id=str(n), access_token=f"access-{n}", refresh_token=f"refresh-{n}") for n in range(count)]
    async with transaction(api_pool, alice) as db:
        return await save_accounts(db, alice, many, box, clock)


async def opened(worker_pool: Pool, cast: Cast, ids: list[UUID], box: Box) -> list[str]:
    async with transaction(worker_pool, SERVICE) as db:
        found = [(await open_credentials(db, cast.workspace, each, box))[1] for each in ids]
    return [f"{each.access_token} {each.refresh_token}" for each in found]


async def test_a_running_process_notices_the_new_key_and_seals_with_it(desk: Desk, api_pool: Pool, worker_pool: Pool, cast: Cast) -> None:
    long_held = desk.worker.box
    ids = await fill(api_pool, cast, long_held, desk.clock(), 7)
    before = long_held.mark()
    keyring.add_key(KEY, desk.web.settings.home / "sealing.keys")
    assert long_held.mark() != before
    assert await opened(worker_pool, cast, ids, long_held) == [f"access-{n} refresh-{n}" for n in range(7)]
    assert await is_mixed(worker_pool, long_held)
    done = await reseal_all(worker_pool, long_held, batch=3)
    assert (done.accounts, done.lost) == (7, ())
    assert not await is_mixed(worker_pool, long_held)
    assert await opened(worker_pool, cast, ids, long_held) == [f"access-{n} refresh-{n}" for n in range(7)]


async def test_rotating_heals_no_account_and_fills_no_log(desk: Desk, api_pool: Pool, worker_pool: Pool, cast: Cast, owner_db: Db) -> None:
    await fill(api_pool, cast, desk.worker.box, desk.clock(), 2)
    owner_db.execute("update platform_connections set health = 'reconnect', last_error = 'revoked there'")
    logged = owner_db.execute("select count(*) from audit_log").fetchone()
    keyring.add_key(KEY, desk.web.settings.home / "sealing.keys")
    assert (await reseal_all(worker_pool, desk.worker.box)).accounts == 2
    assert owner_db.execute("select distinct health, last_error from platform_connections").fetchall() == [("reconnect", "revoked there")]
    assert owner_db.execute("select count(*) from audit_log").fetchone() == logged


async def test_what_no_key_opens_is_named_and_stays(desk: Desk, api_pool: Pool, worker_pool: Pool, cast: Cast) -> None:
    (lost,) = await fill(api_pool, cast, Box.from_key(b"o" * 32), desk.clock(), 1)
    done = await reseal_all(worker_pool, desk.worker.box)
    assert (done.accounts, done.lost) == (0, (lost,))


async def test_secrets_of_apps_are_sealed_anew(desk: Desk, worker_pool: Pool, owner_db: Db) -> None:
    sealed = desk.web.box.seal("app secret", "platform_apps:x:")
    owner_db.execute("insert into app.platform_apps (platform, client_id, client_secret) values ('x', 'id', %s)", (sealed,))
    keyring.add_key(KEY, desk.web.settings.home / "sealing.keys")
    assert (await reseal_all(worker_pool, desk.worker.box)).apps == 1
    (now,) = owner_db.execute("select client_secret from app.platform_apps").fetchone() or ("",)
    assert now.startswith(desk.web.box.mark())
    assert desk.web.box.open(now, "platform_apps:x:") == "app secret"


async def test_killed_in_the_middle_everything_opens_and_the_next_run_goes_on(
    desk: Desk, database: Dsns, api_pool: Pool, worker_pool: Pool, cast: Cast, owner_db: Db, tmp_path: Path
) -> None:
    """The command itself, killed with SIGKILL while it holds a batch."""
    ids = await fill(api_pool, cast, Box.from_key(KEY), desk.clock(), 250)
    environ = os.environ | {
        "POSTWRIGHT_HOME": str(tmp_path), "POSTWRIGHT_KEY": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s",
        "DATABASE_URL": database.owner, "DATABASE_API_URL": database.api, "DATABASE_WORKER_URL": database.worker,
    }  # fmt: skip
    with psycopg.connect(database.owner) as holding:
        # The third batch waits for this row: there the process is killed.
        holding.execute("select from platform_connections where id = %s for update", (sorted(ids)[240],))
        process = start(environ)
        await_resealed(owner_db, 200, process)
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL, said
    assert resealed(owner_db) == 200
    box = desk.worker.box
    assert await opened(worker_pool, cast, ids, box) == [f"access-{n} refresh-{n}" for n in range(250)]
    again = start(environ)
    said, _ = again.communicate(timeout=60)
    assert "going on with it" in said
    assert "sealed anew: 50 accounts" in said
    assert not await is_mixed(worker_pool, box)
    assert await opened(worker_pool, cast, ids, box) == [f"access-{n} refresh-{n}" for n in range(250)]


def start(environ: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "postwright.cli.main", "keys", "rotate"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def await_resealed(db: Db, count: int, process: subprocess.Popen[str]) -> None:
    """Until so many are done, or the process has ended, or a minute has passed."""
    deadline = time.monotonic() + 60
    while resealed(db) < count and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)


def resealed(db: Db) -> int:
    """How many accounts no longer stand under the key that all began with."""
    first = Box.from_key(KEY).mark() + "%"
    (found,) = db.execute("select count(*) from platform_connections where access_token not like %s", (first,)).fetchone() or (0,)
    return int(found)


def test_keys_come_from_the_environment_too(tmp_path: Path) -> None:
    first, second = "A" * 42 + "I", "B" * 42 + "I"
    old = keyring.ring_box(KEY, tmp_path / "none", first)
    both = keyring.ring_box(KEY, tmp_path / "none", f"{second},{first}")
    assert both.open(old.seal("t", "c"), "c") == "t"
    assert both.open(Box.from_key(KEY).seal("t", "c"), "c") == "t"
    with pytest.raises(CannotOpen):
        old.open(both.seal("t", "c"), "c")
    with pytest.raises(SetupError):
        keyring.ring_box(KEY, tmp_path / "none", "too short")


def test_old_keys_are_forgotten_on_request(tmp_path: Path) -> None:
    path = tmp_path / "sealing.keys"
    keyring.add_key(KEY, path)
    sealed = keyring.ring_box(KEY, path).seal("t", "c")
    keyring.add_key(KEY, path)
    box = keyring.ring_box(KEY, path)
    assert (path.stat().st_mode & 0o777, box.open(sealed, "c")) == (0o600, "t")
    assert keyring.drop_old(path) == 1
    with pytest.raises(CannotOpen):
        box.open(sealed, "c")
