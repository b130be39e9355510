"""One command saves everything, one brings it back whole, or neither changes anything."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from postwright import config
from postwright.config import Settings
from postwright.db import backup, embedded
from postwright.db.backup import restore, save
from postwright.db.check import catalogue
from postwright.db.connect import dsns, ensure
from postwright.db.instance import instance_key
from postwright.db.migrate import migrate
from postwright.errors import Conflict, InvalidInput
from postwright.kit.keyring import add_key, ring_box
from tests.cast import gather


@pytest.fixture
def saved(home: Path) -> tuple[Settings, Path]:
    """A home with people and a picture, and its backup."""
    settings = _settings(home)
    reach = ensure(settings)
    migrate(reach.direct)
    with psycopg.connect(reach.owner, autocommit=True) as db:
        gather(db)
    (home / "media" / "ab").mkdir(parents=True)
    (home / "media" / "ab" / "picture.png").write_bytes(b"\x89PNG picture")
    file = home.parent / "saved now.tar"
    report = save(settings, file)
    assert (report.files, report.size) == (1, file.stat().st_size)
    assert file.stat().st_mode & 0o077 == 0
    return settings, file


@pytest.fixture
def other(home: Path):
    """An empty home that knows the same key."""
    place = home.parent / "other home"
    place.mkdir(mode=0o711)
    yield _settings(place)
    embedded.stop(place)


def test_comes_back_whole_in_an_empty_home(saved: tuple[Settings, Path], other: Settings):
    settings, file = saved
    shutil.copy(settings.home / "instance.key", other.home)
    report = restore(other, file)
    assert report.files == 1
    assert (other.home / "media" / "ab" / "picture.png").read_bytes() == b"\x89PNG picture"
    assert _contents(other) == _contents(settings)
    assert _plain(catalogue(dsns(settings).owner)) == _plain(catalogue(dsns(other).owner))  # policies, rights and triggers too
    assert migrate(dsns(other).direct) == []


def test_not_over_anything(saved: tuple[Settings, Path]):
    settings, file = saved
    before = _contents(settings)
    with pytest.raises(Conflict, match="already holds"):
        restore(settings, file)
    with pytest.raises(Conflict, match="exists already"):
        save(settings, file)
    assert _contents(settings) == before


def test_not_under_another_key(saved: tuple[Settings, Path], other: Settings):
    with pytest.raises(InvalidInput, match=r"instance\.key that was kept with it"):
        restore(other, saved[1])
    assert not (other.home / "db").exists()


def test_says_which_keys_to_keep_and_holds_none(saved: tuple[Settings, Path]):
    settings, file = saved
    assert _closing_words(settings, file.parent / "before.tar") == f"Keep {settings.home / 'instance.key'} too, in another place"
    add_key(instance_key(settings), settings.sealing_file)
    words = _closing_words(settings, file.parent / "after.tar")
    assert words == f"Keep {settings.home / 'instance.key'} and {settings.sealing_file} too, in another place"
    raw = (file.parent / "after.tar").read_bytes()
    assert settings.sealing_file.read_bytes().strip() not in raw
    assert (settings.home / "instance.key").read_bytes().strip() not in raw


def test_not_without_the_sealing_keys_unless_they_are_lost(saved: tuple[Settings, Path], other: Settings):
    settings, file = saved[0], saved[1].parent / "sealed.tar"
    name = add_key(instance_key(settings), settings.sealing_file)
    save(settings, file)
    shutil.copy(settings.home / "instance.key", other.home)
    add_key(instance_key(settings), other.sealing_file)  # a ring, but not the one
    with pytest.raises(InvalidInput, match=name) as refused:
        restore(other, file)
    assert (refused.value.field, refused.value.rule) == ("sealing_keys", "sealing_keys")
    assert not (other.home / "db").exists()
    assert restore(other, file, without_keys=True).files == 1


def test_with_the_sealing_keys_a_token_opens_where_it_is_restored(saved: tuple[Settings, Path], other: Settings):
    settings, file = saved[0], saved[1].parent / "sealed.tar"
    key = instance_key(settings)
    add_key(key, settings.sealing_file)
    sealed = ring_box(key, settings.sealing_file).seal("token", "account")
    save(settings, file)
    shutil.copy(settings.home / "instance.key", other.home)
    given = replace(other, sealing_keys=settings.sealing_file.read_text().strip())  # by the environment: as good as the file
    restore(given, file)
    assert ring_box(key, given.sealing_file, given.sealing_keys).open(sealed, "account") == "token"


def test_of_a_database_that_is_written_meanwhile(home: Path, other: Settings, monkeypatch: pytest.MonkeyPatch):
    settings = _settings(home)
    reach = ensure(settings)
    migrate(reach.direct)
    dump = backup._run

    def while_others_write(*args: str) -> None:
        with psycopg.connect(reach.owner, autocommit=True) as db:
            gather(db)
        dump(*args)

    monkeypatch.setattr(backup, "_run", while_others_write)
    save(settings, home.parent / "busy.tar")
    monkeypatch.undo()
    shutil.copy(settings.home / "instance.key", other.home)
    restore(other, home.parent / "busy.tar")
    with psycopg.connect(dsns(other).owner) as db:
        assert db.execute("select count(*) from users").fetchone() == (0,)


def test_files_that_go_or_are_written_meanwhile(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "media").mkdir(parents=True)
    (home / "sandbox").mkdir()
    for name in ("goes.png", "stays.png"):
        (home / "media" / name).write_bytes(b"picture")
    with closing(sqlite3.connect(home / "sandbox" / "ledger.sqlite3")) as ledger:
        ledger.execute("pragma journal_mode = wal")
        ledger.execute("create table posts as select 7 as n")
        ledger.commit()
        at_rest = backup._at_rest

        def vanishing(path: Path, scratch: Path) -> Path:
            (home / "media" / "goes.png").unlink(missing_ok=True)
            return at_rest(path, scratch)

        monkeypatch.setattr(backup, "_at_rest", vanishing)
        assert backup._pack(tmp_path / "box.tar", [], home, tmp_path) == 2
    with tarfile.open(tmp_path / "box.tar") as box:
        assert box.getnames() == ["media/stays.png", "sandbox/ledger.sqlite3"]
        box.extractall(tmp_path / "out", filter="data")
    with closing(sqlite3.connect(tmp_path / "out" / "sandbox" / "ledger.sqlite3")) as ledger:
        assert ledger.execute("select n from posts").fetchone() == (7,)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "missing"])
def test_not_from_half_a_file(saved: tuple[Settings, Path], other: Settings, damage: str):
    settings, file = saved
    shutil.copy(settings.home / "instance.key", other.home)
    whole = file.read_bytes()
    {
        "cut": lambda: file.write_bytes(whole[: len(whole) // 2]),
        "empty": lambda: file.write_bytes(b""),
        "text": lambda: file.write_text("a letter"),
        "missing": file.unlink,
    }[damage]()
    with pytest.raises(InvalidInput, match=r"not a whole backup|there is no backup"):
        restore(other, file)
    assert not (other.home / "db").exists()


def _plain(lines: set[str]) -> set[str]:
    """PostgreSQL prints a list of varchars with other casts once it has read its own print."""
    return {re.sub(r"::(character varying|text)(\[\])?|[()]", "", line) for line in lines}


def _closing_words(settings: Settings, file: Path) -> str:
    """What `postwright db backup` says last, up to the reason."""
    environ = os.environ | {"POSTWRIGHT_HOME": str(settings.home)}
    command = [sys.executable, "-m", "postwright.cli.main", "db", "backup", str(file)]
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    return said.splitlines()[-1].partition(":")[0]


def _settings(home: Path) -> Settings:
    return config.load({"POSTWRIGHT_HOME": str(home)})


def _contents(settings: Settings) -> dict[str, str]:
    """A checksum of every table's rows."""
    with psycopg.connect(dsns(settings).owner) as db:
        tables = [
            row[0] for row in db.execute("select format('%%I.%%I', schemaname, tablename) from pg_tables where schemaname = 'public'", ())
        ]
        return {
            table: sha256(str(db.execute(f"select t::text from {table} t order by 1".encode()).fetchall()).encode()).hexdigest()
            for table in tables
        }
