"""What makes one installation itself: its key, its short id, its ports, and the passwords that follow from the key.

Everything that is kept lies in the home as a small file that only its owner reads, made whole or not at all.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import hmac
import os
import secrets
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from postwright.config import Settings
from postwright.errors import SetupError

_KEY_BYTES = 32
# Below the range from which systems take the ports of outgoing connections, so that a kept port stays free.
_PORTS = range(21000, 32000)


@dataclass(frozen=True, slots=True)
class Instance:
    """One installation: its key, the short id that follows from it, and where and how its sandbox is asked."""

    key: bytes
    id: str
    sandbox_port: int
    sandbox_key: str


def load_instance(settings: Settings) -> Instance:
    """What the processes of this home share; made on first use."""
    key = instance_key(settings)
    return Instance(key, instance_id(key), sandbox_port(settings.home), sandbox_key(settings.home))


def instance_key(settings: Settings) -> bytes:
    """The 32 bytes that every other secret is derived from: POSTWRIGHT_KEY, else kept in the home and made on first use."""
    if settings.key:
        return _decode(settings.key, "POSTWRIGHT_KEY")
    path = settings.home / "instance.key"
    return _decode(keep(path, lambda: base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()), str(path))


def instance_id(key: bytes) -> str:
    """Eight hex digits that name this installation where names are shared: database logins, cookies, folders."""
    return hashlib.sha256(b"postwright instance id\0" + key).hexdigest()[:8]


def derived_password(key: bytes, login: str) -> str:
    """The password of a database login: follows from the key, so nothing has to be stored or handed around."""
    return hmac.new(key, f"postwright database login {login}".encode(), hashlib.sha256).hexdigest()


def sandbox_port(home: Path) -> int:
    """The port of the sandbox: chosen once, then fixed, because addresses that people saw name it."""
    return kept_port(home / "sandbox.port")


def sandbox_key(home: Path) -> str:
    """What the sandbox asks for before it lets anyone make accounts."""
    return keep(home / "sandbox.key", lambda: secrets.token_urlsafe(24))


def sandbox_url(home: Path) -> str:
    """Where the sandbox of this home listens (when it runs)."""
    return f"http://127.0.0.1:{sandbox_port(home)}"


def kept_port(path: Path) -> int:
    """The port kept in that file; on first use a free one is chosen."""
    text = keep(path, lambda: str(free_port()))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SetupError(f"{path} should hold a port number and holds {text[:20]!r}: delete it to let Postwright choose another")
    return int(text)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    for _ in range(200):
        port = secrets.choice(_PORTS)
        if is_free(port):
            return port
    raise SetupError("no free port found between 21000 and 32000 on 127.0.0.1")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now. Raises OSError where the address itself is not this machine's."""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def keep(path: Path, make: Callable[[], str]) -> str:
    """The text of that file; made by `make` when there is none. Of several that race, all get the winner's."""
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(make() + "\n")
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
    return path.read_text(encoding="ascii").strip()


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SetupError(
            f"{where} does not hold an instance key (32 bytes as base64url). Restore it from your backup: "
            "connected accounts cannot be read without it",
            field=where,
            rule="key",
        )
    return key
