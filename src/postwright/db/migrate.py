"""Forward-only migrations: plain SQL files, each in one transaction, each applied once.

The ledger `public.schema_versions` keeps name and sha256 of every applied file; a file that changed
or vanished after it was applied is refused. Procrastinate's packaged SQL goes into a schema of its
own and is kept in the same ledger as `procrastinate/<file>`; its files are its package's to change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg

from postwright.db.bootstrap import connect
from postwright.errors import SetupError

Connection = psycopg.Connection[Any]

_LOCK = 0x706F737477726967  # "postwrig": one migration at a time per database
_QUEUE = "procrastinate/"

_LEDGER = """
create table public.schema_versions (
    version text primary key,
    applied_at timestamptz not null default now(),
    checksum text not null default ''
);
comment on table public.schema_versions is 'The migration files that were applied, each with its sha256 (empty: noted by hand).';
alter table public.schema_versions enable row level security;
alter table public.schema_versions force row level security;
create policy schema_versions_owner on public.schema_versions to current_user using (true) with check (true);
create policy schema_versions_service on public.schema_versions for select to service_role using (true);
create policy schema_versions_read on public.schema_versions for select to authenticated using (true);
revoke all on public.schema_versions from public, anon, authenticated, service_role;
grant select on public.schema_versions to authenticated, service_role;
"""

# Its functions name each other and their tables without a schema.
_QUEUE_RIGHTS = """
do $$
declare
    routine regprocedure;
begin
    for routine in select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'procrastinate'::regnamespace loop
        execute format('alter function %s set search_path = procrastinate, pg_temp', routine);
        execute format('revoke execute on function %s from public', routine);
        execute format('grant execute on function %s to service_role', routine);
    end loop;
end $$;
revoke all on schema procrastinate from public;
grant usage on schema procrastinate to service_role;
grant select, insert, update, delete on all tables in schema procrastinate to service_role;
grant usage, select on all sequences in schema procrastinate to service_role;
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One file."""

    version: str
    text: str

    @property
    def checksum(self) -> str:
        """sha256 of the file, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(dsn_owner: str, directory: Path | None = None) -> list[str]:
    """Brings the database up to date and returns the names of the files it applied, in order.

    Others who migrate the same database at the same time wait and then find nothing to do.
    """
    steps = read_steps(directory or sql_folder("migrations"))
    with connect(dsn_owner) as db, _alone(db):
        applied = _ledger(db)
        _refuse_tampering(steps, applied)
        return list(_apply_all(db, steps, applied))


def pending(dsn_owner: str, directory: Path | None = None) -> list[str]:
    """What `migrate` would apply, without applying it."""
    steps = read_steps(directory or sql_folder("migrations"))
    with connect(dsn_owner) as db:
        applied = _read_ledger(db) if _has_ledger(db) else {}
    queue = [] if f"{_QUEUE}schema.sql" in applied else [f"{_QUEUE}schema.sql"]
    return [step.version for step in steps if step.version not in applied] + queue


def sql_folder(name: str) -> Path:
    """sql/<name>: inside the installed package, or beside `src` in a checkout."""
    package = Path(str(files("postwright")))
    for folder in (package / "sql" / name, package.parent.parent / "sql" / name):
        if folder.is_dir():
            return folder
    raise SetupError(f"this installation has no sql/{name}: install Postwright again")


def read_steps(directory: Path) -> list[Step]:
    """The .sql files of a folder, by name."""
    steps = [Step(path.name, path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.sql"))]
    if not steps:
        raise SetupError(f"{directory} holds no .sql file")
    return steps


def _apply_all(db: Connection, steps: list[Step], applied: dict[str, str]) -> Iterator[str]:
    """The queue's tables come before the first file that speaks of jobs, because that file may refer to them; else last."""
    queue_done = False
    for step in steps:
        if "jobs" in step.version and not queue_done:
            yield from _apply_queue(db, applied)
            queue_done = True
        if step.version not in applied:
            _apply(db, step)
            yield step.version
    if not queue_done:
        yield from _apply_queue(db, applied)


def _apply(db: Connection, step: Step, *, before: str = "", after: str = "") -> None:
    try:
        with db.transaction():
            for text in (before, step.text, after):
                if text:
                    db.execute(text.encode())
            db.execute("insert into public.schema_versions (version, checksum) values (%s, %s)", (step.version, step.checksum))
    except psycopg.Error as error:
        raise SetupError(f"{step.version}{_line(step, error)}: {str(error).strip()}. Nothing of this file was kept") from error
    finally:
        if not db.closed:
            db.execute("reset all")
            db.execute("set statement_timeout = 0")


def _apply_queue(db: Connection, applied: dict[str, str]) -> Iterator[str]:
    """Its whole schema once; later versions of the package bring further files."""
    root = files("procrastinate") / "sql"
    further = [
        Step(f"{_QUEUE}{f.name}", f.read_text())
        for f in sorted((root / "migrations").iterdir(), key=lambda f: f.name)
        if f.name.endswith(".sql")
    ]
    schema = Step(f"{_QUEUE}schema.sql", (root / "schema.sql").read_text())
    enter = "create schema if not exists procrastinate; set local search_path = procrastinate, pg_temp;"
    if schema.version not in applied:
        included = "".join(
            f"insert into public.schema_versions (version, checksum) values ('{step.version}', '{step.checksum}');" for step in further
        )
        _apply(db, schema, before=enter, after=_QUEUE_RIGHTS + included)
        yield schema.version
        return
    for step in further:
        if step.version not in applied:
            _apply(db, step, before=enter, after=_QUEUE_RIGHTS)
            yield step.version


def _refuse_tampering(steps: list[Step], applied: dict[str, str]) -> None:
    given = {step.version: step.checksum for step in steps}
    for version, checksum in applied.items():
        if version.startswith(_QUEUE):
            continue
        if version not in given:
            raise SetupError(f"the database was migrated by {version}, which this Postwright does not have: upgrade it")
        if given[version] != checksum:
            raise SetupError(
                f"{version} changed after it was applied (sha256 {checksum[:12]} in the database, {given[version][:12]} here): "
                "restore the file, and put the change into a new one",
                rule="immutable",
            )
    newest = max((version for version in applied if not version.startswith(_QUEUE)), default="")
    for step in steps:
        if step.version not in applied and step.version < newest:
            raise SetupError(
                f"{step.version} comes before {newest}, which is applied already: migrations only go forward, give it a later name"
            )


@contextmanager
def _alone(db: Connection) -> Iterator[None]:
    db.execute("set statement_timeout = 0")
    db.execute("set lock_timeout = 0")
    db.execute("set client_min_messages = warning")
    db.execute("select pg_advisory_lock(%s)", (_LOCK,))
    try:
        yield
    finally:
        if not db.closed:
            db.execute("select pg_advisory_unlock(%s)", (_LOCK,))


def _ledger(db: Connection) -> dict[str, str]:
    if not _has_ledger(db):
        with db.transaction():
            db.execute(_LEDGER.encode())
    return _read_ledger(db)


def _has_ledger(db: Connection) -> bool:
    row = db.execute("select to_regclass('public.schema_versions') is not null").fetchone()
    return bool(row and row[0])


def _read_ledger(db: Connection) -> dict[str, str]:
    return {
        str(version): str(checksum)
        for version, checksum in db.execute("select version, checksum from public.schema_versions where checksum <> '' order by version")
    }


def _line(step: Step, error: psycopg.Error) -> str:
    position = error.diag.statement_position
    return f", line {step.text.count(chr(10), 0, int(position)) + 1}" if position and position.isdigit() else ""
