"""Eight weeks of simulated history in a sandbox workspace: marked as such, and removable in one action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2

from postwright.db.queries import Conn
from postwright.db.session import SERVICE, Actor, transaction
from postwright.edge.state import State
from postwright.errors import InvalidInput, Unavailable
from postwright.insight import store
from postwright.insight.models import FIGURES, SandboxAccount
from postwright.kit.time import to_wall

WEEKS = 8
_TIMEOUT = 30.0  # seconds; some hundred posts with their days


async def ask_for_history(db: Conn, actor: Actor, environment: str | None) -> None:
    """Puts the work in the queue. Raises InvalidInput in a workspace that is not a sandbox."""
    _only_sandbox(environment)
    await store.enqueue(db, "simulate_history", actor.home)


async def ask_to_forget(db: Conn, actor: Actor, environment: str | None) -> None:
    """The same for its removal."""
    _only_sandbox(environment)
    await store.enqueue(db, "forget_history", actor.home)


async def simulate_history(state: State, workspace: UUID, weeks: int = WEEKS) -> int:
    """Has the sandbox make backdated posts and imports them with their days; doing it again replaces them. How many."""
    async with transaction(state.pool, SERVICE) as db:
        accounts = await store.sandbox_accounts(db, workspace)
    if not accounts:
        return 0
    made = (await _call(state, "POST", workspace, weeks))["posts"]
    posts, days = _rows(made, accounts)
    async with transaction(state.pool, SERVICE) as db:
        await store.forget_history(db, workspace)
        await store.add_history(db, workspace, posts, days, state.clock())
        await store.sum_up(db)
    return len(posts)


async def forget_history(state: State, workspace: UUID) -> None:
    """Takes it all out again, here and in the sandbox."""
    async with transaction(state.pool, SERVICE) as db:
        await store.forget_history(db, workspace)
        await store.sum_up(db)
    await _call(state, "DELETE", workspace, 0)


def _rows(made: Sequence[Mapping[str, Any]], accounts: Sequence[SandboxAccount]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    known = {(each.platform, each.platform_user_id): each for each in accounts}
    posts: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for each in made:
        account = known.get((each["platform"], each["account"]["platform_user_id"]))
        if account is not None:
            post = _post(each, account)
            posts.append(post)
            days.extend({"post_id": post["id"], "date": day["date"], **_figures(day)} for day in each["daily"])
    return posts, days


def _post(made: Mapping[str, Any], account: SandboxAccount) -> dict[str, Any]:
    at = datetime.fromisoformat(made["created_at"])
    zone = account.timezone or account.workspace_timezone
    return {
        "id": str(uuid4()), "item_id": str(uuid4()), "platform": account.platform, "platform_id": str(account.platform_id),
        "connection_id": str(account.connection_id), "user_id": str(account.user_id), "remote_id": made["remote_id"],
        "text": made["text"], "title": made["title"], "published_at": at.isoformat(), "wall_time": to_wall(at, zone)[0].isoformat(),
        "timezone": zone, "metrics": _figures(made["metrics"]),
    }  # fmt: skip


def _figures(said: Mapping[str, Any]) -> dict[str, int]:
    """Under our names; a day in which a platform took figures back counts as none."""
    return {name: max(0, int(said[name])) for name in FIGURES if said.get(name) is not None}


async def _call(state: State, method: str, workspace: UUID, weeks: int) -> Any:
    if state.sandbox_url is None:
        raise Unavailable("No sandbox is running here.", rule="sandbox")
    async with httpx2.AsyncClient(timeout=_TIMEOUT, headers={"X-Sandbox-Key": state.sandbox_key}) as http:
        answer = await http.request(
            method, f"{state.sandbox_url}/_sandbox/history", params={"workspace": str(workspace)},
            json={"workspace": str(workspace), "weeks": weeks} if method == "POST" else None,
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json()


def _only_sandbox(environment: str | None) -> None:
    if environment != "sandbox":
        raise InvalidInput("Only a sandbox workspace has a simulated history: simulated and real never mix.", rule="sandbox_only")
