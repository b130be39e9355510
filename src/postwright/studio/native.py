"""How people write on each platform: length, paragraphs, hashtags, links. What a platform *takes* is in its Rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Layout = Literal["flow", "airy"]


@dataclass(frozen=True, slots=True)
class Manner:
    """`aim` is a length in characters that reads well there; `airy` sets a paragraph per sentence or two."""

    aim: int
    layout: Layout = "flow"
    hashtags: int = 0
    link: bool = True  # whether a link is of use there at the end
    thread_aim: int = 0  # characters that a thread tells; 0: no thread
    sentences: int = 12
    questions: float = 1.0  # weight of a question: it invites answers
    small_tags: bool = False
    replaced: Mapping[str, str] = field(default_factory=dict)  # characters that the platform refuses


MANNERS: Mapping[str, Manner] = {
    "x": Manner(aim=280, hashtags=1, sentences=3, thread_aim=1600),
    "linkedin": Manner(aim=1300, layout="airy", hashtags=3, sentences=18),
    "instagram": Manner(aim=900, layout="airy", hashtags=6, link=False, sentences=16, small_tags=True),
    "facebook": Manner(aim=620, sentences=6, questions=1.5),
    "tiktok": Manner(aim=260, hashtags=4, link=False, sentences=3, small_tags=True),
    "youtube": Manner(aim=2400, hashtags=3, sentences=24, replaced={"<": "‹", ">": "›"}),
    "bluesky": Manner(aim=300, hashtags=1, sentences=3, thread_aim=1500),
    "mastodon": Manner(aim=500, hashtags=3, sentences=5, thread_aim=2000),
    "threads": Manner(aim=500, hashtags=1, sentences=5, thread_aim=2000),
    "telegram": Manner(aim=900, layout="airy", hashtags=2, sentences=12),
    "discord": Manner(aim=900, sentences=10),
    "wordpress": Manner(aim=6000, layout="airy", hashtags=4, sentences=60),
    "ghost": Manner(aim=6000, layout="airy", hashtags=4, sentences=60),
    "substack": Manner(aim=6000, layout="airy", sentences=60),
    "webhook": Manner(aim=2400, layout="airy", hashtags=3, sentences=24),
}
PLAIN = Manner(aim=800)


def in_order(platforms: Iterable[str]) -> list[str]:
    """Platforms as people see them everywhere: the known ones in their order, then the others by name."""
    order = {slug: at for at, slug in enumerate(MANNERS)}
    return sorted(platforms, key=lambda slug: (order.get(slug, len(order)), slug))


def manner_of(platform: str) -> Manner:
    """A platform that nobody described yet gets plain text within its rules."""
    return MANNERS.get(platform, PLAIN)
