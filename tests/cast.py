"""The people of the tests. Alice owns, Ada administers, Bob edits, Vera views; Mallory is outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from argon2 import PasswordHasher

Connection = psycopg.Connection[Any]

PASSWORD = "correct horse battery staple"
# The cheapest parameters: what is tested with it is signing in, not argon2.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in with PASSWORD."""

    id: UUID
    name: str
    email: str
    role: str | None  # in the cast's workspace
    personal: UUID  # the workspace that came with signing up


@dataclass(frozen=True, slots=True)
class Cast:
    """Four members of one workspace, and an outsider with a workspace of her own."""

    alice: Person
    ada: Person
    bob: Person
    vera: Person
    mallory: Person
    workspace: UUID
    elsewhere: UUID

    @property
    def members(self) -> tuple[Person, ...]:
        """Those of the workspace, the mightiest first."""
        return self.alice, self.ada, self.bob, self.vera


def gather(db: Connection) -> Cast:
    """Signs the five up and puts them into their workspaces, the way the product does it."""
    alice, ada = sign_up(db, "Alice", role="owner"), sign_up(db, "Ada", role="admin")
    bob, vera, mallory = sign_up(db, "Bob", role="editor"), sign_up(db, "Vera", role="viewer"), sign_up(db, "Mallory", role=None)
    workspace, elsewhere = make_workspace(db, alice, "Acme"), make_workspace(db, mallory, "Mallory & Co")
    for member in (ada, bob, vera):
        join(db, member, workspace, invited_by=alice)
    return Cast(alice, ada, bob, vera, mallory, workspace, elsewhere)


def join(db: Connection, person: Person, workspace: UUID, *, invited_by: Person) -> None:
    """By an invitation, and by accepting it."""
    token = f"{workspace} {person.id}".encode()
    with acting(db, invited_by):
        db.execute(
            "insert into invitations (workspace_id, email, role, token_hash) values (%s, %s, %s, %s)",
            (workspace, person.email, person.role, token),
        )
    with db.transaction():
        db.execute("set local role app_auth")
        db.execute("select app_auth.accept_invitation(%s, %s)", (token, person.id))


def sign_up(db: Connection, name: str, *, role: str | None = None, zone: str = "UTC") -> Person:
    """A new user with a personal workspace."""
    email = f"{name.lower()}@example.com"
    with db.transaction():
        db.execute("set local role app_auth")
        user = _one(db, "select app_auth.register(%s, %s, %s, %s)", email, _HASH, name, zone)
    personal = _one(db, "select id from workspaces where personal_of = %s", user)
    return Person(user, name, email, role, personal)


def make_workspace(db: Connection, person: Person, title: str) -> UUID:
    """A workspace that the person owns."""
    with acting(db, person):
        return _one(db, "select app.create_workspace(%s)", title)


@contextmanager
def acting(db: Connection, person: Person, workspace: UUID | None = None) -> Iterator[Connection]:
    """A transaction as that signed-in person (looking at `workspace`); committed at its end, rolled back when it raises."""
    claims = json.dumps({"role": "authenticated", "sub": str(person.id)})
    with db.transaction():
        _enter(db, "authenticated", claims, workspace)
        yield db


@contextmanager
def serving(db: Connection, workspace: UUID | None = None) -> Iterator[Connection]:
    """A transaction as the service."""
    with db.transaction():
        _enter(db, "service_role", json.dumps({"role": "service_role"}), workspace)
        yield db


def _enter(db: Connection, role: str, claims: str, workspace: UUID | None) -> None:
    db.execute(
        "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true), set_config('app.workspace_id', %s, true)",
        (role, claims, str(workspace or "")),
    )


def _one(db: Connection, text: str, *values: object) -> UUID:
    row = db.execute(text.encode(), values).fetchone()
    assert row is not None
    found = row[0]
    assert isinstance(found, UUID)
    return found
