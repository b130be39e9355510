"""Homes that cannot work: each a message that says what to do, and nothing half-made or lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from postwright import config
from postwright.db import embedded, instance
from postwright.db.binaries import wheel_bin
from postwright.errors import SetupError

KEY = bytes(range(32))
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as another user, and may mount")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


def test_a_file_is_no_home(home: Path):
    home.write_text("hello")
    with pytest.raises(SetupError, match="is a file"):
        embedded.start(home, KEY)
    with pytest.raises(SetupError, match="cannot be a folder"):
        embedded.start(home / "below", KEY)
    assert home.read_text() == "hello"


def test_a_database_without_its_version_is_left_alone(home: Path):
    embedded.start(home, KEY)
    embedded.stop(home)
    (home / "db" / "PG_VERSION").rename(home / "away")
    with pytest.raises(SetupError, match=r"PG_VERSION is missing.*Restore"):
        embedded.start(home, KEY)
    (home / "away").rename(home / "db" / "PG_VERSION")
    embedded.start(home, KEY)


def test_a_database_of_another_version_is_left_alone(home: Path):
    server = embedded.start(home, KEY)
    embedded.stop(home)
    (home / "db" / "PG_VERSION").write_text("14\n")
    with pytest.raises(SetupError, match=rf"made by PostgreSQL 14, this Postwright brings {server.programs.version}"):
        embedded.start(home, KEY)


def test_a_damaged_database_says_where_its_log_is(home: Path):
    embedded.start(home, KEY)
    embedded.stop(home)
    control = home / "db" / "global" / "pg_control"
    control.write_bytes(b"\0" * control.stat().st_size)
    with pytest.raises(SetupError, match=r"does not start: .*postgres\.log"):
        embedded.start(home, KEY)


def test_a_file_where_the_database_should_be(home: Path):
    home.mkdir()
    (home / "db").write_text("")
    with pytest.raises(SetupError, match="is a file: move it away"):
        embedded.start(home, KEY)


def test_a_failed_start_of_a_new_home_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever initdb says, the next try begins afresh."""
    monkeypatch.setattr(embedded, "_init_arguments", lambda *_: ["--no-such-option"])
    with pytest.raises(SetupError, match="making a database"):
        embedded.start(home, KEY)
    assert not list(home.glob("*db*")) or [path.name for path in home.glob("*db*")] == ["db.lock"]
    monkeypatch.undo()
    embedded.start(home, KEY)


@pytest.mark.parametrize("text", ["", "short", "!" * 43])
def test_a_key_that_is_none(home: Path, text: str):
    home.mkdir()
    (home / "instance.key").write_text(text)
    settings = config.load({"POSTWRIGHT_HOME": str(home)})
    with pytest.raises(SetupError, match="Restore it from your backup"):
        instance.instance_key(settings)


@as_root
def test_a_home_that_the_database_user_cannot_enter(home: Path):
    closed = home.parent / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(SetupError, match=rf"cannot enter {closed}.*chmod o\+x"):
        embedded.start(closed / "home", KEY)
    assert closed.stat().st_mode & 0o777 == 0o700  # never ours to change
    assert not (closed / "home" / "db").exists()


@as_root
def test_programs_out_of_its_reach_are_copied_once(home: Path):
    """The environment may lie in root's own folder; the database's user cannot go there."""
    closed = home.parent / "venv"
    closed.mkdir(mode=0o700)
    package = wheel_bin().parent.parent
    place = closed / package.name / wheel_bin().parent.name
    shutil.copytree(wheel_bin().parent, place, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(package.parent / f"{package.name}.libs", closed / f"{package.name}.libs")
    server = embedded.start(home, KEY, bin_dir=place / "bin")
    assert home in server.programs.bin.parents
    with psycopg.connect(server.dsn()) as db:
        db.execute("select 1")
    made = server.programs.bin.stat().st_mtime_ns
    embedded.stop(home)
    assert embedded.start(home, KEY, bin_dir=place / "bin").programs.bin.stat().st_mtime_ns == made


@as_user
def test_a_home_that_is_not_ours_to_write(home: Path):
    home.mkdir(mode=0o500)
    with pytest.raises(SetupError, match="not writable"):
        embedded.start(home, KEY)


@pytest.fixture
def small_disk(home: Path):
    """A file system of 60 MB."""
    home.mkdir(mode=0o711)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m,mode=0711", "none", str(home)], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"this container may not mount a small disk: {mounted.stderr.strip()}")
    yield home
    embedded.stop(home)
    subprocess.run(["umount", "-l", str(home)], check=True)


@as_root
def test_a_disk_too_small_is_told_before_anything_is_made(small_disk: Path):
    with pytest.raises(SetupError, match=r"is full: \d+ MB are free, a new database needs"):
        embedded.start(small_disk, KEY)
    assert not (small_disk / "db").exists()


@as_root
def test_a_disk_that_fills_up_while_the_database_is_made(small_disk: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedded, "require_room", lambda _: None)
    (small_disk / "filler").write_bytes(b"x" * 40_000_000)
    with pytest.raises(SetupError, match=r"the disk of .* is full"):
        embedded.start(small_disk, KEY)
    assert not list(small_disk.glob(".db-*"))
    assert not (small_disk / "db").exists()
    (small_disk / "filler").unlink()


@as_root
def test_a_disk_that_is_full_when_the_database_starts(small_disk: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedded, "require_room", lambda _: None)
    embedded.start(small_disk, KEY)
    embedded.stop(small_disk)
    _fill(small_disk / "filler")
    with pytest.raises(SetupError, match=r"the disk of .* is full"):
        embedded.start(small_disk, KEY)
    (small_disk / "filler").unlink()
    embedded.start(small_disk, KEY)  # nothing was lost


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as filler:
        while True:
            try:
                filler.write(b"x" * 100_000)
            except OSError:
                return
