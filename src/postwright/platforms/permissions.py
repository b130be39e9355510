"""A call that the account's access does not cover: the access holds, a permission was not given or was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from postwright.platforms.answers import Answer
from postwright.platforms.errors import Rejected

Needs = Sequence[tuple[str, str]]  # a pattern of "METHOD /path", and the scope that such a call needs; the first that fits counts


def not_permitted(answer: Answer, needs: Needs = (), scope: str | None = None) -> Rejected:
    """Names the scope, where the platform or our table of its calls tells it. `field` is the account: nothing is wrong with the post."""
    name = scope or next((scope for pattern, scope in needs if fnmatchcase(answer.asked, pattern)), None)
    which = f"the permission {name}" if name else "a permission that this needs"
    words = f"{answer.platform} was not given {which}, or it was taken back: connect the account again and allow it"
    return Rejected(words, field="account", rule="forbidden", detail=answer.detail)
