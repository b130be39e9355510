"""Backup and restore: database, media and the sandbox's ledger in one tar file.

The dump is the owner's and needs no superuser. Policies name the owner's role, which follows from the
instance key, so a backup comes back only where that key is. No key is ever in the file: its manifest names
the sealing keys by their ids, and a restore asks for them.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from postwright.config import Settings
from postwright.db import instance
from postwright.db.binaries import Programs, require_good, version_of, wheel_bin
from postwright.db.bootstrap import Dsns, connect
from postwright.db.connect import ensure
from postwright.db.home import explained
from postwright.errors import Conflict, InvalidInput
from postwright.kit.keyring import ring_ids

_FORMAT = 1
_A_DAY = 86400.0
_TABLES = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'app', 'procrastinate') order by 1"
_FOLDERS = ("media", "sandbox")


@dataclass(frozen=True, slots=True)
class Saved:
    """What went into a backup or came out of it."""

    tables: int
    files: int
    size: int  # bytes
    keys: tuple[str, ...]  # where the keys are without which no token in it opens


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first member of the file."""

    format: int
    postwright: str
    instance: str
    owner: str
    made_at: str
    rows: dict[str, int]
    sealing_keys: tuple[str, ...] = ()  # their ids


def save(settings: Settings, file: Path) -> Saved:
    """Writes the backup beside its name and renames it: there is never half of one. Safe while Postwright runs."""
    if file.exists():
        raise Conflict(f"{file} exists already: give another name")
    dsns, sealed_by = ensure(settings), _sealing_ids(settings)
    with _scratch(file) as scratch:
        dump = scratch / "database.dump"
        with _snapshot(dsns.direct) as (name, rows):
            _run("pg_dump", dsns.direct, "--format=custom", "--enable-row-security", "--no-owner", f"--snapshot={name}", f"--file={dump}")
        manifest = scratch / "manifest.json"
        manifest.write_text(json.dumps(asdict(_manifest(settings, dsns, rows, sealed_by)), indent=1), encoding="utf-8")
        draft = scratch / "backup.tar"
        files = _pack(draft, [manifest, dump], settings.home, scratch)
        draft.chmod(0o600)
        size = draft.stat().st_size
        draft.replace(file)
    return Saved(len(rows), files, size, _key_places(settings))


def restore(settings: Settings, file: Path, *, without_keys: bool = False) -> Saved:
    """Into a database and a home that hold nothing yet. Checks every count before it calls it done. `without_keys`: also where
    sealing keys are missing, so that accounts must be connected again."""
    if not file.is_file():
        raise InvalidInput(f"there is no backup {file}", field="file", rule="exists")
    with _scratch(settings.home / "x") as scratch:
        try:
            with tarfile.open(file) as box:
                box.extractall(scratch, filter="data")
            manifest = Manifest(**json.loads((scratch / "manifest.json").read_text(encoding="utf-8")))
        except (tarfile.TarError, OSError, ValueError, TypeError) as error:
            raise InvalidInput(f"{file} is not a whole backup of Postwright ({error})", field="file", rule="format") from error
        _require_same_instance(settings, manifest, file)
        if not without_keys:
            _require_sealing_keys(settings, manifest, file)
        dsns = ensure(settings)
        _require_empty(settings, dsns)
        how = ["--no-owner", "--enable-row-security", "--exit-on-error", "--single-transaction"]
        _run("pg_restore", dsns.direct, *how, str(scratch / "database.dump"))
        with connect(dsns.direct) as db:
            db.execute("select app.settle_events()")  # their order was told by the other server's transactions
        rows = count_rows(dsns.direct)
        if rows != manifest.rows:
            wrong = sorted(name for name in rows.keys() | manifest.rows.keys() if rows.get(name) != manifest.rows.get(name))
            raise Conflict(f"the restored database differs from the backup in {', '.join(wrong)}")
        files = _put_back(scratch, settings.home)
    return Saved(len(rows), files, file.stat().st_size, _key_places(settings))


def count_rows(dsn: str) -> dict[str, int]:
    """Rows per table, as the owner sees them."""
    with _snapshot(dsn) as (_, rows):
        return rows


@contextmanager
def _snapshot(dsn: str) -> Iterator[tuple[str, dict[str, int]]]:
    """The name of a state of the database that holds still, for pg_dump, and its rows per table: others write on meanwhile."""
    with connect(dsn) as db:
        db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with db.transaction():
            name = str(_one(db, "select pg_export_snapshot()"))
            tables = [str(row[0]) for row in db.execute(_TABLES)]
            yield name, {table: int(_one(db, f"select count(*) from {table}")) for table in tables}


def _one(db: psycopg.Connection[Any], text: str) -> Any:
    row = db.execute(text.encode()).fetchone()
    return row[0] if row else None


