"""ETag and If-Match: two who edit the same thing do not overwrite each other unseen."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Header, Request

from postwright.errors import ChangedSince

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag that you read: 412 instead of overwriting what somebody changed since.")
]


def etag(*parts: object) -> str:
    """A strong tag of a state: its version, its time of change, whatever tells two states apart."""
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:20]}"'


def tell(request: Request, *parts: object) -> None:
    """Puts the state's tag on the answer."""
    request.state.etag = etag(*parts)


def require(if_match: str | None, *parts: object) -> None:
    """Raises ChangedSince unless the caller saw this state, or did not ask."""
    if if_match is None or if_match.strip() == "*":
        return
    if etag(*parts) not in {each.strip().removeprefix("W/") for each in if_match.split(",")}:
        raise ChangedSince(
            "Somebody changed this since you read it. Nothing was overwritten: read it again.", field="If-Match", rule="etag"
        )
