"""`postwright db ...`: the database of this home, or the one that DATABASE_URL names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

database = typer.Typer(help="The database: start, look at, migrate, check, save.", no_args_is_help=True)


@database.command()
def start() -> None:
    """Start the embedded PostgreSQL and leave it running."""
    from postwright import config
    from postwright.db import embedded
    from postwright.db.connect import ensure

    settings = config.load()
    if settings.database_url:
        print("DATABASE_URL is set: that server is not ours to start")
        return
    ensure(settings)
    found = embedded.status(settings.home)
    print(f"PostgreSQL runs: process {found.pid}, port {found.port} on 127.0.0.1, data in {found.data}")


@database.command()
def stop() -> None:
    """Stop the embedded PostgreSQL."""
    from postwright import config
    from postwright.db import embedded
    from postwright.errors import Conflict
    from postwright.worker.supervise import running

    settings = config.load()
    tree = running(settings)
    if tree is not None:
        raise Conflict(f"Postwright serves from this home (process {tree.pid}): stop that, and the database stops with it")
    print("PostgreSQL stopped" if embedded.stop(settings.home) else f"no PostgreSQL of {settings.home} was running")


@database.command()
def status() -> None:
    """Say where the database is and whether it runs. Exit code 3 when it does not."""
    from postwright import config
    from postwright.db import embedded

    settings = config.load()
    if settings.database_url:
        print("DATABASE_URL is set; the embedded PostgreSQL is not used")
        return
    found = embedded.status(settings.home)
    if found.running:
        print(f"runs: process {found.pid}, port {found.port} on 127.0.0.1, data in {found.data}")
        return
    print(f"does not run; data in {found.data}" if found.made else f"was never started; data will be in {found.data}")
    raise typer.Exit(3)


@database.command()
def url() -> None:
    """Print the owner's DSN and nothing else; starts the embedded PostgreSQL if needed and leaves it running."""
    from postwright import config
    from postwright.db.connect import ensure
    from postwright.db.migrate import migrate

    dsns = ensure(config.load())
    migrate(dsns.direct)
    print(dsns.owner)


@database.command(name="migrate")
def migrate_command() -> None:
    """Bring the schema up to date."""
    from postwright import config
    from postwright.db.connect import ensure
    from postwright.db.migrate import migrate, pending

    dsns = ensure(config.load())
    waiting = pending(dsns.direct)
    if waiting:
        print(f"{len(waiting)} files to apply (a backup first: `postwright db backup FILE`)")
    for name in migrate(dsns.direct):
        print(f"  applied {name}")
    print("the schema is up to date")


@database.command()
def check() -> None:
    """Prepare every named query against the schema, and compare the schema's canon with its migrations."""
    from postwright.db.check import examine

    findings = examine()
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} findings")
        raise typer.Exit(1)
    print("every query prepares; canon and migrations agree")


@database.command()
def maintain() -> None:
    """Vacuum, analyse and rebuild indexes without locking anybody out. For the operator or a timer."""
    from postwright import config
    from postwright.db.connect import ensure
    from postwright.db.upkeep import maintain

    for line in maintain(ensure(config.load()).direct):
        print(line)


@database.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to make; - is not supported.")]) -> None:
    """Save database, media and sandbox into one file. No key is in it: the last line names those to keep apart."""
    from postwright import config
    from postwright.db.backup import save

    saved = save(config.load(), file)
    print(f"saved {saved.tables} tables and {saved.files} files into {file} ({saved.size / 1e6:.1f} MB)")
    print(f"Keep {' and '.join(saved.keys)} too, in another place: without {'them' if saved.keys[1:] else 'it'} no connected account "
          "can be read again.")  # fmt: skip


@database.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `postwright db backup` made.")],
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Also where its sealing keys are lost: accounts must be connected again.")
    ] = False,
) -> None:
    """Bring a backup back into an empty home (with the instance key and the sealing keys of the one that was saved)."""
    from postwright import config
    from postwright.db.backup import restore

    restored = restore(config.load(), file, without_keys=without_keys)
    print(f"restored {restored.tables} tables and {restored.files} files of {file}")
