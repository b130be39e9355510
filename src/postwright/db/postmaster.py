"""The server process of a data folder: found by its pid file, waited for, ended.

Whether a server runs is read from its own pid file and checked against the process, because a killed
server leaves that file behind, and the number in it may belong to somebody else by now.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from postwright.errors import SetupError


def running_pid(data: Path) -> int | None:
    """The server's process, if it is truly that: alive, no zombie, a PostgreSQL, of this folder."""
    pid = pid_file(data).get("pid")
    if not pid or not pid.isdigit():
        return None
    with suppress(psutil.Error):
        process = psutil.Process(int(pid))
        if _alive(process) and "postgres" in process.name() and str(data) in process.cmdline():
            return process.pid
    return None


def pid_file(data: Path) -> dict[str, str]:
    """postmaster.pid, line by line (documented in PostgreSQL's miscadmin.h); {} when there is none or it is being written."""
    names = ("pid", "data", "started", "port", "socket", "listen", "memory", "state")
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError:
        raise SetupError(f"{data} belongs to another user: run Postwright as the one it belongs to") from None
    return {name: line.strip() for name, line in zip(names, lines, strict=False)}


def await_ready(data: Path, *, patience: float) -> None:
    """Returns once the server takes connections; SetupError when it ends or takes longer than `patience` seconds."""
    deadline = time.monotonic() + patience
    while pid_file(data).get("state") != "ready":
        if running_pid(data) is None or time.monotonic() > deadline:
            raise SetupError(f"the database in {data} did not get ready: see {data.parent / 'logs' / 'postgres.log'}")
        time.sleep(0.05)


def end(data: Path, pid: int, *, patience: float) -> None:
    """Ends that server in order, whoever is connected; after `patience` seconds at once."""
    _signal(pid, signal.SIGINT)
    if not _gone(data, pid, patience):
        _signal(pid, signal.SIGQUIT)
        _gone(data, pid, 10)


def clear_remains(data: Path) -> None:
    """After a crash: waits for orphans of the dead server and removes its pid file, which may name a stranger."""
    if not (data / "postmaster.pid").exists():
        return
    for process in (orphans := _processes_in(data)):
        with suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT)
    deadline = time.monotonic() + 15
    while any(_alive(process) for process in orphans):
        if time.monotonic() > deadline:
            raise SetupError(f"processes of a crashed database still hold {data}: end {', '.join(str(p.pid) for p in orphans)}")
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error, OSError):
            if "postgres" in (process.info["name"] or "") and process.cwd() == str(data):
                found.append(process)
    return found


def _alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD))
    return False


def _gone(data: Path, pid: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while running_pid(data) == pid and time.monotonic() < deadline:
        time.sleep(0.05)
    return running_pid(data) != pid


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
