"""Taking down and commenting, which Instagram and Facebook do alike but for a name."""

from __future__ import annotations

from postwright.platforms.answers import Caller, asking
from postwright.platforms.comments import commenting, forgetting
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.matching import same_text

_PAGE = 100


async def delete_node(graph: Caller, api: str, remote_id: str) -> None:
    """One that Graph no longer knows is gone already."""
    with forgetting():
        await graph.call("DELETE", f"{api}/{remote_id}")


async def write_comment(graph: Caller, api: str, remote_id: str, text: str) -> str:
    with commenting():
        answer = await graph.call("POST", f"{api}/{remote_id}/comments", data={"message": text}, sends=True)
    return str(answer.need("id"))


async def look_for_comment(graph: Caller, api: str, remote_id: str, text: str, field: str) -> str | None:
    """`field` holds the text of a listed comment. The latest 100 are looked at; the first one under a fresh post is among them."""
    with asking(graph.platform):
        answer = await graph.call("GET", f"{api}/{remote_id}/comments", params={"fields": f"id,{field}", "limit": str(_PAGE)})
    listed = answer.get("data")
    for shown in listed if isinstance(listed, list) else []:
        if same_text(text, str(shown.get(field) or "")):
            return str(shown["id"])
    if not isinstance(listed, list) or len(listed) >= _PAGE:
        raise OutcomeUnknown(f"{graph.platform}'s comments do not tell whether this one is among them")
    return None
