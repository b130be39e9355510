"""How a platform stands before people: its links, how an app is registered there, how one writes there, what readers see.

Each folder says it of its own platform, in its facts.py. Nothing outside of the folder knows a platform by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from postwright.platforms.readers import Readers

Layout = Literal["flow", "airy"]


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses there that people open, and paste.

    `post_id`: where a post's id stands in its link; None: links do not carry the id that the API uses. `hosts`: whose addresses
    its posts have; empty: many servers'. `compose`: the page on which one begins a post; None: the account's own host.
    """

    post_id: re.Pattern[str] | None = None
    hosts: tuple[str, ...] = ()
    compose: str | None = None

    def lead_to(self, host: str) -> bool:
        """Whether a post may have an address at this host."""
        return not self.hosts or any(f".{host}".endswith(f".{each}") for each in self.hosts)

    def id_in(self, link: str) -> str | None:
        """The post's id, where the link tells it."""
        match = self.post_id.search(link) if self.post_id else None
        return match.group(1) if match else None


@dataclass(frozen=True, slots=True)
class Servers:
    """Of a platform with many servers: one that everybody can picture, and the sandbox's."""

    example: str
    sandbox: str


@dataclass(frozen=True, slots=True)
class MoreScopes:
    """What an app may ask for beyond the usual once the platform allows it to. `words`: what the operator ticks."""

    words: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFacts:
    """What an operator must know to register an app: where it is made, what reviews it, what happens without a review.

    `review_ends_warnings`: an approved app has none of the warnings left. `https_only`: the platform takes no other redirect
    address, not even of this machine; `no_localhost`: it takes this machine by its number only. `verify`: what must be done at the
    platform before it fetches media from {host}.
    """

    console: str  # what the place is called
    url: str
    names: tuple[str, str]  # what the platform calls the client id and the client secret
    review: str
    warnings: tuple[str, ...]
    source: str
    checked_on: date
    review_ends_warnings: bool = False
    https_only: bool = False
    no_localhost: bool = False
    verify: str = ""
    more: MoreScopes | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How people write there. `aim` is a length in characters that reads well; `airy` sets a paragraph per sentence or two.

    The figures are our judgement; what a platform *takes* is in its Rules.
    """

    aim: int
    layout: Layout = "flow"
    hashtags: int = 0
    link: bool = True  # whether a link is of use there at the end
    thread_aim: int = 0  # characters that a thread tells; 0: no thread
    sentences: int = 12
    questions: float = 1.0  # weight of a question: it invites answers
    small_tags: bool = False
    replaced: Mapping[str, str] = field(default_factory=dict)  # characters that the platform refuses


_NO_LINKS, _PLAIN, _TEXT_AND_MEDIA = Links(), Manner(aim=800), Readers()


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """All of it together. `place` orders platforms where people choose among them, the smallest first; `usual`: a newcomer is
    offered it unasked. One that says nothing gets plain text within its rules."""

    mark: str = ""  # two letters on a round ground; empty: those of its slug
    place: int = 1000
    usual: bool = False
    aliases: tuple[str, ...] = ()  # other words that are read as its slug
    links: Links = _NO_LINKS
    servers: Servers | None = None  # None: it has one
    manner: Manner = _PLAIN
    readers: Readers = _TEXT_AND_MEDIA
    app: AppFacts | None = None  # None: nobody registers one
    scope_words: Mapping[str, str] = field(default_factory=dict)  # what its scopes allow; one without words stands for itself


NO_FACE = Face()
