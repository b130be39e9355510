"""How a publisher's hands are shared out among workspaces: one whose platform answers drop by drop must not hold them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

_BUSIEST = 3  # hands that a workspace may hold for each that stays free: 48 of 64 while it alone publishes


@dataclass(frozen=True, slots=True)
class Shares:
    """How many more posts a workspace may be given just now: `left` of those that hold hands already, `most` of any other."""

    left: Mapping[UUID, int]
    most: int

    @classmethod
    def of(cls, room: int, at_work: Iterable[UUID]) -> Shares:
        """Of `room` free hands; `at_work` names the workspace of each that is not. Whoever comes finds a hand free: the fewer are,
        the less a workspace may add."""
        held = Counter(at_work)
        return cls({each: max(0, _more(room, count)) for each, count in held.items()}, max(1, _more(room, 0)))

    @property
    def full(self) -> list[UUID]:
        """The workspaces that are given nothing more for now."""
        return [each for each, more in self.left.items() if more == 0]


NO_LIMIT = Shares({}, 10_000)  # where one workspace publishes, it may hold all hands


def _more(room: int, held: int) -> int:
    return (_BUSIEST * room - held) // (_BUSIEST + 1)
