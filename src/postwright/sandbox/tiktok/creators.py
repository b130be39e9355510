"""What each creator may do: what TikTok tells an app of them before it posts, and what it then holds it to.

Codes after developers.tiktok.com, query creator info and direct post, read in November 2026. A creator's settings are set
under /_sandbox/creators and last as long as the ledger; the second account of a brand begins with some of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from postwright.sandbox.records import Account
from postwright.sandbox.tiktok.answers import problem
from postwright.sandbox.wire import Refusal

LONGEST = 600  # seconds
# Why a creator cannot post just now, in TikTok's words.
REFUSALS: Mapping[str, str] = {
    "spam_risk_too_many_posts": "The daily post cap from the API is reached for the current user.",
    "spam_risk_user_banned_from_posting": "The user is banned from making new posts.",
    "reached_active_user_cap": "The daily quota for active publishing users from your client is reached.",
}


@dataclass(frozen=True, slots=True)
class Creator:
    """`longest`: seconds of a video; `audited`: whether TikTok audited the app, without which it posts for the creator alone."""

    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    longest: int = LONGEST
    refused: str | None = None
    audited: bool = True

    def check(self) -> None:
        """Raises Refusal while the creator cannot post."""
        if self.refused:
            raise problem(403, self.refused, REFUSALS[self.refused])


def creator_of(account: Account) -> Creator:
    """As set for the account; else a brand's second account takes no duets, and videos of three minutes."""
    told = account.profile.get("creator")
    if isinstance(told, dict):
        return Creator(**told)
    return Creator(duet_disabled=True, longest=180) if account.display_name.endswith(" Studio") else Creator()


def read_creator(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Settings from a request; what is left out is as TikTok begins. Raises Refusal (422)."""
    known = {each.name: each.default for each in fields(Creator)}
    if wrong := [name for name in asked if name not in known]:
        raise Refusal(422, {"error": f"unknown settings {wrong}; known: {', '.join(known)}"})
    told = asdict(Creator()) | dict(asked)
    flags = ("comment_disabled", "duet_disabled", "stitch_disabled", "audited")
    if not all(isinstance(told[name], bool) for name in flags):
        raise Refusal(422, {"error": f"{', '.join(flags)} are true or false"})
    if isinstance(told["longest"], bool) or not isinstance(told["longest"], int) or not 1 <= told["longest"] <= LONGEST:
        raise Refusal(422, {"error": f"longest is a number of seconds from 1 to {LONGEST}"})
    if told["refused"] is not None and told["refused"] not in REFUSALS:
        raise Refusal(422, {"error": f"refused is null or one of {', '.join(REFUSALS)}"})
    return told
