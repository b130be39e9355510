"""What a route asks of whoever calls it: a role, and of a key the scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

RANK = {"viewer": 1, "editor": 2, "admin": 3, "owner": 4}  # as app.role_rank


class Scope(StrEnum):
    """What a key may do. Every key reads; the others stand each for itself."""

    READ = "read"
    DRAFT = "draft"
    SCHEDULE = "schedule"
    PUBLISH = "publish"
    ADMIN = "admin"

    @property
    def cap(self) -> int:
        """The rank that this scope is worth: what the database lets such a key do at most."""
        return {Scope.READ: 1, Scope.ADMIN: 3}.get(self, 2)


@dataclass(frozen=True, slots=True)
class Access:
    """The least role of a person; the scope that a key needs beside its maker's role, None: no key may. `operator`: only who runs the
    server, whatever their role. `whole`: it is about the whole workspace, so no key may that is held to some accounts."""

    role: str
    scope: Scope | None
    operator: bool = False
    whole: bool = False

    def told(self) -> str:
        """For the API's description."""
        if self is OPEN:
            return "Needs no session."
        who = "the operator of the installation" if self.operator else f"the role {self.role}"
        key = f"a key needs the scope `{self.scope}`" if self.scope else "not open to keys"
        return f"Needs {who}; {key}{', and to be held to no accounts' if self.whole else ''}."


READ = Access("viewer", Scope.READ)
DRAFT = Access("editor", Scope.DRAFT)
SCHEDULE = Access("editor", Scope.SCHEDULE)
PUBLISH = Access("editor", Scope.PUBLISH)
COMMENT = Access("viewer", Scope.DRAFT)  # members of every role comment (docs/decisions/0011)
PREFER = Access("viewer", Scope.SCHEDULE)  # one's own wishes for slots
PUBLISH_WHOLE = Access("editor", Scope.PUBLISH, whole=True)
ADMIN = Access("admin", Scope.ADMIN)
ADMIN_WHOLE = Access("admin", Scope.ADMIN, whole=True)
ADMIN_PERSON = Access("admin", None)
OWNER = Access("owner", None)
PERSON = Access("viewer", None)  # one's own profile, sessions, memberships
OPERATOR = Access("viewer", None, operator=True)
OPEN = Access("anybody", None)  # before anybody has signed in; such an endpoint takes neither Signed nor SignedNoTx

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def needs(access: Access) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint; `Signed` and `SignedNoTx` hold every call to it before the endpoint runs."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.access = access  # type: ignore[attr-defined]
        return endpoint

    return mark


def access_of(endpoint: object, method: str) -> Access:
    """What an endpoint asks. Unmarked: everybody of the workspace reads; what writes is closed to keys, and says in itself who may."""
    marked: Access | None = getattr(endpoint, "access", None)
    return marked or (READ if method in _SAFE else PERSON)
