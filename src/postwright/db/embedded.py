"""The embedded PostgreSQL of a home: made once, started, found running, stopped.

Several processes may ask at once: a lock per home puts them in a row. What its process does is in postmaster.py.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

from postwright.db import instance
from postwright.db.binaries import Programs, programs, require_good
from postwright.db.home import explained, full_disk, is_root, prepare_home, require_room
from postwright.db.postmaster import await_ready, clear_remains, end, pid_file, running_pid
from postwright.errors import SetupError, Unavailable

SUPERUSER = "postgres"
_PATIENCE = 90.0  # seconds for a start that must recover from a crash, and for the lock of another start

# For one installation on one small machine; written once, so an operator may tune postgresql.conf.
_SETTINGS = {
    "shared_buffers": "48MB",
    "max_connections": "60",
    "max_locks_per_transaction": "160",  # one migration makes some hundred tables and indexes
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "min_wal_size": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "ssl": "off",
    "autovacuum_max_workers": "2",
    "max_worker_processes": "4",
    "max_logical_replication_workers": "0",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_statement": "none",
    "log_parameter_max_length": "0",  # parameters hold what people wrote, and tokens
    "log_parameter_max_length_on_error": "0",
}
_SINCE_18 = {"io_method": "sync"}  # saves three processes that an idle installation has no use for


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens and how its superuser enters."""

    home: Path
    data: Path
    programs: Programs
    pid: int
    port: int
    socket_folder: Path
    password: str = field(repr=False)

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """A plain DSN over TCP; the superuser's without further words."""
        return tcp_dsn(self.port, database, user, self.password if password is None else password)

    def socket_dsn(self, database: str = "postgres") -> str:
        """The superuser's DSN over the socket."""
        query = urlencode({"host": str(self.socket_folder), "port": self.port, "user": SUPERUSER, "password": self.password})
        return f"postgresql:///{quote(database, safe='')}?{query}"


@dataclass(frozen=True, slots=True)
class Status:
    """What stands in a home."""

    running: bool
    made: bool
    data: Path
    pid: int | None = None
    port: int | None = None


def tcp_dsn(port: int, database: str, user: str, password: str) -> str:
    """A DSN for a server on this machine."""
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:{port}/{quote(database, safe='')}"


def start(home: Path, key: bytes, *, bin_dir: Path | None = None, options: Mapping[str, str] | None = None) -> Server:
    """The running server of that home: made and started where needed. Safe to call from many processes at once.

    `options` are settings for this start only; a server that already runs keeps its own.
    """
    home = prepare_home(home)
    with explained(home), _lock(home):
        data = home / "db"
        running = running_pid(data)
        if running is None:
            found = programs(home, data, bin_dir)
            _require_usable(data, found)
            if not data.exists():
                _make(home, data, found, key)
            clear_remains(data)
            _launch(home, data, found, options or {})
        await_ready(data, patience=_PATIENCE)
        return _server(home, data, programs(home, data, bin_dir), key)


def attach(home: Path, key: bytes, *, bin_dir: Path | None = None) -> Server:
    """The server that runs in that home; Unavailable when none does."""
    data = home.resolve() / "db"
    if running_pid(data) is None:
        raise Unavailable(f"the database of {home} does not run: start it with `postwright db start` or `postwright up`")
    return _server(home.resolve(), data, programs(home.resolve(), data, bin_dir), key)


def status(home: Path) -> Status:
    """Whether a database was made in that home and whether it runs."""
    data = home.resolve() / "db"
    pid = running_pid(data)
    port = pid_file(data).get("port") if pid else None
    return Status(pid is not None, (data / "PG_VERSION").exists(), data, pid, int(port) if port else None)


def stop(home: Path, *, patience: float = 30) -> bool:
    """Stops the server in order (whoever is connected is disconnected); whether one ran."""
    home = home.resolve()
    data = home / "db"
    if not home.is_dir() or running_pid(data) is None:
        return False
    with explained(home), _lock(home):
        pid = running_pid(data)
        if pid is None:
            return False
        end(data, pid, patience=patience)
        with suppress(OSError):
            socket_folder(home).rmdir()
        return True


