"""What a process holds for as long as it lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postwright.config import Settings
from postwright.db.session import Pool
from postwright.kit.crypto import Box
from postwright.kit.keyring import ring_box
from postwright.kit.mail import Mailer, NoMail

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class State:
    """Settings, connections and keys of one process. `pool` is the login of that process: api in the
    web, worker in jobs and publisher."""

    settings: Settings
    pool: Pool
    storage: Any  # library.storage.Storage; a module above this one
    clock: Clock
    sandbox_url: str | None
    sandbox_key: str
    key: bytes  # the instance key, from which purpose keys are derived
    instance: str  # short id, part of names that two homes on one machine must not share
    mailer: Mailer = field(default_factory=NoMail)

    @property
    def box(self) -> Box:
        """What seals tokens of accounts and secrets of apps."""
        return ring_box(self.key, self.settings.sealing_file, self.settings.sealing_keys)


def state_of(connection: HTTPConnection) -> State:
    """The state of the application that serves this request."""
    state: State = connection.app.state.postwright
    return state
