"""The sandbox's own memory: SQLite in WAL mode, one writer, every answer given only after its commit.

A killed process loses nothing that it answered for; a power cut may lose the last moments.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from postwright.sandbox.records import Account, Handle, Medium, Post, Token

POST_COLUMNS = "platform, remote_id, account_id, created_at, kind, text, root, title, media, parent, origin, extra"
MEDIA_COLUMNS = "id, account_id, kind, mime, size, width, height, duration, sha256, created_at, alt"
ACCOUNT_COLUMNS = "id, workspace, platform, handle, display_name, host, followers, created_at, profile"
BEARER_COLUMNS = "token, account_id, kind, scope, expires_at, revoked_at"
HANDLE_COLUMNS = "platform, id, account_id, kind, created_at, body, ready_at, expires_at"


class LedgerUnusable(Exception):
    """The ledger's file cannot be read or written; the message names it and says what to do."""


class Ledger:
    """All reads and writes. Not for use by two threads at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = _connect(path)
        self._depth = 0

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested calls join the outer one."""
        if self._depth:
            yield
            return
        self._db.execute("begin immediate")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        else:
            self._db.execute("commit")
        finally:
            self._depth = 0

    # accounts and tokens

    def add_account(self, account: Account) -> None:
        self._insert("accounts", ACCOUNT_COLUMNS, (*_fields(account, 8), json.dumps(account.profile)))

    def amend_account(self, account: Account, **profile: Any) -> None:
        """Adds to what an account tells of itself."""
        self._db.execute("update accounts set profile = ? where id = ?", (json.dumps({**account.profile, **profile}), account.id))

    def account(self, account_id: str) -> Account | None:
        return self._one_account("id = ?", account_id)

    def rename_account(self, account_id: str, handle: str, display_name: str) -> None:
        """No other account of the platform may have the handle."""
        self._db.execute("update accounts set handle = ?, display_name = ? where id = ?", (handle, display_name, account_id))

    def account_named(self, platform: str, handle: str) -> Account | None:
        return self._one_account("platform = ? and handle = ? collate nocase", platform, handle)

    def account_of(self, workspace: str, platform: str) -> Account | None:
        """The first one; a person may have more."""
        return self._one_account("workspace = ? and platform = ? order by created_at, rowid", workspace, platform)

    def accounts(self, workspace: str) -> list[Account]:
        rows = self._db.execute(f"select {ACCOUNT_COLUMNS} from accounts where workspace = ? order by platform", (workspace,))
        return [_account(row) for row in rows]

    def add_token(self, token: Token) -> None:
        self._insert("tokens", BEARER_COLUMNS, _fields(token, 6))

    def token(self, token: str) -> Token | None:
        row = self._db.execute(f"select {BEARER_COLUMNS} from tokens where token = ?", (token,)).fetchone()
        return Token(*row) if row else None

    def live_token(self, account_id: str, kind: str, now: float) -> Token | None:
        """The youngest token of the account that still works."""
        row = self._db.execute(
            f"select {BEARER_COLUMNS} from tokens"
            " where account_id = ? and kind = ? and revoked_at is null and expires_at > ? order by expires_at desc, rowid desc limit 1",
            (account_id, kind, now),
        ).fetchone()
        return Token(*row) if row else None

    def revoke(self, token: str, now: float) -> None:
        self._db.execute("update tokens set revoked_at = ? where token = ? and revoked_at is null", (now, token))

    def expire(self, token: str, at: float) -> None:
        """Makes a token end at `at`."""
        self._db.execute("update tokens set expires_at = ? where token = ?", (at, token))

    def limit(self, token: str, scope: str) -> None:
        """Leaves a token these scopes."""
        self._db.execute("update tokens set scope = ? where token = ?", (scope, token))

    # posts

    def add_post(self, post: Post, now: float) -> None:
        """Raises sqlite3.IntegrityError when the id is taken."""
        values = (*_fields(post, 8), json.dumps(post.media), post.parent, post.origin, json.dumps(post.extra), now)
        self._insert("posts", POST_COLUMNS + ", received_at", values)

    def post(self, platform: str, remote_id: str, now: float | None = None) -> Post | None:
        """The post unless it was deleted or, with `now`, is not out yet."""
        row = self._db.execute(
            f"select {POST_COLUMNS} from posts"
            " where platform = ? and remote_id = ? and deleted_at is null and (? is null or created_at <= ?)",
            (platform, remote_id, now, now),
        ).fetchone()
        return _post(row) if row else None

    def post_ending(self, platform: str, tail: str, now: float) -> Post | None:
        """The newest post whose id ends so. Reads all of the platform's posts: for pages, not for adapters."""
        row = self._db.execute(
            f"select {POST_COLUMNS} from posts where platform = ? and substr(remote_id, -length(?)) = ? and deleted_at is null"
            " and created_at <= ? order by created_at desc limit 1",
            (platform, tail, tail, now),
        ).fetchone()
        return _post(row) if row else None

    def free_deleted(self, platform: str, remote_id: str) -> None:
        """Lets the id of a deleted post be used again, where a platform allows that."""
        self._db.execute("delete from posts where platform = ? and remote_id = ? and deleted_at is not null", (platform, remote_id))

    def posts_of(self, account_id: str, now: float, *, since: float = 0, until: float | None = None, limit: int = 100) -> list[Post]:
        """What an account has out, newest first, replies and thread parts included."""
        rows = self._db.execute(
            f"select {POST_COLUMNS} from posts where account_id = ? and created_at between ? and ? and deleted_at is null"
            " order by created_at desc, remote_id desc limit ?",
            (account_id, since, now if until is None else min(now, until), limit),
        )
        return [_post(row) for row in rows]

    def said(self, account_id: str, text: str, since: float) -> bool:
        """Whether the account has a post with exactly this text since a moment."""
        row = self._db.execute(
            "select 1 from posts where account_id = ? and created_at >= ? and text = ? and deleted_at is null limit 1",
            (account_id, since, text),
        ).fetchone()
        return row is not None

    def count_of(self, account_id: str, now: float) -> tuple[int, float | None]:
        """How many posts an account has out, and when the last came out."""
        row = self._db.execute(
            "select count(*), max(created_at) from posts where account_id = ? and created_at <= ? and deleted_at is null", (account_id, now)
        ).fetchone()
        return int(row[0]), row[1]

    def thread(self, platform: str, root: str) -> list[Post]:
        """A post and what its author hung on it, oldest first."""
        rows = self._db.execute(
            f"select {POST_COLUMNS} from posts where platform = ? and root = ? and deleted_at is null order by created_at, remote_id",
            (platform, root),
        )
        return [_post(row) for row in rows]

    def search_posts(self, *, workspace: str | None, platform: str | None, account: str | None, now: float, limit: int) -> list[Post]:
        """Roots only, newest first; `account` is an id or a handle."""
        columns = ", ".join(f"posts.{name}" for name in POST_COLUMNS.split(", "))
        rows = self._db.execute(
            f"select {columns} from posts join accounts on accounts.id = account_id"
            " where posts.root = posts.remote_id and deleted_at is null and posts.created_at <= :now"
            " and (:workspace is null or workspace = :workspace) and (:platform is null or posts.platform = :platform)"
            " and (:account is null or account_id = :account or handle = :account)"
            " order by posts.created_at desc, remote_id desc limit :limit",
            {"now": now, "workspace": workspace, "platform": platform, "account": account, "limit": limit},
        )
        return [_post(row) for row in rows]

    def sent_since(self, account_id: str, since: float, *, replies: bool = False) -> int:
        """How many posts an account sent, without replies, thread parts and simulated history; or how many of these replies."""
        row = self._db.execute(
            "select count(*) from posts where account_id = ? and received_at >= ? and origin = 'api' and (root <> remote_id) = ?",
            (account_id, since, replies),
        ).fetchone()
        return int(row[0])

    def delete_post(self, platform: str, remote_id: str, now: float) -> None:
        self._db.execute("update posts set deleted_at = ? where platform = ? and remote_id = ?", (now, platform, remote_id))

    def amend_post(self, post: Post, **extra: Any) -> None:
        """Adds to what a post holds besides its text: what a platform lets one change once it is out."""
        told = json.dumps({**post.extra, **extra})
        self._db.execute("update posts set extra = ? where platform = ? and remote_id = ?", (told, post.platform, post.remote_id))

    def forget_history(self, workspace: str) -> int:
        """Removes the simulated history of a workspace; returns how many posts went."""
        return self._db.execute(
            "delete from posts where origin = 'history' and account_id in (select id from accounts where workspace = ?)", (workspace,)
        ).rowcount

    def count_posts(self) -> int:
        return int(self._db.execute("select count(*) from posts where deleted_at is null").fetchone()[0])

    # media

    def add_medium(self, medium: Medium) -> None:
        self._insert("media", MEDIA_COLUMNS, _fields(medium, 11))

    def medium(self, medium_id: str) -> Medium | None:
        row = self._db.execute(f"select {MEDIA_COLUMNS} from media where id = ?", (medium_id,)).fetchone()
        return Medium(*row) if row else None

    def describe_medium(self, medium_id: str, alt: str) -> None:
        self._db.execute("update media set alt = ? where id = ?", (alt, medium_id))

    # handles

    def keep(self, handle: Handle) -> None:
        """Saves a handle, new or changed."""
        values = (*_fields(handle, 5), json.dumps(handle.body), handle.ready_at, handle.expires_at)
        self._insert("handles", HANDLE_COLUMNS, values, verb="insert or replace")

    def handle(self, platform: str, handle_id: str) -> Handle | None:
        row = self._db.execute(f"select {HANDLE_COLUMNS} from handles where platform = ? and id = ?", (platform, handle_id)).fetchone()
        return _handle(row) if row else None

    def change(self, handle: Handle, *, ready_at: float | None = None, **body: Any) -> Handle:
        """Merges `body` into the handle, keeps it, and returns it as it now is."""
        changed = replace(handle, body={**handle.body, **body}, ready_at=handle.ready_at if ready_at is None else ready_at)
        self.keep(changed)
        return changed

    def count_handles(self, account_id: str, kind: str, since: float) -> int:
        row = self._db.execute(
            "select count(*) from handles where account_id = ? and kind = ? and created_at >= ?", (account_id, kind, since)
        ).fetchone()
        return int(row[0])

    # usage

    def spend(self, account_id: str, bucket: str, window_start: int, cost: int) -> int:
        """Adds to a fixed window's use and returns the sum; a newer window starts at nothing."""
        row = self._db.execute(
            "insert into usage values (?, ?, ?, ?) on conflict (account_id, bucket) do update set"
            " used = excluded.used + case when window_start = excluded.window_start then usage.used else 0 end,"
            " window_start = excluded.window_start returning used",
            (account_id, bucket, window_start, cost),
        ).fetchone()
        return int(row[0])

    def _insert(self, table: str, columns: str, values: Sequence[Any], verb: str = "insert") -> None:
        marks = ", ".join("?" * len(values))
        self._db.execute(f"{verb} into {table} ({columns}) values ({marks})", tuple(values))

    def _one_account(self, condition: str, *values: str) -> Account | None:
        row = self._db.execute(f"select {ACCOUNT_COLUMNS} from accounts where {condition}", values).fetchone()
        return _account(row) if row else None


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        db.execute("pragma foreign_keys = on")
        db.executescript(Path(__file__).with_name("ledger.sql").read_text(encoding="utf-8"))
    except (OSError, sqlite3.Error) as problem:
        raise LedgerUnusable(f"The sandbox cannot use its ledger {path}: {problem}. Move the file away to start an empty one.") from problem
    return db


def _fields(record: Any, count: int) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.__dataclass_fields__)[:count]


def _account(row: tuple[Any, ...]) -> Account:
    account_id, workspace, platform, handle, name, host, followers, created_at, profile = row
    return Account(account_id, workspace, platform, handle, name, host, followers, created_at, json.loads(profile))


def _post(row: tuple[Any, ...]) -> Post:
    platform, remote_id, account_id, created_at, kind, text, root, title, media, parent, origin, extra = row
    listed = tuple(json.loads(media))
    return Post(platform, remote_id, account_id, created_at, kind, text, root, title, listed, parent, origin, json.loads(extra))


def _handle(row: tuple[Any, ...]) -> Handle:
    platform, handle_id, account_id, kind, created_at, body, ready_at, expires_at = row
    return Handle(platform, handle_id, account_id, kind, created_at, json.loads(body), ready_at, expires_at)