@contextmanager
def throwaway(*, bin_dir: Path | None = None, options: Mapping[str, str] | None = None, folder: Path | None = None) -> Iterator[Server]:
    """A server of its own in a temporary home (in `folder`), gone afterwards: for checks and tests. Not durable, therefore fast."""
    home = Path(tempfile.mkdtemp(prefix="postwright-", dir=folder))
    if is_root():
        home.chmod(0o711)
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    try:
        yield start(home, os.urandom(32), bin_dir=bin_dir, options=quick | dict(options or {}))
    finally:
        stop(home, patience=10)
        shutil.rmtree(socket_folder(home), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def socket_folder(home: Path) -> Path:
    """A short folder for the socket: its whole path may have 107 bytes (103 on macOS), a home's may be longer."""
    name = f"postwright-{sha256(str(home.resolve()).encode()).hexdigest()[:12]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    bases = [Path(runtime)] if runtime and not is_root() and Path(runtime).is_dir() else []
    for base in [*bases, Path(tempfile.gettempdir()), Path("/tmp")]:  # noqa: S108 - made 0700 and checked for its owner
        if len(os.fsencode(base / name / ".s.PGSQL.65535.lock")) <= 100:
            return base / name
    raise SetupError("no temporary folder with a short enough path for the database's socket: set TMPDIR=/tmp")


def _server(home: Path, data: Path, found: Programs, key: bytes) -> Server:
    facts = pid_file(data)
    pid, port = facts.get("pid"), facts.get("port")
    if not pid or not port:
        raise Unavailable(f"the database of {home} stopped: see {home / 'logs' / 'postgres.log'}")
    folder = Path(facts.get("socket") or socket_folder(home))
    return Server(home, data, found, int(pid), int(port), folder, instance.derived_password(key, SUPERUSER))


def _require_usable(data: Path, found: Programs) -> None:
    """Refuses a data folder that this PostgreSQL would not start on, in words."""
    if not data.exists():
        return
    if not data.is_dir():
        raise SetupError(f"{data} should be the database's folder and is a file: move it away")
    version = data / "PG_VERSION"
    if not version.is_file() or not (data / "global" / "pg_control").is_file():
        raise SetupError(
            f"{data} is not a whole database ({'PG_VERSION' if not version.is_file() else 'global/pg_control'} is missing). "
            f"Restore the home from a backup, or move {data} away: `postwright up` then makes a new, empty one"
        )
    kept = version.read_text(encoding="ascii", errors="replace").strip()
    if kept != found.major:
        raise SetupError(
            f"{data} was made by PostgreSQL {kept[:10]}, this Postwright brings {found.version}. Back it up with the version that made it "
            f"(`postwright db backup FILE`), move {data} away, then `postwright db restore FILE`"
        )
    owner = data.stat().st_uid
    if found.uid is None and owner != os.geteuid():
        raise SetupError(f"{data} belongs to user number {owner}, and this is user {os.geteuid()}: run Postwright as the one it belongs to")
    if not data.stat().st_mode & 0o200 or (found.uid is None and not os.access(data, os.W_OK)):
        raise SetupError(f"{data} is not writable: chmod 700 {data}")


def _make(home: Path, data: Path, found: Programs, key: bytes) -> None:
    """A new data folder, made beside and renamed into place: it is there whole or not at all."""
    for remains in home.glob(".db-*"):
        shutil.rmtree(remains, ignore_errors=True)
    require_room(home)
    with tempfile.TemporaryDirectory(dir=home, prefix=".db-") as name:
        draft = Path(name)
        found.give(draft)
        secret = draft / "password"
        secret.write_text(instance.derived_password(key, SUPERUSER), encoding="ascii")
        secret.chmod(0o600)
        found.give(secret)
        answer = found.run("initdb", *_init_arguments(found, draft / "data", secret, "C.UTF-8"))
        if answer.returncode and "locale" in answer.stderr:  # a system without C.UTF-8
            answer = found.run("initdb", *_init_arguments(found, draft / "data", secret, "C"))
        if "No space left" in answer.stderr:
            raise full_disk(home)
        require_good(answer, f"making a database in {home}")
        (draft / "data").rename(data)


def _init_arguments(found: Programs, data: Path, secret: Path, locale: str) -> list[str]:
    """Sorting and upper case by the built-in C.UTF-8 where there is one: the same on every system, for ever."""
    fixed = [
        "--username",
        SUPERUSER,
        "--auth=scram-sha-256",
        f"--pwfile={secret}",
        "--encoding=UTF8",
        f"--locale={locale}",
        "-D",
        str(data),
    ]
    if int(found.major) >= 17:
        fixed += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    settings = _SETTINGS | (_SINCE_18 if int(found.major) >= 18 else {})
    return fixed + ([f"--set={name}={value}" for name, value in settings.items()] if int(found.major) >= 16 else [])


def _launch(home: Path, data: Path, found: Programs, options: Mapping[str, str]) -> None:
    port_file = home / "database.port"
    port = instance.kept_port(port_file)
    if not instance.is_free(port):  # taken while we were away; whoever asks `db url` gets the new one
        port_file.unlink(missing_ok=True)
        port = instance.kept_port(port_file)
    settings: dict[str, str] = {} if int(found.major) >= 16 else dict(_SETTINGS)
    settings |= {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_permissions": "0700"}
    settings |= {"unix_socket_directories": str(_make_socket_folder(home, found))} | dict(options)
    log = _log_file(home, found)
    start_at = log.stat().st_size
    words = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    answer = found.run(
        "pg_ctl", "start", "-D", str(data), "-l", str(log), "-w", "-t", str(int(_PATIENCE)), "-o", words, timeout=_PATIENCE + 30
    )
    if answer.returncode:
        raise _why_not(home, port, _tail(log, start_at) or answer.stderr or answer.stdout)


def _why_not(home: Path, port: int, log: str) -> SetupError:
    """The error for a server that did not start, from what it wrote."""
    if "No space left" in log:
        return full_disk(home)
    if "Address already in use" in log or "could not bind" in log:
        return SetupError(
            f"port {port} on 127.0.0.1 is taken by another program: try again, or delete {home / 'database.port'}", rule="port"
        )
    reason = next(
        (line.split("FATAL:")[-1].strip() for line in log.splitlines() if "FATAL:" in line or "PANIC:" in line), log.strip()[-400:]
    )
    return SetupError(
        f"the database in {home / 'db'} does not start: {reason}. The whole log: {home / 'logs' / 'postgres.log'}. "
        "If its files are damaged, restore the home from a backup"
    )


def _log_file(home: Path, found: Programs) -> Path:
    """The server writes it itself, as its own user; the folder is passable and nothing more."""
    log = home / "logs" / "postgres.log"
    log.touch(mode=0o600)
    found.give(log)
    if found.uid is not None:
        log.parent.chmod(0o711)
    return log


def _tail(log: Path, start_at: int) -> str:
    with log.open("rb") as lines:
        lines.seek(start_at)
        return lines.read(100_000).decode(errors="replace")


def _make_socket_folder(home: Path, found: Programs) -> Path:
    """Ours alone: in a shared temporary folder anyone may have put something under that name."""
    folder = socket_folder(home)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        found.give(folder)
    facts = folder.lstat()
    wanted = os.geteuid() if found.uid is None else found.uid
    if facts.st_uid not in (wanted, 0) or not folder.is_dir() or folder.is_symlink():
        raise SetupError(f"{folder} is in the way (it belongs to user number {facts.st_uid}): remove it")
    folder.chmod(0o700)
    found.give(folder)
    for remains in folder.glob(".s.PGSQL.*"):  # of a killed server: nobody else puts anything here
        remains.unlink()
    return folder


@contextmanager
def _lock(home: Path) -> Iterator[None]:
    """One at a time per home. The lock dies with its process, however that ends."""
    with (home / "db.lock").open("a") as lock:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"another process has been starting or stopping the database of {home} for {_PATIENCE:.0f} s"
                    ) from None
                time.sleep(0.05)
        yield
