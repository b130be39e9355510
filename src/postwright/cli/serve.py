"""`up`, `web`, `worker`: run the process tree in the foreground until a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import FrameType

from postwright import config
from postwright.config import Settings
from postwright.worker.supervise import ALL, Tree, running, start_tree


def up(host: str | None, port: int | None, *, workers: bool, demo: str | None) -> None:
    """The whole tree of the home."""
    names = ALL if workers else ("sandbox", "web")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # while it starts, as Ctrl-C does: undo in order
    settings, began = _settings(host, port), time.monotonic()
    if demo is not None and (state := running(settings)):
        print(f"Postwright runs already (process {state.pid})", flush=True)
        return _demonstrate(demo, settings, began)
    with start_tree(settings, step, names=names) as tree:
        _stop_on_signal(tree)
        if demo is None:
            print(f"Postwright serves {tree.state.url} (Ctrl-C stops it)", flush=True)
        else:
            _demonstrate(demo, tree.settings, began)
        tree.wait()
        step("stopping: what is being sent is finished first", 0)
    return None


def only(*names: str, host: str | None = None, port: int | None = None) -> None:
    """Some processes of the tree, for more than one machine; several of them may share a database."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with start_tree(_settings(host, port), step, names=names, alone=False) as tree:
        _stop_on_signal(tree)
        print(f"{' and '.join(names)} running (Ctrl-C stops)", flush=True)
        tree.wait()


def step(words: str, seconds: float) -> None:
    """One line of the start: when and what."""
    print(f"  {seconds:5.1f} s  {words}" if seconds else words, flush=True)


def _demonstrate(source: str, settings: Settings, began: float) -> None:
    """In a process of its own: the tree stays small."""
    environ = {"POSTWRIGHT_HOME": str(settings.home), "POSTWRIGHT_HOST": settings.host, "POSTWRIGHT_PORT": str(settings.port)}
    command = [sys.executable, "-m", "postwright.cli.main", "run", source, "--welcome", "--began", str(began)]
    done = subprocess.run(command, env=os.environ | environ, check=False)  # noqa: S603 - ourselves
    if done.returncode:
        print(f"The demonstration did not finish; everything else serves {settings.base_url}", flush=True)


def _settings(host: str | None, port: int | None) -> Settings:
    settings = config.load()
    return replace(settings, host=host or settings.host, port=port or settings.port)


def _stop_on_signal(tree: Tree) -> None:
    def ask(_number: int, _frame: FrameType | None) -> None:
        tree.ask_to_stop()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, ask)
