"""A child process that is kept alive: started, watched, started again when it falls, stopped in order."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Say = Callable[[str], None]

_LONGEST_PAUSE = 30.0
_HEALTHY_AFTER = 60.0  # seconds of life after which earlier falls are forgotten
_PATIENCE = 30.0  # seconds a child has to finish what it holds


class KeptProcess:
    """Runs `python -m postwright.worker.child NAME` until `stop`; one thread waits for it, nothing polls."""

    def __init__(self, name: str, log: Path, environ: Mapping[str, str], say: Say) -> None:
        self.name = name
        self.log = log
        self._environ = dict(environ)
        self._say = say
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"keep {name}", daemon=True)
        self.falls = 0

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        child = self._child
        return child.pid if child and child.poll() is None else None

    def start(self) -> None:
        """Returns at once; whether it serves is for the caller to ask it."""
        self._spawn()
        self._thread.start()

    def ask_to_stop(self) -> None:
        """SIGTERM, and no new start."""
        self._stopping.set()
        with self._guard:
            if self._child and self._child.poll() is None:
                self._child.send_signal(signal.SIGTERM)

    def wait(self) -> None:
        """Until it ended; kills it when it does not."""
        self._thread.join(_PATIENCE)
        if self._thread.is_alive() and self._child:
            self._say(f"{self.name} did not stop within {_PATIENCE:.0f} s and was killed")
            self._child.kill()
            self._thread.join(5)

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _keep(self) -> None:
        while True:
            began = time.monotonic()
            child = self._child
            assert child is not None
            code = child.wait()
            if child.stdin:
                child.stdin.close()
            if self._stopping.is_set():
                return
            self.falls = 1 if time.monotonic() - began > _HEALTHY_AFTER else self.falls + 1
            if not self._start_again(_how(code)):
                return

    def _start_again(self, happened: str) -> bool:
        """After a pause that grows with each fall, until it could be started; False when we are asked to stop meanwhile."""
        while True:
            pause = min(_LONGEST_PAUSE, 0.5 * 2 ** min(self.falls - 1, 10))
            self._say(f"{self.name} {happened}; it starts again in {pause:g} s (log: {self.log})")
            if self._stopping.wait(pause):
                return False
            try:
                self._spawn()
            except OSError as error:  # no memory or no process to be had: that passes
                self.falls += 1
                happened = f"could not be started ({error.strerror or error})"
            else:
                return True

    def _spawn(self) -> None:
        with self._guard:
            if self._stopping.is_set():
                return
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-m", "postwright.worker.child", self.name],
                    stdin=subprocess.PIPE,  # its closing tells the child that we are gone
                    stdout=log,
                    stderr=log,
                    env=os.environ | self._environ | {"POSTWRIGHT_PARENT": "pipe"},
                    start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
                )


def keep_small(log: Path, limit: int = 10_000_000) -> None:
    """Moves what a log holds to `<name>.1` once it is larger than `limit` bytes; whoever appends to it goes on doing so."""
    if log.exists() and log.stat().st_size > limit:
        shutil.copy2(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def _how(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
