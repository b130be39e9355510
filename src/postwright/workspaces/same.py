"""A form acts in the workspace that it was shown in."""

from __future__ import annotations

from postwright.edge.callers import Caller
from postwright.errors import Conflict


def same_workspace(caller: Caller, shown: str) -> None:
    """Raises Conflict when the session looks at another workspace than the form did: somebody switched in another tab."""
    if shown and shown != str(caller.workspace.id):
        now = caller.workspace.name
        raise Conflict(
            f"You look at “{now}” now; this form is of another workspace. Nothing was changed: switch back and try again.",
            field="workspace",
            rule="same_workspace",
        )
