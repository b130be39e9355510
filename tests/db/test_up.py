"""The process tree: one per home, kept alive, ended in order, and gone when its parent is."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from postwright import config
from postwright.config import Settings
from postwright.db import embedded, instance
from postwright.db.connect import dsns, ensure
from postwright.errors import Conflict, SetupError, Unavailable
from postwright.worker.process import keep_small
from postwright.worker.supervise import Tree, running, start_tree
from tests.conftest import REPOSITORY

PART = ("sandbox",)  # a small tree with everything a large one has: a child that listens


@pytest.fixture
def settings(home: Path) -> Settings:
    return config.load({"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(instance.free_port())})


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def tree(settings: Settings, told: list[str]) -> Iterator[Tree]:
    with start_tree(settings, lambda words, _: told.append(words), names=PART) as tree:
        yield tree


def test_names_its_steps_and_tells_others_where_it_is(tree: Tree, settings: Settings, told: list[str]):
    assert told == ["PostgreSQL made and started", told[1], "sandbox listens"]
    assert told[1].startswith("schema brought up to date")
    state = running(settings)
    assert state is not None
    assert (state.pid, state.url) == (os.getpid(), settings.base_url)
    assert psutil.pid_exists(state.children["sandbox"])
    assert _listens(instance.sandbox_port(tree.settings.home))


def test_a_second_one_is_refused_and_harms_nothing(tree: Tree, settings: Settings):
    with pytest.raises(Conflict, match=f"process {os.getpid()} serves {settings.base_url}"):
        _run(settings)
    assert _listens(instance.sandbox_port(tree.settings.home))
    assert embedded.status(tree.settings.home).running


def test_the_end_leaves_nothing_running(settings: Settings):
    with start_tree(settings, _silent, names=PART) as tree:
        pid = tree.state.children["sandbox"]
    assert not psutil.pid_exists(pid)
    assert not embedded.status(settings.home).running
    assert running(settings) is None


def test_a_database_that_ran_before_goes_on_running(settings: Settings):
    ensure(settings)
    _run(settings)
    assert embedded.status(settings.home).running


def test_a_killed_child_comes_back(tree: Tree, told: list[str]):
    first = tree.state.children["sandbox"]
    os.kill(first, signal.SIGKILL)
    _wait_for(lambda: _child(tree) not in (None, first) and _listens(instance.sandbox_port(tree.settings.home)))
    assert any("sandbox was killed by SIGKILL; it starts again" in words for words in told)


def test_a_killed_database_comes_back(tree: Tree, told: list[str]):
    pid = embedded.status(tree.settings.home).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: embedded.status(tree.settings.home).pid not in (None, pid) and "PostgreSQL started" in told)
    with psycopg.connect(dsns(tree.settings).owner) as db:
        assert db.execute("select count(*) > 0 from schema_versions").fetchone() == (True,)


def test_a_taken_port_is_told_before_anything_starts(settings: Settings, home: Path):
    with (
        socket.create_server(("127.0.0.1", settings.port)),
        pytest.raises(SetupError, match=rf"port {settings.port} .* is taken .*POSTWRIGHT_PORT"),
    ):
        _run(settings, ("web",))
    assert not (home / "db").exists()
    assert running(settings) is None


def test_a_taken_sandbox_port_names_the_file_that_keeps_it(settings: Settings, home: Path):
    home.mkdir(mode=0o711)
    port = instance.sandbox_port(home)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(SetupError, match=rf"port {port} .*sandbox\.port"):
        _run(settings)
    assert not (home / "db").exists()


def test_an_address_that_is_not_ours(settings: Settings):
    with pytest.raises(SetupError, match=r"cannot listen on 192\.0\.2\.1"):
        _run(replace(settings, host="192.0.2.1"), ("web",))


def test_a_child_that_cannot_start_says_its_last_words(settings: Settings, home: Path):
    home.mkdir(mode=0o711)
    (home / "sandbox").write_text("a file where its folder should be")
    with pytest.raises(Unavailable, match="sandbox does not start"):
        _run(settings)
    assert not embedded.status(home).running


def test_when_up_is_killed_its_children_go_and_the_next_takes_the_database_over(settings: Settings, home: Path, told: list[str]):
    script = (
        "import sys; from dataclasses import replace; from postwright import config; from postwright.worker.supervise import start_tree\n"
        "with start_tree(config.load(), lambda *_: None, names=('sandbox',)) as tree: print('up', flush=True); tree.wait()\n"
    )
    environ = os.environ | {"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(settings.port)}
    with subprocess.Popen([sys.executable, "-c", script], env=environ, stdout=subprocess.PIPE) as up:
        assert up.stdout is not None
        assert up.stdout.readline() == b"up\n"
        children = json.loads((home / "run" / "up.json").read_text())["children"]
        up.kill()
    _wait_for(lambda: not _lives(children["sandbox"]))
    assert running(settings) is None
    assert embedded.status(home).running
    with start_tree(settings, lambda words, _: told.append(words), names=PART):
        assert told[0] == "PostgreSQL already runs"
    assert not embedded.status(home).running


@pytest.mark.parametrize("arguments", [["db", "status"], ["up"], ["db", "url"]])
def test_the_program_speaks_plainly_about_a_bad_home(home: Path, arguments: list[str]):
    home.write_text("a file")
    answer = _program(home, *arguments)
    if arguments == ["db", "status"]:
        assert answer.returncode == 3
    else:
        assert answer.returncode == 1
        assert answer.stderr.startswith(f"Error: the home {home} is a file")
    assert "Traceback" not in answer.stderr


def test_db_commands(home: Path):
    started = _program(home, "db", "url")
    assert started.returncode == 0, started.stderr
    assert started.stdout.startswith("postgresql://postwright_owner_")
    assert started.stdout.count("\n") == 1
    with psycopg.connect(started.stdout.strip()) as db:
        assert db.execute("select to_regclass('public.scheduled_posts') is not null").fetchone() == (True,)
    assert _program(home, "db", "status").stdout.startswith("runs: process")
    assert "the schema is up to date" in _program(home, "db", "migrate").stdout
    assert "reindex" in _program(home, "db", "maintain").stdout
    assert _program(home, "db", "stop").stdout == "PostgreSQL stopped\n"
    assert _program(home, "db", "status").returncode == 3


def test_db_stop_leaves_a_serving_tree_alone(tree: Tree):
    answer = _program(tree.settings.home, "db", "stop")
    assert answer.returncode == 1
    assert "Postwright serves from this home" in answer.stderr
    assert embedded.status(tree.settings.home).running


def test_a_log_is_kept_small_while_it_is_written(tmp_path: Path):
    path = tmp_path / "web.log"
    with path.open("a") as writer:
        writer.write("x" * 2000)
        writer.flush()
        keep_small(path, 1000)
        writer.write("and on")
    assert path.read_text() == "and on"
    assert (tmp_path / "web.log.1").stat().st_size == 2000


def test_the_doctor_says_what_is_well_and_what_is_not(home: Path):
    port = instance.free_port()
    with socket.create_server(("127.0.0.1", port)):
        answer = _program(home, "doctor", POSTWRIGHT_PORT=str(port))
    assert answer.returncode == 1
    assert re.search(r"^ok +postgresql +18", answer.stdout, re.MULTILINE)
    assert re.search(rf"^BAD +port +{port} is taken", answer.stdout, re.MULTILINE)
    assert not home.exists()  # it only looks


def _program(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("POSTWRIGHT_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "postwright.cli.main", *arguments],
        env=environ | {"POSTWRIGHT_HOME": str(home)} | more,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
    )


def _run(settings: Settings, names: tuple[str, ...] = PART) -> None:
    with start_tree(settings, _silent, names=names):
        pass


def _silent(_words: str, _seconds: float) -> None:
    pass


def _child(tree: Tree) -> int | None:
    return tree.pids().get("sandbox")


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
