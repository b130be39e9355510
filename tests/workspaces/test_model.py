"""Roles, invitations, leaving, handing over, deleting, restoring: whatever people do in whatever order.

The model keeps beside the database who is what, and by whose act. Verbs run as the routes run them: one transaction
each, as the person who asks; half of the time the code in front believes that they own the place, so that what is tested
is the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from postwright.db.bootstrap import Dsns
from postwright.db.session import Actor, enter
from postwright.edge.callers import Caller, WorkspaceInfo
from postwright.errors import PostwrightError
from postwright.workspaces import answer, delete, invite, staff
from postwright.workspaces.models import Role, Wish
from tests.cast import Person, join, make_workspace, sign_up

NAMES = ("Alice", "Ada", "Bob", "Vera", "Mallory")
RANK = {"viewer": 1, "editor": 2, "admin": 3, "owner": 4}
T = TypeVar("T")
people = st.sampled_from(NAMES)
mighty = st.sampled_from(("Alice", "Alice", "Ada", "Ada", *NAMES))  # who mostly may
roles = st.sampled_from(list(Role))
strangers = st.sampled_from(("Vera", "Mallory", "Vera", "Mallory", *NAMES))  # who is mostly no member
fooled = st.booleans()


@dataclass
class Offered:
    """An invitation as the model knows it."""

    token: str
    id: UUID
    to: str
    role: str
    open: bool = True


class Staff(RuleBasedStateMachine):
    """One workspace and five people; Alice made it, Ada and Bob have joined it."""

    dsns: Dsns
    made = count(1)
    offers = Bundle("offers")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.owner = psycopg.connect(self.dsns.owner, autocommit=True)
        number = next(self.made)
        self.title = f"Acme {number}"
        self.people: dict[str, Person] = {name: sign_up(self.owner, f"{name}{number}") for name in NAMES}
        self.workspace = make_workspace(self.owner, self.people["Alice"], self.title)
        self.members: dict[str, str] = {"Alice": "owner", "Ada": "admin", "Bob": "editor"}
        for name in ("Ada", "Bob"):
            joining = replace(self.people[name], role=self.members[name])
            join(self.owner, joining, self.workspace, invited_by=self.people["Alice"])
        self.deleted = False
        self.offered: list[Offered] = []
        self.checked: tuple[dict[str, str], bool] | None = None  # what was looked at by everybody last
        self.db = self.loop.run_until_complete(psycopg.AsyncConnection.connect(self.dsns.api, autocommit=True, prepare_threshold=None))

    def teardown(self) -> None:
        self.loop.run_until_complete(self.db.close())
        self.loop.close()
        self.owner.close()

    # what people do

    @initialize(target=offers)
    def invite_two(self) -> Any:
        """So that there is something to answer from the start."""
        wishes = (("Vera", Role.VIEWER), ("Mallory", Role.ADMIN))
        return multiple(*(self._keep(self._invited("Alice", to, role)) for to, role in wishes))

    @rule(target=offers, who=mighty, to=people, role=roles, fooled=fooled)
    def invite(self, who: str, to: str, role: Role, fooled: bool) -> Any:
        wish = Wish(self.people[to].email.upper(), role)
        made = self._try(who, lambda db, actor, caller: invite.invite(db, actor, caller, wish, now=datetime.now(UTC)), fooled)
        pending = any(each.open and each.to == to for each in self.offered)
        allowed = self._manages(who, role) and role != Role.OWNER and to not in self.members and not pending
        assert (made is not None) == allowed
        if made is None:
            return multiple()
        return self._keep(Offered(made.token, made.invitation.id, to, role))

    @rule(target=offers, who=mighty, offer=consumes(offers), fooled=fooled)
    def send_again(self, who: str, offer: Offered, fooled: bool) -> Any:
        made = self._try(who, lambda db, actor, caller: invite.send_again(db, actor, caller, offer.id, now=datetime.now(UTC)), fooled)
        assert (made is not None) == (offer.open and self._manages(who, offer.role))
        if made is None:
            return offer
        offer.open = False
        return multiple(offer, self._keep(Offered(made.token, made.invitation.id, offer.to, offer.role)))

    @rule(who=mighty, offer=offers, fooled=fooled)
    def revoke(self, who: str, offer: Offered, fooled: bool) -> None:
        done = self._try(who, lambda db, actor, caller: _said(invite.revoke(db, actor, offer.id, now=datetime.now(UTC))), fooled)
        if done:
            assert self._is(who, "admin")
            offer.open = False
        else:
            assert not (self._is(who, "admin") and offer.open)

    @rule(somebody=strangers, theirs=st.booleans(), offer=offers, accepts=st.sampled_from((True, True, False)))
    def reply(self, somebody: str, theirs: bool, offer: Offered, accepts: bool) -> None:
        who = offer.to if theirs else somebody
        verb = answer.accept if accepts else answer.decline
        done = self._try(who, lambda db, actor, caller: _said(verb(db, token=offer.token)))
        allowed = offer.open and offer.to == who and not self.deleted and not (accepts and who in self.members)
        assert bool(done) == allowed
        if done:
            offer.open = False
            if accepts:
                self.members[who] = offer.role

    @rule(who=people, offer=offers)
    def accept_by_id(self, who: str, offer: Offered) -> None:
        done = self._try(who, lambda db, actor, caller: _said(answer.accept(db, id=offer.id)))
        assert not done, "nobody's address is verified"

    @rule(who=mighty, whom=people, role=roles, fooled=fooled)
    def change(self, who: str, whom: str, role: Role, fooled: bool) -> None:
        if self.members.get(whom) == role:
            return  # nothing to change
        person = self.people[whom].id
        done = self._try(who, lambda db, actor, caller: staff.change_member(db, actor, caller, person, role=role), fooled)
        loses_owner = self.members.get(whom) == "owner" and role != Role.OWNER and self._owners() == 1
        allowed = whom in self.members and self._manages(who, self.members[whom]) and self._manages(who, role) and not loses_owner
        assert (done is not None) == allowed
        if done is not None:
            self.members[whom] = role

    @rule(who=mighty, whom=people, fooled=fooled)
    def remove(self, who: str, whom: str, fooled: bool) -> None:
        person = self.people[whom].id
        done = self._try(who, lambda db, actor, caller: _said(staff.remove_member(db, actor, caller, person)), fooled)
        allowed = whom in self.members and who != whom and self._manages(who, self.members[whom])
        assert bool(done) == allowed
        if done:
            del self.members[whom]

    @rule(who=people)
    def leave(self, who: str) -> None:
        done = self._try(who, lambda db, actor, caller: _said(staff.leave(db, actor, caller)))
        only = self.members.get(who) == "owner" and self._owners() == 1
        assert bool(done) == (who in self.members and not self.deleted and not only)
        if done:
            del self.members[who]

    @rule(who=mighty, heir=people, fooled=fooled)
    def hand_over(self, who: str, heir: str, fooled: bool) -> None:
        person = self.people[heir].id
        done = self._try(who, lambda db, actor, caller: staff.hand_over(db, actor, caller, person), fooled)
        assert (done is not None) == (self._is(who, "owner") and heir in self.members and heir != who)
        if done is not None:
            self.members |= {heir: "owner", who: "admin"}

    @rule(who=mighty, fooled=fooled)
    def delete(self, who: str, fooled: bool) -> None:
        done = self._try(who, lambda db, actor, caller: delete.delete(db, actor, caller, typed=self.title), fooled)
        assert (done is not None) == self._is(who, "owner")
        if done is not None:
            self.deleted = True
            for each in self.offered:
                each.open = False

    @rule(who=mighty)
    def restore(self, who: str) -> None:
        done = self._try(who, lambda db, actor, caller: delete.restore(db, self.workspace))
        assert (done is not None) == (self.deleted and self.members.get(who) == "owner")
        if done is not None:
            self.deleted = False

    # what always holds

    @invariant()
    def the_database_says_the_same(self) -> None:
        rows = self.owner.execute(
            "select u.full_name, m.role from workspace_members m join users u on u.id = m.user_id where m.workspace_id = %s",
            [self.workspace],
        )
        names = {person.name: name for name, person in self.people.items()}
        assert {names[full_name]: role for full_name, role in rows.fetchall()} == self.members

    @invariant()
    def there_is_an_owner(self) -> None:
        assert self._owners() >= 1

    @invariant()
    def only_members_see_it_and_only_while_it_is_there(self) -> None:
        if self.checked == (state := (dict(self.members), self.deleted)):
            return
        self.checked = state
        for name in NAMES:
            seen = self._do(name, lambda db, actor, caller: _count(db, self.workspace))
            assert seen == (1 if name in self.members and not self.deleted else 0), name

    # how

    def _invited(self, who: str, to: str, role: Role) -> Offered:
        wish = Wish(self.people[to].email, role)
        made = self._do(who, lambda db, actor, caller: invite.invite(db, actor, caller, wish, now=datetime.now(UTC)))
        return Offered(made.token, made.invitation.id, to, role)

    def _keep(self, offer: Offered) -> Offered:
        self.offered.append(offer)
        return offer

    def _is(self, who: str, role: str) -> bool:
        return not self.deleted and who in self.members and RANK[self.members[who]] >= RANK[role]

    def _manages(self, who: str, role: str) -> bool:
        return self._is(who, "owner") or (self._is(who, "admin") and RANK[role] < RANK["admin"])

    def _owners(self) -> int:
        return list(self.members.values()).count("owner")

    def _try(self, who: str, act: Callable[..., Awaitable[T]], fooled: bool = False) -> T | None:
        """The outcome, or None when it was refused in words or by the database. `fooled`: the code in front takes them for an owner."""
        try:
            return self._do(who, act, "owner" if fooled else None)
        except (PostwrightError, psycopg.errors.InsufficientPrivilege):
            return None

    def _do(self, who: str, act: Callable[..., Awaitable[T]], claims: str | None = None) -> T:
        return self.loop.run_until_complete(self._act(who, act, claims))

    async def _act(self, who: str, act: Callable[..., Awaitable[T]], claims: str | None) -> T:
        person = self.people[who]
        actor = Actor("authenticated", person.id, self.workspace)
        space = WorkspaceInfo(self.workspace, self.title, None, "UTC", claims or self.members.get(who, "viewer"))
        caller = Caller(None, person.id, person.email, who, "UTC", "en", 1, space, "")
        async with self._transaction(actor) as db:
            return await act(db, actor, caller)

    @asynccontextmanager
    async def _transaction(self, actor: Actor):
        async with self.db.transaction():
            await enter(self.db, actor)
            yield self.db


async def _said(done: Awaitable[object]) -> bool:
    """For verbs that answer nothing."""
    await done
    return True


async def _count(db, workspace: UUID) -> int:
    return (await (await db.execute("select count(*) from workspaces where id = %s", [workspace])).fetchone())[0]


@pytest.mark.timeout(400)
def test_nobody_gets_a_role_that_nobody_may_give(database: Dsns) -> None:
    """The last owner cannot be lost; an invitation works once; an admin makes no admin and no owner."""
    Staff.dsns = database
    found = Staff.TestCase
    found.settings = settings(max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    found().runTest()
