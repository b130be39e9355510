"""The process tree of a home: database, web, publisher, jobs, sandbox. Exactly one tree per home."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg

from postwright.config import Settings
from postwright.db import embedded, instance
from postwright.db.bootstrap import Dsns
from postwright.db.connect import ensure
from postwright.db.home import explained, prepare_home
from postwright.db.migrate import migrate
from postwright.errors import Conflict, PostwrightError, SetupError, Unavailable
from postwright.worker.process import KeptProcess, keep_small

OnStep = Callable[[str, float], None]  # what happened, and how many seconds after the start

ALL = ("sandbox", "web", "publisher", "jobs")
_READY_WITHIN = 60.0
_LOOK_EVERY = 5.0  # seconds between looks at the embedded database
_SANDBOX_EVERY = 30.0  # seconds between looks for a sandbox workspace

# A workspace whose first account has not decided yet may choose sandbox accounts at any moment.
_SANDBOX_WANTED = "select coalesce(bool_or(environment is distinct from 'live'), true) from workspaces where deleted_at is null"


@dataclass(frozen=True, slots=True)
class UpState:
    """What a running tree tells others, in home/run/up.json."""

    pid: int
    host: str
    port: int
    url: str
    sandbox_url: str
    started_at: str
    started_database: bool
    children: dict[str, int] = field(default_factory=dict)


class Tree:
    """The running processes of a home. Made by `start_tree`."""

    def __init__(self, settings: Settings, on_step: OnStep, *, alone: bool = True) -> None:
        self.settings = settings
        self._alone = alone  # the one tree of the home; else a part of it that others may have too
        self.dsns: Dsns
        self.state = UpState(
            os.getpid(),
            settings.host,
            settings.port,
            settings.base_url,
            instance.sandbox_url(settings.home),
            datetime.now(UTC).isoformat(),
            False,
        )
        self._on_step = on_step
        self._began = time.monotonic()
        self._children: dict[str, KeptProcess] = {}
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name="watch", daemon=True)

    def say(self, words: str) -> None:
        """Tells the person at the terminal, with the time since the start."""
        self._on_step(words, time.monotonic() - self._began)

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        pids = {name: child.pid for name, child in self._children.items()}
        return {name: pid for name, pid in pids.items() if pid}

    def wait(self) -> None:
        """Until `ask_to_stop`."""
        while not self._stopping.wait(3600):
            pass

    def ask_to_stop(self) -> None:
        """Ends `wait`; safe in a signal handler."""
        self._stopping.set()

    def start(self, names: tuple[str, ...]) -> None:
        """Database, migrations, then the processes of that name, ready when this returns."""
        self._start_database()
        applied = migrate(self.dsns.direct)
        self.say(f"schema brought up to date ({len(applied)} files)" if applied else "schema is up to date")
        for name in names:
            if name != "sandbox" or self._wants_sandbox():
                self._start_child(name)
        self._await_ready()
        self._write_state()
        self._watch.start()

    def stop(self) -> None:
        """Everything in order: first the workers finish what they hold, for which they need web (platforms fetch media
        there) and sandbox; the database comes last, and only if this tree started it."""
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()  # it starts what is missing: not any more
        for names in (("publisher", "jobs"), ("web", "sandbox")):
            group = [child for name, child in self._children.items() if name in names]
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.wait()
        if self._alone and self.state.started_database:
            embedded.stop(self.settings.home)
            _owned_mark(self.settings.home).unlink(missing_ok=True)
        if self._alone:
            _state_file(self.settings.home).unlink(missing_ok=True)

    def _start_database(self) -> None:
        home = self.settings.home
        if self.settings.database_url:
            self.dsns = ensure(self.settings)
            return self.say("connected to the database of DATABASE_URL")
        before = embedded.status(home)
        mark = _owned_mark(home)
        self.dsns = ensure(self.settings)
        if not before.running and self._alone:
            mark.touch()
        # A tree that was killed left its database running: whoever comes next takes it over.
        self.state = replace(self.state, started_database=mark.exists())
        words = "already runs" if before.running else "started" if before.made else "made and started"
        return self.say(f"PostgreSQL {words}")

    def _start_child(self, name: str) -> None:
        where = {
            "POSTWRIGHT_HOME": str(self.settings.home),
            "POSTWRIGHT_HOST": self.settings.host,
            "POSTWRIGHT_PORT": str(self.settings.port),
        }
        child = KeptProcess(name, self.settings.home / "logs" / f"{name}.log", where, self.say)
        self._children[name] = child
        child.start()

    def _await_ready(self) -> None:
        """The web and the sandbox answer; the workers live."""
        web = ({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.host, self.settings.host), self.settings.port)  # noqa: S104
        for name, address in (("sandbox", ("127.0.0.1", instance.sandbox_port(self.settings.home))), ("web", web)):
            if name in self._children:
                _await_answer(self._children[name], address, self._stopping)
                self.say(f"{name} listens")
        for name, child in self._children.items():
            if child.falls:
                raise _fallen(child)
            if name in ("publisher", "jobs"):
                self.say({"publisher": "publisher runs", "jobs": "background work runs"}[name])

    def _look_after(self) -> None:
        """Starts the database again when it died, and the sandbox when somebody wants one; keeps the logs small."""
        last_look = time.monotonic()
        while not self._stopping.wait(_LOOK_EVERY):
            with suppress(psycopg.Error, OSError, PostwrightError):
                self._revive_database()
                if time.monotonic() - last_look >= _SANDBOX_EVERY:
                    last_look = time.monotonic()
                    for log in (self.settings.home / "logs").glob("*.log"):
                        keep_small(log)
                    if "web" in self._children and "sandbox" not in self._children and self._wants_sandbox():
                        self._start_child("sandbox")
                        self.say("sandbox starts: a workspace wants it")
                self._write_state()

    def _revive_database(self) -> None:
        if self.settings.database_url or embedded.status(self.settings.home).running:
            return
        self.say("PostgreSQL is gone; it starts again")
        embedded.start(self.settings.home, instance.instance_key(self.settings))
        self.say("PostgreSQL started")

    def _wants_sandbox(self) -> bool:
        with psycopg.connect(self.dsns.worker, connect_timeout=10) as db:
            db.execute("set role service_role")
            row = db.execute(_SANDBOX_WANTED).fetchone()
            return bool(row and row[0])

    def _write_state(self) -> None:
        state = replace(self.state, children=self.pids())
        if self._alone and (state != self.state or not _state_file(self.settings.home).exists()):
            self.state = state
            draft = _state_file(self.settings.home).with_suffix(".new")
            draft.write_text(json.dumps(asdict(state), indent=1) + "\n", encoding="utf-8")
            draft.replace(_state_file(self.settings.home))


@contextmanager
def start_tree(settings: Settings, on_step: OnStep, *, names: tuple[str, ...] = ALL, alone: bool = True) -> Iterator[Tree]:
    """The tree of a home, serving when this yields and stopped at the end. Raises Conflict when one runs already.

    A port in use or an unusable home is told before anything starts. With `alone=False` it is a part of a
    tree, which may run several times and leaves the database running.
    """
    home = prepare_home(settings.home)
    settings = replace(settings, home=home)
    with explained(home), _only_one(settings) if alone else nullcontext():
        if "web" in names:
            _require_free(settings.host, settings.port, "POSTWRIGHT_PORT (or --port)")
        if "sandbox" in names:
            _require_free("127.0.0.1", instance.sandbox_port(home), f"{home / 'sandbox.port'} (delete it to let Postwright choose another)")
        tree = Tree(settings, on_step, alone=alone)
        try:
            tree.start(names)
            yield tree
        finally:
            tree.stop()


def running(settings: Settings) -> UpState | None:
    """The tree that serves this home now, if one does."""
    if not _lock_file(settings.home).exists():
        return None
    with _lock_file(settings.home).open("r+") as lock:
        if _take(lock):
            return None
    try:
        return UpState(**json.loads(_state_file(settings.home).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None  # it is just starting or just ending


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """The lock dies with its process, however that ends."""
    with _lock_file(settings.home).open("a+") as lock:
        if not _take(lock, tries=10):
            state = running(settings)
            where = f"process {state.pid} serves {state.url}" if state else "it is just starting or stopping"
            raise Conflict(f"Postwright already runs for the home {settings.home}: {where}. Stop that one, or use another POSTWRIGHT_HOME")
        yield


def _take(lock: IO[str], tries: int = 1) -> bool:
    """Several tries, because `running` holds it for an instant when it looks."""
    for _ in range(tries):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _require_free(host: str, port: int, setting: str) -> None:
    try:
        free = instance.is_free(port, host)
    except PermissionError:
        raise SetupError(f"port {port} needs more rights than this user has: choose one above 1023 by {setting}", rule="port") from None
    except OSError as error:
        raise SetupError(f"cannot listen on {host}: {error.strerror or error}. Set POSTWRIGHT_HOST (or --host)", rule="host") from None
    if not free:
        raise SetupError(f"port {port} on {host} is taken by another program: stop it, or choose another port by {setting}", rule="port")


def _await_answer(child: KeptProcess, address: tuple[str, int], stopping: threading.Event) -> None:
    """Any answer will do: it listens and its event loop turns."""
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        with suppress(OSError, http.client.HTTPException), closing(http.client.HTTPConnection(*address, timeout=5)) as asking:
            asking.request("GET", "/healthz")
            asking.getresponse().read()
            return
        if child.falls or time.monotonic() > deadline or stopping.is_set():
            raise _fallen(child)
        time.sleep(0.05)


def _fallen(child: KeptProcess) -> Unavailable:
    return Unavailable(f"{child.name} does not start. Its last words ({child.log}):\n{child.last_words()}")


def _lock_file(home: Path) -> Path:
    return home / "run" / "up.lock"


def _state_file(home: Path) -> Path:
    return home / "run" / "up.json"


def _owned_mark(home: Path) -> Path:
    """There while a tree's own database runs."""
    return home / "run" / "database-of-up"
