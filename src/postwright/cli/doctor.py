"""`postwright doctor`: what this machine and this home have, and what to mend. Changes nothing."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from postwright import config
from postwright.config import Settings
from postwright.errors import PostwrightError
from postwright.kit import outside
from postwright.kit.reach import unreachable

_ROOM = 1_000_000_000  # bytes that media and database should find free


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was looked at. `good` None: could not be told, and need not be."""

    what: str
    good: bool | None
    words: str


def examine() -> bool:
    """Prints a line per thing; whether all of it is well."""
    settings = config.load()
    verdicts = [verdict for look in _LOOKS for verdict in _safely(look, settings)]
    for verdict in verdicts:
        mark = {True: "ok  ", False: "BAD ", None: "-   "}[verdict.good]
        print(f"{mark} {verdict.what:<12} {verdict.words}")
    return all(verdict.good is not False for verdict in verdicts)


def look_outside() -> bool:
    """Fetches our own public address, keeps and prints what was seen; whether it answers."""
    settings = config.load()
    seen = asyncio.run(outside.look(settings.base_url, now=datetime.now(UTC)))
    settings.home.mkdir(parents=True, exist_ok=True)
    outside.keep(settings.home, seen)
    print(seen.words())
    return seen.trouble is None


def _python(_: Settings) -> Iterator[Verdict]:
    good = sys.version_info >= (3, 11)
    yield Verdict(
        "python",
        good,
        f"{platform.python_version()} on {platform.system()} {platform.machine()}" + ("" if good else ": 3.11 or newer is needed"),
    )


def _home(settings: Settings) -> Iterator[Verdict]:
    home = settings.home
    there = home if home.exists() else next(parent for parent in home.parents if parent.exists())
    if home.exists() and not home.is_dir():
        yield Verdict("home", False, f"{home} is a file: give POSTWRIGHT_HOME a folder")
        return
    yield Verdict("home", True, f"{home}" if home.exists() else f"{home} (will be made)")
    free = shutil.disk_usage(there).free
    yield Verdict("disk", free >= _ROOM, f"{free / 1e9:.1f} GB free" + ("" if free >= _ROOM else ": make at least 1 GB free"))


def _programs(_: Settings) -> Iterator[Verdict]:
    from postwright.db.binaries import version_of, wheel_bin

    yield Verdict("postgresql", True, f"{version_of(wheel_bin())} embedded")
    import imageio_ffmpeg

    yield Verdict("ffmpeg", True, Path(imageio_ffmpeg.get_ffmpeg_exe()).name)


def _database(settings: Settings) -> Iterator[Verdict]:
    from postwright.db.bootstrap import connect
    from postwright.db.connect import dsns
    from postwright.db.embedded import status
    from postwright.db.migrate import pending

    if not settings.database_url and not status(settings.home).running:
        yield Verdict("database", None, "not running (`postwright up` or `postwright db start` starts it)")
        return
    reach = dsns(settings)
    with connect(reach.direct) as db:
        yield Verdict("database", True, f"PostgreSQL {db.info.server_version // 10000}.{db.info.server_version % 10000} answers")
    waiting = pending(reach.direct)
    yield Verdict("schema", not waiting, "up to date" if not waiting else f"{len(waiting)} files to apply: `postwright db migrate`")
    for name, dsn in (("web login", reach.api), ("worker login", reach.worker)):
        connect(dsn).close()
        yield Verdict(name, True, "enters")


def _processes(settings: Settings) -> Iterator[Verdict]:
    from postwright.db.instance import is_free
    from postwright.worker.supervise import running

    state = running(settings)
    if state is not None:
        names = ", ".join(state.children) or "nothing"
        yield Verdict("up", True, f"process {state.pid} serves {state.url} with {names}")
        return
    free = is_free(settings.port, settings.host)
    yield Verdict("port", free, f"{settings.port} is {'free' if free else 'taken by another program: set POSTWRIGHT_PORT'}")


def _assets(_: Settings) -> Iterator[Verdict]:
    from importlib.resources import files

    there = files("postwright").joinpath("web", "static", "vendor").is_dir()
    yield Verdict("assets", there, "front-end files are there" if there else "front-end files are missing: `make install`")


def _reach(settings: Settings) -> Iterator[Verdict]:
    """A server for one's own use need not be reached from outside."""
    why = unreachable(settings.base_url)
    fetching = "platforms that fetch media (Instagram, Threads; TikTok for photos)"
    words = f"{settings.base_url}: {fetching} cannot, because {why}: set POSTWRIGHT_URL"
    seen = outside.trouble_of(settings.home, settings.base_url, datetime.now(UTC))
    yield Verdict("from outside", None if why or seen else True, words if why else seen or f"{settings.base_url} is a public address")


def _versions(_: Settings) -> Iterator[Verdict]:
    """Versions of platforms' APIs end on days that are known long before."""
    from postwright.connections.app_facts import version_warnings
    from postwright.platforms.registry import REGISTRY

    said = [words for slug in REGISTRY for words in version_warnings(slug, datetime.now(UTC).date())]
    yield from (Verdict("api version", False, words) for words in said)
    if not said:
        yield Verdict("api versions", True, "none of the platforms' ends within 60 days")


_LOOKS: tuple[Callable[[Settings], Iterator[Verdict]], ...] = (_python, _home, _programs, _assets, _database, _processes, _reach, _versions)


def _safely(look: Callable[[Settings], Iterator[Verdict]], settings: Settings) -> Iterator[Verdict]:
    try:
        yield from look(settings)
    except (PostwrightError, OSError, RuntimeError, psycopg.Error) as error:
        yield Verdict(look.__name__.strip("_"), False, str(error).strip())
