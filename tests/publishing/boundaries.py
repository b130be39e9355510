"""Kills at phase boundaries and nowhere else, as many as are asked for: each publisher dies right at a step of its work."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg

from tests.publishing.chaos import Chaos
from tests.publishing.chaos_check import Told, check
from tests.publishing.real import SANDBOX_KEY
from tests.publishing.victim import EVERYWHERE

SIDE_BY_SIDE = 3
_AT = "kill at "
_AT_ONCE = 6  # boundaries that a publisher may die at: those at which the fewest did
_WAIT = 5.0  # seconds for one of these, before any will do
_PATIENCE = 8.0  # seconds after which a publisher that had nothing to do stops


@dataclass(slots=True)
class Boundaries:
    """Posts of a chaos, and publishers that die over them until so many did."""

    chaos: Chaos
    kills: int

    async def run(self) -> Told:
        """Kills, calm, and the count; `told.done` says how many died at which boundary."""
        began = time.monotonic()
        self._wait_for_hands()
        await self.chaos.schedule()
        await asyncio.gather(*(self._die_again_and_again() for _ in range(SIDE_BY_SIDE)))
        async with self.chaos.publishers():
            await self.chaos.calm()
        told = self.chaos.told
        told.seconds = time.monotonic() - began
        await check(self.chaos.studio, told)
        return told

    def _wait_for_hands(self) -> None:
        """Here posts wait for publishers that live; what is late must not wait for a person besides."""
        with psycopg.connect(self.chaos.studio.dsns.owner, autocommit=True) as db:
            db.execute("update workspaces set settings = settings || '{\"late_grace_minutes\": 6000}'")

    async def _die_again_and_again(self) -> None:
        async with self._maker() as maker:
            while self.chaos.told.kills < self.kills:
                point = await self._one(maker)
                if point is not None:
                    self.chaos.told.done[_AT + point] += 1
                elif await self.chaos.insist(self.chaos.done):
                    return

    async def _one(self, maker: asyncio.subprocess.Process) -> str | None:
        """The point at which a publisher died; None: it found nothing to do."""
        assert maker.stdin is not None
        assert maker.stdout is not None
        given = {
            "dsn": self.chaos.studio.dsns.worker, "home": str(self.chaos.studio.home), "sandbox": self.chaos.studio.sandbox.url,
            "key": SANDBOX_KEY, "port": self.chaos.studio.state.settings.port, "points": self._rarest(),
            "nth": self.chaos.chance.choice((1, 1, 2)), "after": _WAIT, "patience": _PATIENCE,
        }  # fmt: skip
        maker.stdin.write(f"{json.dumps(given)}\n".encode())
        await maker.stdin.drain()
        said = (await maker.stdout.readline()).decode().strip()
        if said not in EVERYWHERE:
            assert said == "0", f"a publisher ended by itself: {said}"
            return None
        status = (await maker.stdout.readline()).decode().strip()
        assert status == str(-signal.SIGKILL), status
        return said

    def _rarest(self) -> list[str]:
        """The boundaries at which the fewest died so far."""
        return sorted(EVERYWHERE, key=lambda point: (self.chaos.told.done[_AT + point], self.chaos.chance.random()))[:_AT_ONCE]

    @asynccontextmanager
    async def _maker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        with (self.chaos.studio.home / "victims.log").open("ab") as log:
            maker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.publishing.victim", "--serve",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
            try:
                yield maker
            finally:
                assert maker.stdin is not None
                maker.stdin.close()
                await maker.wait()
