"""No secret reaches a log, under whatever key or inside whatever text it comes."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog

from postwright.kit import log

SECRET = "s3cr3t-value"


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "fields",
    [
        {"password": SECRET},
        {"access_token": SECRET},
        {"refreshToken": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
        {"headers": {"Cookie": SECRET, "X-Api-Key": "a"}},
        {"account": {"deep": [{"client_secret": SECRET}]}},
        {"dsn": f"postgresql://u:{SECRET}@h/x"},
        {"error": f"connection to postgresql://u:{SECRET}@h/x failed"},
        {"url": f"https://x.example/cb?state=1&code={SECRET}&x=2"},
        {"address": f"http://127.0.0.1:8484/welcome?link={SECRET}"},
        {"error": ConnectionError(f"postgresql://u:{SECRET}@h/x")},
        {"body": f"refresh?refresh_token={SECRET}&x=2".encode()},
        {"line": f"sent Bearer {SECRET} to it"},
        {"key": SECRET},
    ],
)
def test_hides(fields: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    log.configure(json=True)
    structlog.get_logger("test").info("something happened", **fields)
    logging.getLogger("library").warning("as a library logs", extra=fields)
    written = capsys.readouterr().err
    assert written.count("\n") == 2
    assert SECRET not in written
    assert written.count(log.HIDDEN) >= 2


def test_leaves_the_rest(capsys: pytest.CaptureFixture[str]):
    log.configure(json=True)
    fields = {
        "code": "not_found",
        "tokens_used": 12,
        "keyboard": "yes",
        "url": "https://x.example/?page=2",
        "posts": ["a", "b"],
        "empty_password": "",
    }
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("test").info("an event", **fields)
    line = json.loads(capsys.readouterr().err)
    assert fields.items() <= line.items()
    assert (line["event"], line["request_id"], line["level"], line["logger"]) == ("an event", "r1", "info", "test")


def test_tracebacks_hide_too(capsys: pytest.CaptureFixture[str]):
    log.configure(json=True)
    try:
        raise RuntimeError(f"postgresql://u:{SECRET}@h/x")
    except RuntimeError:
        structlog.get_logger("test").exception("it failed")
    line = capsys.readouterr().err
    assert SECRET not in line
    assert "RuntimeError" in line


def test_words_for_a_terminal(capsys: pytest.CaptureFixture[str]):
    log.configure(json=False)
    structlog.get_logger("test").info("an event", password=SECRET, post=7)
    line = capsys.readouterr().err
    assert "an event" in line
    assert SECRET not in line
