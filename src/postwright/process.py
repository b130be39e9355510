"""What every process of Postwright opens when it starts and closes when it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal

from postwright.config import Settings
from postwright.db.connect import dsns
from postwright.db.instance import load_instance
from postwright.db.session import open_pool
from postwright.edge.state import State
from postwright.kit.mail import make_mailer
from postwright.library.storage import Storage


@asynccontextmanager
async def open_state(settings: Settings, login: Literal["api", "worker"], *, size: int = 8) -> AsyncIterator[State]:
    """A pool of the process's own login, the storage and the keys."""
    instance = load_instance(settings)
    addresses = dsns(settings)
    dsn = addresses.api if login == "api" else addresses.worker
    async with open_pool(dsn, size=size, name=login) as pool:
        yield State(
            settings=settings,
            pool=pool,
            storage=Storage(settings.home / "media"),
            clock=lambda: datetime.now(UTC),
            sandbox_url=f"http://127.0.0.1:{instance.sandbox_port}",
            sandbox_key=instance.sandbox_key,
            key=instance.key,
            instance=instance.id,
            mailer=make_mailer(settings.smtp_url, settings.mail_from),
        )
