"""The sandbox is killed as hard as can be, and started again on the same ledger."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.sandbox.conftest import KEY, movie

ADMIN = {"X-Sandbox-Key": KEY}


@contextmanager
def running(ledger: Path) -> Iterator[tuple[httpx2.Client, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "postwright.sandbox", "--port", str(port), "--ledger", str(ledger), "--delay", "0", "--no-limits"]
    process = subprocess.Popen(command, env={**os.environ, "POSTWRIGHT_SANDBOX_KEY": KEY})
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        try:
            _await_health(client, process)
            yield client, process
        finally:
            process.kill()
            process.wait(20)


def _await_health(client: httpx2.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the sandbox ended"
        try:
            assert client.get("/_sandbox/health", headers=ADMIN).json()["status"] == "ok"
        except httpx2.TransportError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the sandbox did not answer")


def tokens(client: httpx2.Client, *platforms: str) -> dict[str, dict[str, str]]:
    granted = client.post("/_sandbox/accounts", json={"workspace": "w", "platforms": list(platforms)}, headers=ADMIN).json()["accounts"]
    return {account["platform"]: {"Authorization": f"Bearer {account['access_token']}"} for account in granted}


def test_every_post_that_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    ledger, answered = tmp_path / "a folder" / "ledger.db", []
    with running(ledger) as (client, process):
        signed = tokens(client, "x")["x"]

        def post_until_the_end() -> None:
            for number in range(100_000):
                try:
                    made = client.post("/api.x.com/2/tweets", json={"text": f"Post {number}"}, headers=signed)
                except httpx2.TransportError:
                    return
                answered.append(made.json()["data"]["id"])

        writer = threading.Thread(target=post_until_the_end)
        writer.start()
        deadline = time.monotonic() + 30
        while len(answered) < 40:
            assert writer.is_alive(), f"the writer ended after {len(answered)} answers"
            assert time.monotonic() < deadline, f"only {len(answered)} of 40 posts were answered within 30 s"
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        writer.join(20)
    with running(ledger) as (client, _):
        kept = client.get("/_sandbox/posts", params={"platform": "x", "limit": "1000"}, headers=ADMIN).json()["posts"]
        assert set(answered) <= {post["remote_id"] for post in kept}
        assert len(kept) <= len(answered) + 1
        assert tokens(client, "x")["x"] == signed


def test_sessions_and_keys_outlive_a_kill(tmp_path: Path) -> None:
    ledger, data = tmp_path / "ledger.db", movie(10, padding=400_000)
    place = "/www.googleapis.com/upload/youtube/v3/videos"
    with running(ledger) as (client, process):
        signed = tokens(client, "youtube", "mastodon", "bluesky")
        begun = client.post(
            place, params={"uploadType": "resumable", "part": "snippet"}, json={"snippet": {"title": "Film"}}, headers=signed["youtube"]
        )
        address = begun.headers["location"].replace("https://", "/", 1)
        first = client.put(address, content=data[:262_144], headers={"Content-Range": f"bytes 0-262143/{len(data)}"})
        assert first.status_code == 308
        said = {"headers": {**signed["mastodon"], "Idempotency-Key": "k"}, "data": {"status": "Once"}}
        status = client.post("/mastodon.example/api/v1/statuses", **said).json()["id"]
        process.kill()
        process.wait(20)
    with running(ledger) as (client, _):
        asked = client.put(address, headers={"Content-Range": f"bytes */{len(data)}"})
        assert (asked.status_code, asked.headers["range"]) == (308, "bytes=0-262143")
        done = client.put(address, content=data[262_144:], headers={"Content-Range": f"bytes 262144-{len(data) - 1}/{len(data)}"})
        assert done.status_code == 200
        again = client.put(address, headers={"Content-Range": f"bytes */{len(data)}"})
        assert again.json()["id"] == done.json()["id"]
        assert client.post("/mastodon.example/api/v1/statuses", **said).json()["id"] == status
        shown = client.get(f"/_sandbox/posts/youtube/{done.json()['id']}", headers=ADMIN).json()
        assert client.get(shown["media"][0]["url"]).content == data


def test_a_ledger_that_is_none_is_named(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    ledger.write_bytes(b"this is not a database" * 100)
    command = [sys.executable, "-m", "postwright.sandbox", "--port", "0", "--ledger", str(ledger), "--key", KEY]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert str(ledger) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_port_is_said_and_ends_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "postwright.sandbox", "--port", port, "--ledger", str(tmp_path / "l.db"), "--key", KEY]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "address already in use" in ended.stderr
