"""Breaks something on purpose in the sandbox, so that one can watch what Postwright does about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2

from postwright.edge.state import State
from postwright.errors import InvalidInput, Unavailable

_TIMEOUT = 10.0  # seconds; the sandbox is on this machine


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can go wrong: what happens, and what one then sees. `kind` is the sandbox's word for it."""

    kind: str
    name: str
    happens: str
    see: str


FAULTS = (
    Fault(
        "cut_after", "The answer is lost", "The post lands, and the connection breaks before the platform's answer arrives.",
        "The post stays “publishing” for most of a minute and says from when the platform is asked. Then it is found there, and it is "
        "published once.",
    ),
    Fault(
        "5xx_after", "The platform fails after it took the post", "The post lands, and the platform answers with an error of its own.",
        "The same: nothing is sent again blindly; the platform is asked, and the post is found.",
    ),
    Fault(
        "timeout_after", "The platform does not answer in time", "The post lands, and no answer comes at all.",
        "The post waits until the call has timed out and the platform can be asked. It is published once.",
    ),
    Fault(
        "429", "Too many requests", "The platform takes nothing and asks to wait.",
        "The post says when the next try is. Nothing went out meanwhile, and it goes out then.",
    ),
    Fault(
        "revoked_token", "The sign-in is revoked", "The platform no longer lets the account in.",
        "The post waits and says that the account must be connected again; its admins are told once. It goes out once that is done.",
    ),
    Fault(
        "slow_processing", "Slow processing", "The platform takes the media and works on it for long.",
        "The post stays “publishing” while the platform is asked how far it is.",
    ),
)  # fmt: skip
_KNOWN: Mapping[str, Fault] = {each.kind: each for each in FAULTS}


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault that waits for a post."""

    platform: str
    fault: Fault
    times: int


def fault_of(kind: str) -> Fault:
    """Raises InvalidInput on another word."""
    if kind not in _KNOWN:
        raise InvalidInput(f"Choose what is to break: {', '.join(_KNOWN)}.", field="kind", rule="known")
    return _KNOWN[kind]


async def arm(state: State, workspace: UUID, platform: str, fault: Fault) -> None:
    """Breaks the workspace's next post on a platform of the sandbox. Raises Unavailable."""
    await _ask(state, "POST", {"platform": platform, "kind": fault.kind, "times": 1, "workspace": str(workspace)})


async def armed(state: State, workspace: UUID) -> list[Armed] | None:
    """What waits to break in the workspace; None where the sandbox does not answer."""
    try:
        told = (await _ask(state, "GET", workspace=workspace)).json()
    except (Unavailable, ValueError):
        return None
    rows = told.get("faults", []) if isinstance(told, Mapping) else []
    return [found for each in rows if (found := _armed(each)) is not None]


async def disarm(state: State, workspace: UUID) -> None:
    """Nothing breaks any more in the workspace. Raises Unavailable."""
    await _ask(state, "DELETE", workspace=workspace)


def _armed(told: Mapping[str, Any]) -> Armed | None:
    fault, times, struck = _KNOWN.get(str(told.get("kind"))), told.get("times"), told.get("struck", 0)
    left = times - struck if isinstance(times, int) and isinstance(struck, int) else 0
    return Armed(str(told.get("platform")), fault, left) if fault and left > 0 else None


async def _ask(state: State, method: str, body: Mapping[str, Any] | None = None, workspace: UUID | None = None) -> httpx2.Response:
    if state.sandbox_url is None:
        raise Unavailable("No sandbox is running here. Start Postwright with `postwright up`.", rule="sandbox")
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT) as http:
            answer = await http.request(
                method, f"{state.sandbox_url}/_sandbox/faults", headers={"X-Sandbox-Key": state.sandbox_key}, json=body,
                params={"workspace": str(workspace)} if workspace else None,
            )  # fmt: skip
    except httpx2.HTTPError as error:
        raise Unavailable("The sandbox does not answer; nothing was broken. Start it with `postwright up`.", rule="sandbox") from error
    if answer.status_code >= 400:
        raise Unavailable(f"The sandbox refused ({answer.status_code}); nothing was broken.", rule="sandbox")
    return answer
