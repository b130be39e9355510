"""The keys that seal tokens: several at a time, so that they can be changed while everything runs.

The newest seals, all of them open. They are given by the environment, or kept in a file that only its owner reads; a running
process notices when the file changes. The key that follows from the instance key always opens: it sealed everything before the
first rotation, and backups may go back to then.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tempfile
from functools import lru_cache, partial
from pathlib import Path

from postwright.errors import SetupError
from postwright.kit.crypto import Box, derive, key_id

_BYTES = 32
_ENVIRONMENT = "POSTWRIGHT_SEALING_KEYS"


def ring_box(instance_key: bytes, path: Path, given: str | None = None) -> Box:
    """The box of an instance: by the keys `given` (base64url, newest first, by commas), else by those in the file."""
    if given:
        return _box(instance_key, given)
    fresh = partial(_current, instance_key, path)
    found = fresh()
    return Box(found.keys, found.current, fresh)


def ring_ids(path: Path, given: str | None = None) -> tuple[str, ...]:
    """The ids of those keys, newest first; without the one that follows from the instance key."""
    made = _given(given) if given else _given(",".join(_lines(path)), str(path))
    return tuple(key_id(each) for each in made)


def add_key(instance_key: bytes, path: Path) -> str:
    """Puts a new key in front; its id. The file is changed whole or not at all."""
    made = base64.urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode()
    _write(path, [made, *_lines(path)])
    return _box(instance_key, made).current


def drop_old(path: Path) -> int:
    """Leaves only the newest key in the file; how many went. What they sealed opens no more."""
    lines = _lines(path)
    _write(path, lines[:1])
    return len(lines[1:])


def _current(instance_key: bytes, path: Path) -> Box:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return Box.from_key(instance_key)
    return _read(instance_key, path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


@lru_cache(maxsize=8)
def _read(instance_key: bytes, path: Path, version: tuple[int, ...]) -> Box:
    """`version` changes with the file."""
    return _box(instance_key, ",".join(_lines(path)), str(path))


def _box(instance_key: bytes, text: str, where: str = _ENVIRONMENT) -> Box:
    keys = [*_given(text, where), derive(instance_key, "box")]
    return Box({key_id(each): each for each in keys}, key_id(keys[0]))


def _given(text: str, where: str = _ENVIRONMENT) -> list[bytes]:
    return [derive(_decoded(each, where), "box") for each in text.split(",") if each.strip()]


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != _BYTES:
        raise SetupError(f"{where} does not hold sealing keys (each 32 bytes as base64url). Restore it: accounts cannot be read without it",
                         field=where, rule="key")  # fmt: skip
    return key


def _lines(path: Path) -> list[str]:
    try:
        return [each for each in path.read_text(encoding="ascii").split() if each]
    except FileNotFoundError:
        return []


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write("".join(f"{each}\n" for each in lines))
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, path)
