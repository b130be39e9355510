"""The command line. Commands import what they need when they run, so that each starts fast."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import psycopg
import typer
from psycopg_pool import PoolTimeout

from postwright.cli.database import database
from postwright.cli.keys import keys
from postwright.cli.pause import pause, resume
from postwright.cli.run import run, sign_in_link
from postwright.cli.users import users
from postwright.errors import PostwrightError, Who

app = typer.Typer(
    name="postwright",
    help="Native social posts from one idea: planned, published once, measured.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(database, name="db")
app.add_typer(users, name="users")
app.add_typer(keys, name="keys")
app.command()(run)
app.command()(sign_in_link)
app.command()(pause)
app.command()(resume)

_Host = Annotated[str | None, typer.Option(help="Address to listen on (POSTWRIGHT_HOST, else 127.0.0.1).")]
_Port = Annotated[int | None, typer.Option(help="Port of the web (POSTWRIGHT_PORT, else 8484).", min=1, max=65535)]


def main() -> None:
    """The `postwright` program: one clear message and exit code 1 (2: the input was wrong) instead of a traceback."""
    try:
        app()
    except (PostwrightError, psycopg.OperationalError, PoolTimeout) as error:
        if os.environ.get("POSTWRIGHT_DEBUG"):
            raise
        wrong_input = isinstance(error, PostwrightError) and error.who is Who.YOU and error.status == 422
        words = error.message if isinstance(error, PostwrightError) else f"the database does not answer: {str(error).strip()}"
        print(f"Error: {words}", file=sys.stderr)
        sys.exit(2 if wrong_input else 1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def up(
    host: _Host = None,
    port: _Port = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Web and sandbox only: publish elsewhere.")] = False,
    demo: Annotated[str | None, typer.Option(metavar="SOURCE", help="Once it serves, do `postwright run SOURCE` too.")] = None,
) -> None:
    """Serve everything of this home until Ctrl-C: database, web, API, publisher, jobs, sandbox."""
    from postwright.cli import serve

    serve.up(host, port, workers=not no_worker, demo=demo)


@app.command()
def worker() -> None:
    """Publisher and jobs only, against the database of DATABASE_URL or the embedded one."""
    from postwright.cli import serve

    serve.only("publisher", "jobs")


@app.command()
def web(host: _Host = None, port: _Port = None) -> None:
    """Web and API only, against the database of DATABASE_URL or the embedded one."""
    from postwright.cli import serve

    serve.only("web", host=host, port=port)


@app.command()
def doctor() -> None:
    """Look at everything Postwright needs here, and say what to mend."""
    from postwright.cli.doctor import examine

    raise typer.Exit(0 if examine() else 1)


@app.command()
def reach() -> None:
    """Ask this server's own public address, as a platform that fetches media would; from this machine."""
    from postwright.cli.doctor import look_outside

    raise typer.Exit(0 if look_outside() else 1)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version

    print(version("postwright"))


if __name__ == "__main__":
    main()
