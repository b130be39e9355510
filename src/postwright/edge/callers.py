"""Who is calling: a session (of a browser or a program), or a key on its leash."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.db.session import VISITOR, Actor, Leash, enter
from postwright.edge.access import RANK, Access, Scope
from postwright.edge.state import State
from postwright.edge.tokens import Outsider
from postwright.errors import Forbidden, InvalidInput, NotFound, NotSignedIn, TooManyTries

_sql = load(__package__)

SESSION_LIFE = timedelta(days=30)
_TOUCH_EVERY = timedelta(minutes=5)
_LINK = "Whoever runs this server links it: postwright users link EMAIL SUBJECT."
_NOBODY = f"Nobody here has this token's subject, and it carries no verified e-mail address to sign up with. {_LINK}"
_NOBODY_TAKEN = f"Nobody here has this token's subject, and its e-mail address is another account's. {_LINK}"


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """A workspace of the caller and their role in it."""

    id: UUID
    name: str
    environment: str | None  # "sandbox", "live", or None until the first account decides
    timezone: str
    role: str
    deleted_at: datetime | None = None

    @property
    def simulated(self) -> bool:
        return self.environment == "sandbox"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that acts in its maker's name."""

    id: UUID
    name: str
    scopes: frozenset[Scope]
    accounts: tuple[UUID, ...] | None  # None: all of the workspace

    @property
    def cap(self) -> int:
        """The rank that its scopes are worth together."""
        return max((scope.cap for scope in self.scopes), default=1)

    def role_of(self, maker: str) -> str:
        """The role that it acts with, of what its maker is."""
        return min(maker, *(role for role, rank in RANK.items() if rank == self.cap), key=RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Rate:
    """How much a key has left."""

    limit: int
    remaining: int
    resets_in: int  # seconds

    def headers(self) -> dict[str, str]:
        """As clients expect them (draft-ietf-httpapi-ratelimit-headers-06)."""
        told = {"RateLimit-Limit": self.limit, "RateLimit-Remaining": self.remaining, "RateLimit-Reset": self.resets_in}
        return {name: str(value) for name, value in told.items()}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking."""

    session_id: UUID | None  # None: no session, a key or an external token
    user_id: UUID
    email: str
    name: str
    timezone: str
    locale: str
    week_start: int
    workspace: WorkspaceInfo
    csrf: str
    key: Key | None = None
    operator: bool = False  # runs this server: People, sign-up
    verified: bool = True  # the address is known to be theirs
    picture: str | None = None  # where their picture is served

    @property
    def role(self) -> str:
        """The role in the workspace; a key's is at most what its scopes are worth."""
        return self.key.role_of(self.workspace.role) if self.key else self.workspace.role

    @property
    def session(self) -> UUID:
        """The session, where there must be one."""
        if self.session_id is None:
            raise Forbidden("This needs a session: sign in as a person.", rule="person")
        return self.session_id

    def may(self, role: str) -> bool:
        """Whether the caller has at least this role in the workspace. The database decides again."""
        return RANK[self.role] >= RANK[role]

    def require(self, access: Access) -> None:
        """Raises Forbidden that names what is missing: a clear word before the database's own refusal."""
        if self.key is not None:
            if access.scope is None:
                raise Forbidden("No key may do this: sign in as a person.", rule="person")
            if access.scope is not Scope.READ and access.scope not in self.key.scopes:
                raise Forbidden(f"The key “{self.key.name}” lacks the scope {access.scope}.", rule="scope")
            if access.whole and self.key.accounts is not None:
                message = f"The key “{self.key.name}” is held to some accounts, and this is about the whole workspace."
                raise Forbidden(message, rule="account")
        if access.operator and not self.operator:
            raise Forbidden("Only who runs this server may do this.", rule="operator")
        self.need(access.role)

    def need(self, role: str) -> None:
        """Raises Forbidden unless the caller has at least this role."""
        if not self.may(role):
            raise Forbidden(f"This needs the role {role}; yours in “{self.workspace.name}” is {self.role}.", rule="role")


def token_hash(token: str) -> bytes:
    """What is stored of a token: a stolen database signs nobody in."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(state: State, session_id: UUID) -> str:
    """The token that a form of this session carries."""
    return hmac.new(state.key, f"csrf:{session_id}".encode(), hashlib.sha256).hexdigest()[:32]


async def by_session(db: Conn, state: State, token: str, now: datetime, wanted: UUID | None = None) -> Caller:
    """Who a session token stands for. Leaves the transaction as that user. Raises NotSignedIn, NotFound for a foreign workspace."""
    await enter(db, VISITOR)
    found = await _sql["session"].one(db, _Session, hash=token_hash(token))
    if found is None or found.workspace_id is None:
        raise NotSignedIn("Your session has ended. Sign in again.")
    if now - found.last_seen_at > _TOUCH_EVERY:
        await _sql["touch_session"].value(db, hash=token_hash(token), expires=now + SESSION_LIFE)
    await enter(db, Actor("authenticated", found.user_id, wanted or found.workspace_id))
    workspace = await _membership(db, wanted or found.workspace_id, found.user_id)
    return Caller(
        found.session_id, found.user_id, found.email, _name(found), found.timezone, found.locale, found.week_start, workspace,
        csrf_token(state, found.session_id), operator=found.is_operator, verified=found.verified, picture=found.avatar_url,
    )  # fmt: skip


async def count_key(db: Conn, token: str, limit: int) -> tuple[KeyRow, Rate]:
    """Who a key stands for, and what it has left of its `limit` a minute.

    A transaction of its own, so that a key's requests do not wait for each other.

    Raises NotSignedIn, and TooManyTries when the minute's share is used up.
    """
    async with db.transaction():
        await enter(db, VISITOR)
        found = await _sql["use_key"].one(db, KeyRow, hash=token_hash(token))
    if found is None:
        raise NotSignedIn("This key is unknown, expired or revoked.", rule="key")
    rate = Rate(limit, max(0, limit - found.used), found.resets_in)
    if found.used > limit:
        message = f"This key has made {limit} requests in this minute. Go on in {found.resets_in} s."
        raise TooManyTries(message, rule="rate", headers=_slow_down(rate))
    return found, rate


async def by_key(db: Conn, found: KeyRow, wanted: UUID | None = None) -> Caller:
    """The caller that a key is. Leaves the transaction as its maker, held to the key's workspace, scopes and accounts."""
    if wanted not in {None, found.workspace_id}:
        raise NotFound("There is no such workspace, or this key is not for it.", field="X-Workspace", rule="membership")
    accounts = None if found.connection_ids is None else tuple(found.connection_ids)
    key = Key(found.key_id, found.key_name, frozenset(map(Scope, found.scopes)), accounts)
    leash = Leash(found.key_id, found.workspace_id, key.cap, accounts)
    await enter(db, Actor("authenticated", found.user_id, found.workspace_id, leash=leash))
    theirs = await _membership(db, found.workspace_id, found.user_id)
    workspace = replace(theirs, role=key.role_of(theirs.role))
    return Caller(
        None, found.user_id, found.email, _name(found), found.timezone, found.locale, found.week_start, workspace, csrf="", key=key
    )  # fmt: skip


async def admit(db: Conn, outsider: Outsider) -> OutsiderRow:
    """The user that an external token stands for; made at the first visit, if the issuer has verified an address that is nobody's.

    A transaction of its own, so that two first visits at once make one user. Raises NotSignedIn.
    """
    async with db.transaction():
        await enter(db, VISITOR)
        found = await _sql["caller_of"].one(db, OutsiderRow, subject=outsider.subject)
        if found is None and outsider.email:
            await _sql["register_subject"].value(db, subject=outsider.subject, email=outsider.email, name=outsider.name)
            found = await _sql["caller_of"].one(db, OutsiderRow, subject=outsider.subject)
    if found is None:
        raise NotSignedIn(_NOBODY_TAKEN if outsider.email else _NOBODY, rule="subject")
    if not found.is_active or found.workspace_id is None:
        raise NotSignedIn("This account was deactivated by whoever runs this server.", rule="deactivated")
    return found


async def by_token(db: Conn, found: OutsiderRow, wanted: UUID | None = None) -> Caller:
    """The caller that an external token is. Leaves the transaction as that user. Raises NotFound for a foreign workspace."""
    home = wanted or found.workspace_id
    if home is None:
        raise NotSignedIn("This account has no workspace.", rule="subject")
    await enter(db, Actor("authenticated", found.user_id, home))
    workspace = await _membership(db, home, found.user_id)
    return Caller(
        None, found.user_id, found.email, _name(found), found.timezone, found.locale, found.week_start, workspace,
        csrf="", operator=found.is_operator, verified=found.verified, picture=found.avatar_url,
    )  # fmt: skip


async def my_workspaces(db: Conn, actor: Actor) -> list[WorkspaceInfo]:
    """All workspaces of the caller, oldest first; a key has one."""
    return await _sql["workspaces"].rows(db, WorkspaceInfo, user=actor.user)


def workspace_id(text: str | None) -> UUID | None:
    """What X-Workspace names. Raises InvalidInput."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("X-Workspace is not a workspace's id.", field="X-Workspace", rule="uuid") from None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that stands, with its maker."""

    key_id: UUID
    workspace_id: UUID
    user_id: UUID
    email: str
    full_name: str | None
    timezone: str
    locale: str
    week_start: int
    key_name: str
    scopes: list[str]
    connection_ids: list[UUID] | None
    used: int
    resets_in: int


@dataclass(frozen=True, slots=True)
class OutsiderRow:
    """The user of an external token's subject."""

    user_id: UUID
    email: str
    full_name: str | None
    timezone: str
    locale: str
    week_start: int
    workspace_id: UUID | None
    is_active: bool
    is_operator: bool
    verified: bool
    avatar_url: str | None


@dataclass(frozen=True, slots=True)
class _Session:
    session_id: UUID
    user_id: UUID
    email: str
    full_name: str | None
    timezone: str
    locale: str
    week_start: int
    workspace_id: UUID | None
    last_seen_at: datetime
    is_operator: bool
    verified: bool
    avatar_url: str | None


async def _membership(db: Conn, workspace: UUID, user: UUID) -> WorkspaceInfo:
    found = await _sql["membership"].one(db, WorkspaceInfo, workspace=workspace, user=user)
    if found is None:
        raise NotFound("There is no such workspace, or it is not yours.", field="X-Workspace", rule="membership")
    return found


def _name(found: _Session | KeyRow | OutsiderRow) -> str:
    return found.full_name or found.email.partition("@")[0]


def _slow_down(rate: Rate) -> dict[str, str]:
    return rate.headers() | {"Retry-After": str(rate.resets_in)}
