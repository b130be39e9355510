"""Where CI runs the tests, a server that could not be installed stops them; elsewhere its tests are skipped and say so."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of what `make test` runs, with steps that do nothing, and an npm that can install nothing."""
    place = tmp_path / "a house"
    (place / "tests/peers/pds").mkdir(parents=True)
    (place / "tests/peers/pds/package-lock.json").write_text("{}")
    (place / "scripts").mkdir()
    shutil.copy(HOUSE / "Makefile", place)
    shutil.copy(HOUSE / "scripts/peers.sh", place / "scripts")
    for script in ("scripts/install.sh", "scripts/system.sh", ".venv/bin/python", ".venv/bin/lint-imports"):
        _script(place / script, "exit 0")
    _script(place / "bin/node", "echo v22.0.0")
    _script(place / "bin/npm", "echo the registry is away; exit 1")
    return place


def _script(path: Path, does: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


def _run(house: Path, *command: str, ci: bool) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in {"CI", "MAKEFLAGS", "MAKELEVEL"}}
    env["PATH"] = f"{house / 'bin'}{os.pathsep}{env['PATH']}"
    return subprocess.run(command, cwd=house, env=env | ({"CI": "true"} if ci else {}), capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
@pytest.mark.parametrize(("ci", "fails"), [(True, True), (False, False)])
def test_an_install_that_failed_fails_make_test_in_ci_alone(house: Path, ci: bool, fails: bool) -> None:
    ran = _run(house, "make", "test", ci=ci)
    assert (ran.returncode != 0) == fails, ran.stderr
    assert ("-m pytest" in ran.stdout) != fails, "the tests are not begun"


@pytest.mark.parametrize(("ci", "code"), [(True, 1), (False, 0)])
def test_it_says_why(house: Path, ci: bool, code: int) -> None:
    ran = _run(house, "sh", "scripts/peers.sh", ci=ci)
    assert ran.returncode == code
    assert "the registry is away" in ran.stderr
    assert "could not be installed" in ran.stderr


def test_one_that_worked_is_not_done_again(house: Path) -> None:
    _script(house / "bin/npm", "mkdir -p node_modules; echo once >> ../../../installs")
    assert [_run(house, "sh", "scripts/peers.sh", ci=True).returncode for _ in range(2)] == [0, 0]
    assert (house / "installs").read_text() == "once\n"
