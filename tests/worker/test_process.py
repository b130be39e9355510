"""Processes that are kept alive."""

from __future__ import annotations

from pathlib import Path

import pytest

from postwright.worker.process import KeptProcess


def test_a_child_that_could_not_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    pauses: list[float] = []
    kept = KeptProcess("jobs", tmp_path / "jobs.log", {}, said.append)
    outcomes: list[OSError | None] = [OSError(12, "Cannot allocate memory"), OSError(11, "Try again"), None]

    def spawn() -> None:
        if (error := outcomes.pop(0)) is not None:
            raise error

    def wait(pause: float) -> bool:
        pauses.append(pause)
        return False

    monkeypatch.setattr(kept, "_spawn", spawn)
    monkeypatch.setattr(kept._stopping, "wait", wait)
    kept.falls = 1
    assert kept._start_again("ended with exit code 1")
    assert (pauses, outcomes) == ([0.5, 1, 2], [])
    assert "could not be started (Cannot allocate memory)" in said[1]
