"""The embedded server: found running, found dead, started once however many ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from postwright.db import embedded, instance
from postwright.errors import Unavailable

KEY = bytes(range(32))


def test_starts_is_found_and_stops(home: Path):
    server = embedded.start(home, KEY)
    assert embedded.start(home, KEY).pid == server.pid
    assert embedded.attach(home, KEY) == server
    for dsn in (server.dsn(), server.socket_dsn()):
        with psycopg.connect(dsn) as db:
            assert db.info.server_version >= 180000
    assert server.password not in repr(server)
    assert embedded.stop(home)
    assert not embedded.stop(home)
    with pytest.raises(Unavailable, match="does not run"):
        embedded.attach(home, KEY)


def test_the_home_of_these_tests_has_a_space_and_a_socket_path_is_short(home: Path):
    assert " " in str(home)
    long = home / ("x" * 200)
    assert len(str(embedded.socket_folder(long) / ".s.PGSQL.65535")) < 104


def test_many_at_once_start_one_server(home: Path):
    with ThreadPoolExecutor(6) as crowd:
        pids = {server.pid for server in crowd.map(lambda _: embedded.start(home, KEY), range(6))}
    assert len(pids) == 1


def test_only_the_password_opens_it(home: Path):
    server = embedded.start(home, KEY)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn(password="guess"))
    assert embedded.socket_folder(home).stat().st_mode & 0o777 == 0o700
    assert (home / "db").stat().st_mode & 0o777 == 0o700


def test_sorts_and_upper_cases_the_same_everywhere(home: Path):
    with psycopg.connect(embedded.start(home, KEY).dsn()) as db:
        row = db.execute("select upper('äß'), 'Z' < 'a', datlocprovider from pg_database where datname = 'template0'").fetchone()
    assert row == ("Äß".upper()[0] + "ß", True, "b")


def test_killed_server_starts_again_with_what_was_committed(home: Path):
    server = embedded.start(home, KEY)
    with psycopg.connect(server.dsn(), autocommit=True) as db:
        db.execute("create table kept (n int)")
        db.execute("insert into kept values (7)")
    os.kill(server.pid, signal.SIGKILL)
    _wait_for(lambda: not embedded.status(home).running)
    assert (home / "db" / "postmaster.pid").exists()
    again = embedded.start(home, KEY)
    assert again.pid != server.pid
    with psycopg.connect(again.dsn()) as db:
        assert db.execute("select n from kept").fetchone() == (7,)


def test_a_pid_file_that_names_a_stranger_does_not_fool_it(home: Path):
    """After a reboot or in a container the number in postmaster.pid belongs to somebody else."""
    server = embedded.start(home, KEY)
    lines = (home / "db" / "postmaster.pid").read_text().splitlines()
    embedded.stop(home)
    (home / "db" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    server.programs.give(home / "db" / "postmaster.pid")
    assert not embedded.status(home).running
    assert embedded.start(home, KEY).pid != os.getpid()


def test_a_zombie_is_not_a_running_server(home: Path):
    server = embedded.start(home, KEY)
    lines = (home / "db" / "postmaster.pid").read_text().splitlines()
    embedded.stop(home)
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it ended, and nobody collected it yet
        (home / "db" / "postmaster.pid").write_text("\n".join([str(child.pid), *lines[1:]]) + "\n")
        server.programs.give(home / "db" / "postmaster.pid")
        assert not embedded.status(home).running
    embedded.start(home, KEY)


def test_the_one_who_started_it_may_be_killed(home: Path):
    """The server belongs to the home, not to the process that asked for it."""
    script = (
        "import sys; from pathlib import Path; from postwright.db import embedded; embedded.start(Path(sys.argv[1]), bytes(range(32)));"
    )
    with subprocess.Popen([sys.executable, "-c", script + "print('up', flush=True); input()", str(home)], stdin=-1, stdout=-1) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        starter.kill()
    server = embedded.attach(home, KEY)
    with psycopg.connect(server.dsn()) as db:
        db.execute("select 1")
    assert embedded.stop(home)


def test_a_taken_port_is_given_up_for_another(home: Path):
    import socket

    first = embedded.start(home, KEY)
    embedded.stop(home)
    with socket.create_server(("127.0.0.1", first.port)):
        assert embedded.start(home, KEY).port != first.port


def test_two_homes_never_meet(home: Path):
    other = home.parent / "other"
    one, two = embedded.start(home, KEY), embedded.start(other, KEY)
    try:
        assert one.port != two.port
        assert one.socket_folder != two.socket_folder
        assert embedded.stop(home)
        assert embedded.status(other).running
    finally:
        embedded.stop(other)


def test_kept_values_have_one_winner(home: Path):
    home.mkdir()
    with ThreadPoolExecutor(8) as crowd:
        keys = set(crowd.map(lambda n: instance.keep(home / "k", lambda: f"made by {n}"), range(40)))
    assert len(keys) == 1
    assert (home / "k").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == ["k"]


def _wait_for(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
