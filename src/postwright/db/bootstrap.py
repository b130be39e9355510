"""Roles and logins: what belongs to the whole cluster and must stand before the first migration.

Idempotent, and safe when several installations share a cluster and start at once. On a server of
others it does what the owner may, and names the statements that an administrator must run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from postwright.config import Settings
from postwright.db.embedded import Server, tcp_dsn
from postwright.db.instance import derived_password, instance_id
from postwright.errors import SetupError

Connection = psycopg.Connection[Any]

DATABASE = "postwright"
GROUPS = ("anon", "authenticated", "service_role", "app_auth")
OF_API = ("anon", "authenticated", "app_auth")
OF_WORKER = ("service_role",)
_OLDEST = 150000
_TRIES = 12
_APPLICATION = "postwright"


@dataclass(frozen=True, slots=True)
class Dsns:
    """How to reach the database as whom.

    owner    migrates; never in the web or the workers
    api      the web: may become anon, authenticated, app_auth
    worker   publisher and jobs: may become service_role
    direct   the owner past any pooler: migrations and session locks
    """

    owner: str = field(repr=False)
    api: str = field(repr=False)
    worker: str = field(repr=False)
    direct: str = field(repr=False)

    @property
    def api_direct(self) -> str:
        """The api's login past any pooler: for LISTEN."""
        return self.api if self.direct == self.owner else _at_server_of(self.api, self.direct)

    @property
    def worker_direct(self) -> str:
        """The worker's login past any pooler: for LISTEN and settings of a session."""
        return self.worker if self.direct == self.owner else _at_server_of(self.worker, self.direct)


def bootstrap_embedded(server: Server, key: bytes, database: str = DATABASE) -> Dsns:
    """Roles, logins and an empty database on the embedded server; returns how to reach it."""
    names = Logins.of(key)
    dsns = embedded_dsns(server.port, key, database)
    if _all_enter(dsns):
        return dsns
    with connect(server.dsn()) as admin:
        for statement in _missing(admin, names, key, entering=set()):
            retried(lambda statement=statement: _execute(admin, statement))  # type: ignore[misc]
        retried(lambda: _make_database(admin, database, names.owner))
    return dsns


def embedded_dsns(port: int, key: bytes, database: str = DATABASE) -> Dsns:
    """The DSNs of the embedded server; they follow from the key, nothing is asked."""
    names = Logins.of(key)
    owner, api, worker = (
        tcp_dsn(port, database, str(name), derived_password(key, str(name))) for name in (names.owner, names.api, names.worker)
    )
    return Dsns(owner, api, worker, owner)


def bootstrap_external(settings: Settings, key: bytes) -> Dsns:
    """The same on the server that DATABASE_URL names. Raises SetupError with the statements that its owner may not run."""
    dsns = external_dsns(settings, key)
    with connect(dsns.direct) as owner:
        if owner.info.server_version < _OLDEST:
            raise SetupError(
                f"DATABASE_URL is a PostgreSQL {owner.info.server_version // 10000}: Postwright needs 15 or newer", field="DATABASE_URL"
            )
        me = _value(owner, "select current_user")
        logins = Logins(str(me), *(None if url else name for url, name in _derived(settings, key)))
        entering = {name for name, dsn in ((logins.api, dsns.api), (logins.worker, dsns.worker)) if name and _enters(dsn)}
        left = [statement for statement in _missing(owner, logins, key, entering) if not _attempt(owner, statement)]
        left += _missing_rights(owner, str(me))
        if left:
            raise SetupError(_for_administrator(owner, left), field="DATABASE_URL", rule="roles")
    _require_entry(dsns)
    return dsns


def external_dsns(settings: Settings, key: bytes) -> Dsns:
    """The DSNs of a server of others: given ones, else the owner's with derived logins."""
    owner = settings.database_url
    if owner is None:
        raise SetupError("DATABASE_URL is not set")
    api, worker = (url or _with_login(owner, name, derived_password(key, name)) for url, name in _derived(settings, key))
    return Dsns(owner, api, worker, settings.database_direct_url or owner)


@dataclass(frozen=True, slots=True)
class Logins:
    """The names of the three logins; None where one is given and not ours to make."""

    owner: str
    api: str | None
    worker: str | None

    @classmethod
    def of(cls, key: bytes) -> Logins:
        """The names that an installation derives: they end in its id, because a cluster may hold several."""
        mine = instance_id(key)
        return cls(f"postwright_owner_{mine}", f"postwright_api_{mine}", f"postwright_worker_{mine}")


def connect(dsn: str) -> Connection:
    """An autocommit connection for administration; SetupError that names the server and what it said."""
    try:
        return psycopg.connect(dsn, autocommit=True, connect_timeout=10, prepare_threshold=None, application_name=_APPLICATION)
    except psycopg.ProgrammingError as error:
        raise SetupError(f"not a database URL: {_first_line(error)}. It looks like postgresql://user:password@host:5432/name") from error
    except psycopg.OperationalError as error:
        raise SetupError(f"cannot connect to the database at {_shown(dsn)}: {_first_line(error)}") from error


