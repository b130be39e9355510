"""The home: the folder that holds everything of one installation. Refuses what would fail later, and says what to do."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postwright.errors import SetupError

NEEDED_BYTES = 120_000_000  # what a new database takes, with room to start


def prepare_home(home: Path) -> Path:
    """Makes the home if it is not there, and returns its real path. Never changes what exists."""
    with explained(home):
        if home.exists() and not home.is_dir():
            raise SetupError(f"the home {home} is a file: give POSTWRIGHT_HOME a folder", field="POSTWRIGHT_HOME", rule="folder")
        # Root's database runs as another user, who must be able to pass; nobody else ever needs to.
        if not home.exists():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir(mode=0o711 if is_root() else 0o700, exist_ok=True)
        if not os.access(home, os.W_OK | os.X_OK):
            raise SetupError(
                f"the home {home} is not writable for this user: correct its owner, or point POSTWRIGHT_HOME elsewhere",
                field="POSTWRIGHT_HOME",
            )
        (home / "logs").mkdir(mode=0o700, exist_ok=True)
        (home / "run").mkdir(mode=0o700, exist_ok=True)
        return home.resolve()


def require_room(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Refuses to begin what the disk has no room for."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise full_disk(folder, f"{free // 1_000_000} MB are free, a new database needs {needed // 1_000_000} MB")


def full_disk(folder: Path, detail: str = "") -> SetupError:
    """The error for a disk without room."""
    return SetupError(
        f"the disk of {folder} is full{': ' + detail if detail else ''}. "
        "Free some space or point POSTWRIGHT_HOME to another disk; nothing was lost",
        field="POSTWRIGHT_HOME",
        rule="disk_space",
    )


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turns what the file system refuses into words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full_disk(home) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise SetupError(
                f"{error.filename or home} cannot be written ({error.strerror}): correct its owner, or point POSTWRIGHT_HOME elsewhere"
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG):
            raise SetupError(f"the home {home} cannot be a folder there ({error.strerror}): point POSTWRIGHT_HOME elsewhere") from error
        raise


def blocked_at(folder: Path, uid: int, gid: int) -> Path | None:
    """The first folder on the way to `folder` (itself included) that this user may not pass; by mode bits."""
    for step in [*reversed(folder.parents), folder]:
        facts = step.stat()
        bit = stat.S_IXUSR if facts.st_uid == uid else stat.S_IXGRP if facts.st_gid == gid else stat.S_IXOTH
        if not facts.st_mode & bit:
            return step
    return None


def is_root() -> bool:
    """Whether this process may become another user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
