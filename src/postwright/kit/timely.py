"""A last look at the clock before bytes leave.

A process may be frozen at any instruction, and go on minutes later as if nothing had happened. What it then sends may come
after others have looked, found nothing and sent it themselves. So a send carries the moment until which it may begin, and the
socket asks for it at every write.
"""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore2


def awake_and_asleep() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps where the system has such a one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(slots=True)
class SendBy:
    """Until when bytes may leave, by `awake_and_asleep`. Whoever renews the right to send moves it."""

    moment: float

    @property
    def passed(self) -> bool:
        return awake_and_asleep() > self.moment


SEND_BY: ContextVar[SendBy | None] = ContextVar("send_by", default=None)  # None: nothing is in a hurry


class TimelyBackend(httpcore2.AsyncNetworkBackend):
    """Connects like the one inside; its streams write nothing after SEND_BY."""

    def __init__(self, inner: httpcore2.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _TimelyStream(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _TimelyStream(await self._inner.connect_unix_socket(path, timeout, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _TimelyStream(httpcore2.AsyncNetworkStream):
    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self._socket: Any = None
        self._readable: select.poll | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        limit = SEND_BY.get()
        if limit is not None and limit.passed:
            # Not a WriteError: that one is taken for a server that answers early, and its answer waited for.
            raise httpcore2.ConnectError("too late to send: the request was not completed")
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        return _TimelyStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Whether there is something to read is asked of every resting connection before each request: that must be quick."""
        if info != "is_readable" or not hasattr(select, "poll"):
            return self._inner.get_extra_info(info)
        if self._readable is None:
            self._socket = self._inner.get_extra_info("socket")
            if self._socket is None:
                return self._inner.get_extra_info(info)
            self._readable = select.poll()
            self._readable.register(self._socket.fileno(), select.POLLIN)
        return self._socket.fileno() < 0 or bool(self._readable.poll(0))
