"""The letter about notices: one for all that happened in a workspace within the minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from postwright.kit.mail import Letter

_MOST = 20  # notices that one letter tells in full
_LONGEST = 300  # characters of a notice's words


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that is to go out by letter, and to whom."""

    id: UUID  # of the delivery
    workspace_id: UUID
    workspace_name: str
    environment: str | None
    user_id: UUID
    email: str
    title: str
    body: str | None
    link: str | None
    tries: int


def compose(due: Sequence[Due], base_url: str) -> Letter:
    """To one person about one workspace. Whatever people wrote is plain text here, and no line of theirs becomes a header."""
    first = due[0]
    mark = "[Sandbox] " if first.environment == "sandbox" else ""
    place = _one_line(first.workspace_name, 80)
    subject = f"{mark}{_one_line(first.title, 120)}" if len(due) == 1 else f"{mark}{len(due)} notices from “{place}”"
    told = "\n\n".join(_tell(each, base_url) for each in due[:_MOST])
    more = f"\n\n... and {len(due) - _MOST} more: {base_url}/notifications" if len(due) > _MOST else ""
    simulated = "This is a sandbox workspace: nothing of it left the machine.\n" if mark else ""
    foot = f"\n\n--\nFrom the workspace “{place}” on Postwright. {simulated}"
    foot += f"Which notices come by e-mail, or none: {base_url}/settings/notices\n"
    return Letter(first.email, subject, told + more + foot)


def _tell(each: Due, base_url: str) -> str:
    lines = [_one_line(each.title, _LONGEST)]
    if each.body:
        lines.append(_one_line(each.body, _LONGEST))
    if each.link:
        lines.append(f"{base_url}{each.link}")
    return "\n".join(lines)


def _one_line(text: str, longest: int) -> str:
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"
