"""The three functions of a platform's folder as one adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.post import Post

_Publish = Callable[[httpx2.AsyncClient, Account, Credentials, Post, Ledger], Awaitable[Receipt]]
_Find = Callable[[httpx2.AsyncClient, Account, Credentials, Post, Mapping[str, Any], datetime], Awaitable[Receipt | None]]
_Measure = Callable[[httpx2.AsyncClient, Account, Credentials, str], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class FolderAdapter:
    """Publishes, reconciles and measures by the functions of publish.py and metrics.py."""

    publish_post: _Publish
    find_post: _Find
    measure_post: _Measure

    async def publish(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
        return await self.publish_post(http, account, credentials, post, ledger)

    async def find(
        self,
        http: httpx2.AsyncClient,
        account: Account,
        credentials: Credentials,
        post: Post,
        remote_ids: Mapping[str, Any],
        since: datetime,
    ) -> Receipt | None:
        return await self.find_post(http, account, credentials, post, remote_ids, since)

    async def measure(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
        return await self.measure_post(http, account, credentials, remote_id)
