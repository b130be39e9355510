"""The letter of an invitation, and whether it went out."""

from __future__ import annotations

from dataclasses import dataclass

from postwright.edge.callers import Caller
from postwright.edge.state import State
from postwright.kit.mail import Letter, MailFailed
from postwright.workspaces.models import Invitation, Invited


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the letter. Without one, somebody has to pass the link on; it is shown once."""

    emailed: bool
    link: str | None
    reason: str | None = None  # why no letter went out

    def __repr__(self) -> str:
        return f"Delivery(emailed={self.emailed})"


async def deliver(state: State, caller: Caller, made: Invited) -> Delivery:
    """Hands the letter to the mail server. Never inside a transaction."""
    link = f"{state.settings.base_url}/invitations/{made.token}"
    if not state.mailer.sends:
        return Delivery(False, link, "This server sends no e-mail.")
    try:
        await state.mailer.send(compose(caller, made.invitation, link))
    except MailFailed as failed:
        return Delivery(False, link, f"The mail server did not take the letter: {failed}")
    return Delivery(True, None)


def compose(caller: Caller, invitation: Invitation, link: str) -> Letter:
    """Who invites, to what, until when, and what to do with it."""
    name = _one_line(caller.workspace.name)
    mark = "[Sandbox] " if caller.workspace.simulated else ""
    text = (
        f"{_one_line(caller.name)} invites you to the workspace “{name}” on Postwright, as {invitation.role}.\n\n"
        f"Open this link to accept or decline:\n\n{link}\n\n"
        f"It works once, for {invitation.email} only, until {invitation.expires_at:%d %B %Y, %H:%M} UTC.\n"
        "If you do not know what this is about, you need not do anything.\n"
    )
    return Letter(invitation.email, f"{mark}{_one_line(caller.name)} invites you to “{name}”", text)


def _one_line(text: str) -> str:
    """Nobody writes headers of their own into our letters."""
    return " ".join(text.split())[:120]
