"""`make run` as a newcomer meets it: an empty home, six posts in the sandbox, a link; then Ctrl-C leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from postwright import config
from postwright.db import embedded, instance
from postwright.db.connect import dsns
from postwright.worker.supervise import running
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POSTWRIGHT_", "DATABASE_"))}
    return kept | {"POSTWRIGHT_HOME": str(home), "POSTWRIGHT_PORT": str(instance.free_port())}


@pytest.fixture
def up(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "postwright.cli.main", "up", "--demo", "examples/launch.md"]
    with subprocess.Popen(command, env=environ, cwd=REPOSITORY, stdout=-1, stderr=subprocess.STDOUT, text=True) as up:
        yield up
        if up.poll() is None:
            up.send_signal(signal.SIGINT)


def test_from_nothing_to_six_posts_and_back(up: subprocess.Popen[str], environ: dict[str, str]):
    said = _until_link(up)
    words = "".join(said)
    for step in (
        "PostgreSQL made and started",
        "schema brought up to date",
        "sandbox listens",
        "web listens",
        "publisher runs",
        "background work runs",
    ):
        assert re.search(rf"^ +\d+\.\d s  {step}", words, re.MULTILINE), step
    posts = [line for line in said if "published (sandbox)" in line]
    assert {line.split()[0] for line in posts} == {"youtube", "tiktok", "instagram", "x", "linkedin", "facebook"}
    assert all(re.search(r"slot \w{3} \d+ \w{3} \d\d:\d\d \S+ \(.+\)", line) for line in posts)
    assert re.fullmatch(rf"http://127\.0\.0\.1:{environ['POSTWRIGHT_PORT']}/welcome\?link=\S+\n", said[-1])
    assert said.index(posts[-1]) < len(said) - 1

    settings = config.load(environ)
    state = running(settings)
    assert state is not None
    assert set(state.children) == {"web", "publisher", "jobs", "sandbox"}
    with closing(http.client.HTTPConnection("127.0.0.1", settings.port, timeout=20)) as web:
        web.request("GET", "/readyz")
        assert web.getresponse().status == 200
    again = subprocess.run([sys.executable, "-m", "postwright.cli.main", "up"], env=environ, cwd=REPOSITORY, capture_output=True, text=True)
    assert again.returncode == 1
    assert f"process {up.pid} serves {state.url}" in again.stderr

    reach = dsns(settings)
    secrets = [(settings.home / name).read_text().strip() for name in ("instance.key", "sandbox.key")]
    secrets += [dsn.partition("@")[0].rpartition(":")[2] for dsn in (reach.owner, reach.api, reach.worker)]
    secrets.append(said[-1].rpartition("=")[2].strip())

    up.send_signal(signal.SIGTERM)
    rest = up.communicate(timeout=60)[0]
    assert up.returncode == 0, rest
    assert "what is being sent is finished first" in rest
    assert not any(psutil.pid_exists(pid) for pid in state.children.values())
    assert not embedded.status(settings.home).running
    for log in (settings.home / "logs").iterdir():
        written = log.read_text(errors="replace")
        assert "Traceback" not in written, log
        for secret in secrets:
            assert secret not in written, log


def _until_link(up: subprocess.Popen[str]) -> list[str]:
    assert up.stdout is not None
    said: list[str] = []
    for line in up.stdout:
        said.append(line)
        if "/welcome?link=" in line:
            return said
    raise AssertionError(f"it ended with {up.wait()}:\n{''.join(said)}")
