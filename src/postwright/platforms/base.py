"""A platform as the rest of Postwright meets it: one line of the registry, and what it may be told besides a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from postwright.platforms.auth import AcceptsKeys, Authorizes, RegistersApps
from postwright.platforms.capabilities import (
    Adapter,
    Bills,
    ChecksTold,
    Comments,
    Deletes,
    ExportsDraft,
    FindsComment,
    FindsLink,
    OwnRules,
    ReadsAudience,
    ReadsQuota,
    ReadsServer,
    Spends,
    TellsChoices,
    TellsPost,
    TellsProfile,
)
from postwright.platforms.facts import NO_FACE, Face
from postwright.platforms.post import Post
from postwright.platforms.rules import Fact, Finding, Rules


@dataclass(frozen=True, slots=True)
class Option:
    """Something besides text and media that a platform is told. It stands in Post.options under `name`."""

    name: str
    label: str
    kind: Literal["choice", "flag", "text", "list", "moment", "number", "file"]  # file: the id of an image of the post
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value, words
    asked: bool = False  # the choices are the account's: `Platform.choices` tells them
    required: bool = False  # a person must choose: there is no default
    default: str | bool | None = None
    formats: tuple[str, ...] = ()  # of these only; empty: of all
    limit: int | None = None  # characters of a text, entries of a list
    source: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """One line of the registry. What a platform cannot do is None."""

    slug: str
    name: str
    origins: tuple[str, ...]  # hosts the adapter talks to, upload hosts included; empty: the account's own host
    rules: Rules
    adapter: Adapter
    check: Callable[[Post], list[Finding]]
    options: tuple[Option, ...] = ()
    choices: TellsChoices | None = None
    delete: Deletes | None = None
    audience: ReadsAudience | None = None
    profile: TellsProfile | None = None
    comment: Comments | None = None
    find_comment: FindsComment | None = None
    oauth: Authorizes | None = None
    registers: RegistersApps | None = None
    keys: AcceptsKeys | None = None
    bills: Bills | None = None
    export: ExportsDraft | None = None
    quota: ReadsQuota | None = None
    post_at: TellsPost | None = None
    find_link: FindsLink | None = None
    face: Face = NO_FACE
    own_rules: OwnRules | None = None
    check_told: ChecksTold | None = None
    server: ReadsServer | None = None
    untold: Mapping[str, Fact] = field(default_factory=dict)  # disclosures (ai, paid) that cannot be expressed: why not
    spends: Spends | None = None
    version: Fact | None = None  # of its API, by which it is called

    def rules_for(self, format: str, told: Mapping[str, Any]) -> Rules:
        """The rules for posts of that format, by what is told of the account and of its server."""
        return self.rules if self.own_rules is None else self.own_rules(format, told)

    def findings(self, post: Post, told: Mapping[str, Any]) -> list[Finding]:
        """What the platform would refuse in the post on an account of which this is told."""
        return self.check(post) if self.check_told is None else self.check_told(post, told)
