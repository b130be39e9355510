"""One database for the whole folder; nothing that is done in it stays."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from argon2 import PasswordHasher

from postwright.edge import live
from postwright.identity import passwords
from postwright.library.storage import Storage
from tests.conftest import Cluster
from tests.mallory.scene import Scene, Stage, on_stage, set_up


@pytest.fixture(scope="session")
def scene(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    dsns = cluster.fresh()
    yield set_up(dsns, tmp_path_factory.mktemp("home"))
    cluster.drop(dsns)


@pytest.fixture
async def stage(scene: Scene, anyio_backend: str) -> AsyncIterator[Stage]:
    async with on_stage(scene) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What no rollback brings back stays as it is; the stream of events ends; passwords cost little; the log is still."""

    async def once(*_: object) -> AsyncIterator[bytes]:
        yield b": hello\n\n"

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(live, "stream", once)
    for each in ("delete", "forget"):
        monkeypatch.setattr(Storage, each, nothing)
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)