def retried(work: Callable[[], None]) -> None:
    """Runs it again where others change the same cluster-wide rows at the same moment."""
    for attempt in range(1, _TRIES + 1):
        try:
            return work()
        except (psycopg.errors.DuplicateObject, psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return None  # somebody else made it
        except (psycopg.errors.InternalError_, psycopg.errors.ObjectInUse, psycopg.errors.DeadlockDetected):
            if attempt == _TRIES:
                raise
            time.sleep(random.uniform(0.01, 0.05 * attempt))  # noqa: S311 - spreads the tries, guards nothing


def _missing(db: Connection, logins: Logins, key: bytes, entering: set[str]) -> list[sql.Composed]:
    """The statements that are still needed, in order. `entering`: the logins whose password is right already."""
    there = {str(row[0]) for row in db.execute("select rolname from pg_roles")}
    found: list[sql.Composed] = [_sql("create role {} nologin noinherit", name) for name in GROUPS if name not in there]
    owner_is_ours = logins.owner == Logins.of(key).owner
    for login in (logins.owner if owner_is_ours else None, logins.api, logins.worker):
        if login is not None and login not in entering:
            found.append(_login(db, login, key, new=login not in there, inherit=login == logins.owner))
    for login, groups in ((logins.owner, GROUPS), (logins.api, OF_API), (logins.worker, OF_WORKER)):
        if login is not None:
            found += [_grant(db, group, login) for group in groups if not _may_become(db, login, group, there)]
    return found


def _login(db: Connection, login: str, key: bytes, *, new: bool, inherit: bool) -> sql.Composed:
    """The password travels as its verifier, so that no server log ever holds it."""
    verifier = db.pgconn.encrypt_password(derived_password(key, login).encode(), login.encode(), b"scram-sha-256").decode()
    verb = "create role" if new else "alter role"
    return sql.SQL("{} {} login {} password {}").format(
        sql.SQL(verb), sql.Identifier(login), sql.SQL("inherit" if inherit else "noinherit"), sql.Literal(verifier)
    )


def _grant(db: Connection, group: str, login: str) -> sql.Composed:
    """Membership to become the group, never to have its rights unasked."""
    how = " with inherit false, set true" if db.info.server_version >= 160000 else ""
    return sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(login)) + sql.SQL(how)


def _may_become(db: Connection, login: str, group: str, there: set[str]) -> bool:
    if login not in there or group not in there:
        return False
    verb = "SET" if db.info.server_version >= 160000 else "MEMBER"
    return bool(_value(db, "select pg_has_role(%s, %s, %s)", login, group, verb))


def _make_database(admin: Connection, database: str, owner: str) -> None:
    if not _value(admin, "select exists (select from pg_database where datname = %s)", database):
        admin.execute(_sql("create database {} owner {} template template0", database, owner))


def _missing_rights(db: Connection, owner: str) -> list[sql.Composed]:
    """What the owner needs in the database itself."""
    database = str(_value(db, "select current_database()"))
    found = []
    if not _value(db, "select has_database_privilege(current_database(), 'create')"):
        found.append(_sql("grant create on database {} to {}", database, owner))
    if not _value(
        db, "select has_schema_privilege('public', 'create') and pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'public'"
    ):
        found.append(_sql("alter schema public owner to {}", owner))
    return found


def _attempt(db: Connection, statement: sql.Composed) -> bool:
    try:
        retried(lambda: _execute(db, statement))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject):
        return False
    return True


def _for_administrator(db: Connection, left: list[sql.Composed]) -> str:
    statements = "\n".join(f"    {statement.as_string(db)};" for statement in left)
    return (
        f"the owner in DATABASE_URL may not prepare the database by itself. Let an administrator of that server run this once in "
        f"the database {_value(db, 'select current_database()')}, then start again:\n{statements}\n"
        "(or give DATABASE_API_URL and DATABASE_WORKER_URL with logins of your own)"
    )


def _require_entry(dsns: Dsns) -> None:
    """Each login enters and may become what it must; says which does not."""
    for dsn, groups in ((dsns.api, OF_API), (dsns.worker, OF_WORKER)):
        with connect(dsn) as db:
            for group in groups:
                if not _may_become(db, str(_value(db, "select session_user")), group, {*groups, str(_value(db, "select session_user"))}):
                    raise SetupError(f"{_shown(dsn)} may not become {group}: an administrator must run `grant {group} to {db.info.user};`")


def _all_enter(dsns: Dsns) -> bool:
    if not all(_enters(dsn) for dsn in (dsns.owner, dsns.api, dsns.worker)):
        return False
    with psycopg.connect(dsns.owner) as db:
        return all(_value(db, "select exists (select from pg_roles where rolname = %s)", group) for group in GROUPS)


def _enters(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _derived(settings: Settings, key: bytes) -> tuple[tuple[str | None, str], tuple[str | None, str]]:
    mine = instance_id(key)
    return (settings.database_api_url, f"postwright_api_{mine}"), (settings.database_worker_url, f"postwright_worker_{mine}")


def _execute(db: Connection, statement: sql.Composed) -> None:
    db.execute(statement)


def _sql(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*(sql.Identifier(name) for name in names))


def _value(db: Connection, text: str, *values: str) -> Any:
    row = db.execute(text.encode(), values).fetchone()
    return row[0] if row else None


def _with_login(dsn: str, user: str, password: str) -> str:
    parts = urlsplit(_as_url(dsn))
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{place}"))


def _at_server_of(dsn: str, other: str) -> str:
    login = urlsplit(_as_url(dsn)).netloc.rpartition("@")[0]
    parts = urlsplit(_as_url(other))
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))


def _as_url(dsn: str) -> str:
    if not dsn.startswith(("postgresql://", "postgres://")):
        raise SetupError("DATABASE_URL must be a URL: postgresql://user:password@host:5432/name", field="DATABASE_URL", rule="url")
    return dsn


def _shown(dsn: str) -> str:
    """Host and database of a DSN, never its password."""
    parts = urlsplit(dsn) if "://" in dsn else urlsplit("")
    return f"{parts.hostname or 'the local socket'}:{parts.port or 5432}{parts.path}" + (f" as {parts.username}" if parts.username else "")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
