"""Small capability protocols: what a platform may be able to do.

An adapter gets an HTTP client and credentials and never sees the database. Whether the client
talks to the platform or to the sandbox is decided by who makes the client (kit/http.py); an
adapter always names the platform's real addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Literal, Protocol

import httpx2

from postwright.platforms.account import Account, Credentials, Profile
from postwright.platforms.post import Post
from postwright.platforms.rules import Finding, Rules


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a post is out: its id and its address there."""

    remote_id: str
    url: str
    part_ids: tuple[str, ...] = ()


class Ledger(Protocol):
    """The attempt's own record, kept by the engine. Each call is durable when it returns."""

    @property
    def remote_ids(self) -> Mapping[str, Any]:
        """What earlier tries of this attempt left: upload URIs, container ids, ids of thread parts."""
        ...

    async def keep(self, **remote_ids: Any) -> None:
        """Saves handles as soon as they are known. `sending_…` says what is about to be sent and is saved with the phase that
        follows; None takes it back, at once."""
        ...

    def now(self) -> datetime:
        """The moment by the clock that all publishers share; a machine's own may be far off."""
        ...

    async def enter(self, phase: Literal["uploading", "sending", "confirming"]) -> None:
        """Says where the attempt is. `sending` stands right before the one call that makes the
        post public; it raises when the lease is lost, and then nothing may be sent."""
        ...


class Publishes(Protocol):
    async def publish(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
        """Sends the post. Raises the errors of platforms/errors.py; OutcomeUnknown only after `sending`.

        ReauthRequired between `sending` and `confirming` tells that what was sent last made nothing: the same is sent again with
        other tokens. What is asked after the platform took the post comes after `confirming`, or raises nothing of the kind."""
        ...


class Reconciles(Protocol):
    async def find(
        self,
        http: httpx2.AsyncClient,
        account: Account,
        credentials: Credentials,
        post: Post,
        remote_ids: Mapping[str, Any],
        since: datetime,
    ) -> Receipt | None:
        """Whether a post whose outcome is unknown landed: its receipt; None when proven absent;
        raises OutcomeUnknown when the platform cannot tell."""
        ...


class MeasuresPosts(Protocol):
    async def measure(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
        """The post's figures under our names (views, impressions, likes, comments, shares, saves, clicks).
        What the platform does not tell is absent, never 0."""
        ...


class Adapter(Publishes, Reconciles, MeasuresPosts, Protocol):
    """All that a publishing platform does."""


class Deletes(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
        """Takes a post down. One that is gone already is fine. Raises Rejected where the platform does not let it go."""
        ...


class ReadsAudience(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
        """The account's figures under our names (followers, following, posts, views). What is not told is absent, never 0."""
        ...


class TellsProfile(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
        """What the account is called now, in the form in which it was connected, with the audience where the same answer tells it:
        people rename accounts, and ids stay."""
        ...


class Comments(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
        """Writes the first comment under a post of ours; its id. Errors as of a send: OutcomeUnknown when it may be there."""
        ...


class FindsComment(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
        """The id of that comment when it is there already; None when proven absent; raises OutcomeUnknown."""
        ...


class TellsChoices(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, Any]:
        """What this account may choose just now, by option (TikTok creator_info, YouTube playlists), and what to show of it."""
        ...


class TellsPost(Protocol):
    def __call__(self, account: Account, link: str) -> str | None:
        """The id by which the API knows the account's own post at this address; None where the address does not carry it."""
        ...


class FindsLink(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, link: str) -> str | None:
        """The id of the account's own post at this address, by the platform's list of its posts; None when that does not show it."""
        ...


@dataclass(frozen=True, slots=True)
class Price:
    """What sending a post costs, by a dated fact."""

    dollars: Decimal
    source: str
    checked_on: date


class Bills(Protocol):
    def __call__(self, post: Post) -> Price:
        """What the platform takes for this post, all parts of a thread together."""
        ...


class ExportsDraft(Protocol):
    def __call__(self, post: Post, into: IO[bytes]) -> None:
        """Writes the post as a ZIP that a person carries over. Raises Rejected for a post that lacks what it needs."""
        ...


@dataclass(frozen=True, slots=True)
class Quota:
    """What a platform says it has counted: `used` of `limit` posts, in a window of so many seconds that moves along.
    `budget` is our name of the limit."""

    used: int
    limit: int
    seconds: int
    source: str
    budget: str = "posts_per_day"


class ReadsQuota(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Quota:
        """How many posts the account has left by the platform's own count. Raises the errors of platforms/errors.py."""
        ...


class OwnRules(Protocol):
    def __call__(self, format: str, told: Mapping[str, Any]) -> Rules:
        """The rules for a format, by what is told of the account (its profile and what it may choose)."""
        ...


class ChecksTold(Protocol):
    def __call__(self, post: Post, told: Mapping[str, Any]) -> list[Finding]:
        """What the platform would refuse in the post of an account of which this is told; where nothing is, as `check`."""
        ...


class Spends(Protocol):
    def __call__(self, post: Post) -> Mapping[str, int]:
        """By name of a limit: what the post takes of it beyond the one that every post takes."""
        ...


class ReadsServer(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, Any]:
        """What the account's own server takes, to be kept in the account's profile. Raises the errors of platforms/errors.py."""
        ...
