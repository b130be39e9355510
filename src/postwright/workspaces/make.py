"""Makes a workspace, looks at another, gives one a name and a zone."""

from __future__ import annotations

from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.errors import InvalidInput, NotFound
from postwright.kit import time
from postwright.workspaces import store
from postwright.workspaces.models import Environment, Mine, Workspace

_LONGEST = 120


async def create(db: Conn, *, name: str, environment: Environment | None) -> UUID:
    """An empty workspace of the caller's own. Without an environment its first account decides, for good. Raises InvalidInput."""
    return await store.create_workspace(db, named(name), environment)


async def switch(db: Conn, caller: Caller, workspace: UUID) -> None:
    """From here on the caller's session looks at that workspace. Raises NotFound for one that is not theirs."""
    if not await store.look_at(db, session=caller.session, user=caller.user_id, workspace=workspace):
        raise NotFound("There is no such workspace, or it is not yours.", field="workspace", rule="membership")


async def list_mine(db: Conn, actor: Actor) -> list[Mine]:
    """All workspaces of the caller, oldest first; a key has one."""
    return await store.mine(db, actor.user)


async def get(db: Conn, actor: Actor) -> Workspace:
    """The workspace that the caller looks at. Raises NotFound."""
    return _found(await store.workspace(db, actor.home))


async def get_to_change(db: Conn, actor: Actor) -> Workspace:
    """The same, held until the transaction ends."""
    return _found(await store.workspace_to_change(db, actor.home))


async def change(db: Conn, actor: Actor, *, name: str | None = None, timezone: str | None = None) -> Workspace:
    """A new name, a new zone to plan in (posts keep the zones that they have). Raises InvalidInput naming the field."""
    seen = await get_to_change(db, actor)
    wanted = seen.name if name is None else named(name)
    zone = seen.timezone if timezone is None else time.zone(timezone.strip()).key
    if not await store.change_workspace(db, actor.home, name=wanted, timezone=zone):
        raise NotFound("There is no such workspace any more.", field="workspace", rule="membership")
    return await get(db, actor)


def named(text: str) -> str:
    """A workspace's name as it is kept: printable, blanks folded. Raises InvalidInput."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= _LONGEST:
        raise InvalidInput(f"A workspace has a name of 1 to {_LONGEST} characters.", field="name", rule="length")
    if not name.isprintable():
        raise InvalidInput("The name holds a character that cannot be shown.", field="name", rule="printable")
    return name


def _found(workspace: Workspace | None) -> Workspace:
    if workspace is None:
        raise NotFound("There is no such workspace, or it is not yours.", field="workspace", rule="membership")
    return workspace