def _manifest(settings: Settings, dsns: Dsns, rows: dict[str, int], sealed_by: tuple[str, ...]) -> Manifest:
    """`sealed_by`: the sealing keys before the dump. Whoever rotates them meanwhile leaves tokens under any of before and after."""
    mine = instance.instance_id(instance.instance_key(settings))
    with connect(dsns.direct) as db:
        owner = str(db.info.user)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    keys = tuple(dict.fromkeys((*_sealing_ids(settings), *sealed_by)))
    return Manifest(_FORMAT, version("postwright"), mine, owner, made_at, rows, keys)


def _sealing_ids(settings: Settings) -> tuple[str, ...]:
    return ring_ids(settings.sealing_file, settings.sealing_keys)


def _key_places(settings: Settings) -> tuple[str, ...]:
    """The instance key's, and the ring's once there is one."""
    first = "POSTWRIGHT_KEY" if settings.key else str(settings.home / "instance.key")
    ring = "POSTWRIGHT_SEALING_KEYS" if settings.sealing_keys else str(settings.sealing_file)
    return (first, ring) if _sealing_ids(settings) else (first,)


def _require_same_instance(settings: Settings, manifest: Manifest, file: Path) -> None:
    if manifest.format != _FORMAT:
        raise InvalidInput(
            f"{file} was made by Postwright {manifest.postwright}: restore it with that or a newer version", field="file", rule="format"
        )
    mine = instance.instance_id(instance.instance_key(settings))
    if mine != manifest.instance:
        raise InvalidInput(
            f"{file} belongs to installation {manifest.instance}, this home is {mine}. Put the instance.key that was kept with it into "
            f"{settings.home} (or into POSTWRIGHT_KEY) and restore again",
            field="file",
            rule="instance_key",
        )


def _require_sealing_keys(settings: Settings, manifest: Manifest, file: Path) -> None:
    """Before anything is changed: tokens that no key opens are found out only when a post is to go out."""
    here = _sealing_ids(settings)
    missing = [each for each in manifest.sealing_keys if each not in here]
    if missing:
        raise InvalidInput(
            f"{file} holds tokens under sealing keys that this home lacks: {', '.join(missing)}. Put the sealing.keys that was kept with "
            f"it into {settings.home} (or its keys into POSTWRIGHT_SEALING_KEYS) and restore again. If they are lost, restore with "
            "--without-keys and connect every account again that asks for it",
            field="sealing_keys",
            rule="sealing_keys",
        )


def _require_empty(settings: Settings, dsns: Dsns) -> None:
    with connect(dsns.direct) as db:
        row = db.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')").fetchone()
    if row and row[0]:
        raise Conflict(
            f"the database already holds {row[0]} tables: restore into a new POSTWRIGHT_HOME or an empty DATABASE_URL; nothing was changed"
        )
    full = [name for name in _FOLDERS if any((settings.home / name).glob("*"))]
    if full:
        raise Conflict(f"{settings.home} already holds {' and '.join(full)}: restore into a new POSTWRIGHT_HOME; nothing was changed")


def _pack(draft: Path, first: list[Path], home: Path, scratch: Path) -> int:
    count = 0
    with tarfile.open(draft, "w") as box:
        for path in first:
            box.add(path, path.name)
        for folder in _FOLDERS:
            for path in sorted((home / folder).rglob("*")):
                if path.is_file() and not path.is_symlink() and not path.name.endswith(("-wal", "-shm", "-journal")):
                    with suppress(FileNotFoundError):  # purged while we pack
                        box.add(_at_rest(path, scratch), str(path.relative_to(home)))
                        count += 1
    return count


def _at_rest(path: Path, scratch: Path) -> Path:
    """The file, or of an SQLite database a copy of one moment: its pages and its log are never of the same one while it is written."""
    if path.suffix != ".sqlite3":
        return path
    copy = scratch / path.name
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _put_back(scratch: Path, home: Path) -> int:
    count = 0
    for folder in _FOLDERS:
        if (scratch / folder).is_dir():
            count += sum(1 for path in (scratch / folder).rglob("*") if path.is_file())
            shutil.copytree(scratch / folder, home / folder, dirs_exist_ok=True)
    return count


def _run(name: str, dsn: str, *args: str) -> None:
    """A client program, as we are (only the server needs a user of its own); the password stays out of its command line."""
    parts = conninfo_to_dict(dsn)
    secret = str(parts.pop("password", "") or "")
    tools = Programs(wheel_bin(), version_of(wheel_bin()))
    answer = tools.run(
        name,
        f"--dbname={make_conninfo(**{name: str(value) for name, value in parts.items()})}",
        *args,
        environ={"PGPASSWORD": secret} if secret else None,
        timeout=_A_DAY,
    )
    require_good(answer, name)


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A private folder on the disk where the result will lie."""
    with explained(beside.parent):
        beside.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=beside.parent, prefix=".postwright-") as name:
            os.chmod(name, 0o700)
            yield Path(name)
