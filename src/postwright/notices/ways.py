"""By which way a person is told what. In the application always; by e-mail what they chose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.notices import store
from postwright.notices.models import Kind
from postwright.notices.read import me

# What goes out by e-mail unless the person chose otherwise: what waits for them. SQL says the same (app.mailed_by_default).
MAILED = frozenset(
    {
        Kind.POST_FAILED, Kind.POST_UNCONFIRMED, Kind.ACCOUNT_RECONNECT, Kind.MENTION, Kind.KEY_EXPIRING, Kind.HAND_OFF,
        Kind.POSTS_OVERDUE, Kind.FIGURES_REFUSED,
    }
)  # fmt: skip

WORDS: Mapping[Kind, str] = {
    Kind.POST_FAILED: "A post of mine failed",
    Kind.POST_UNCONFIRMED: "Nobody knows whether a post of mine went out",
    Kind.POSTS_OVERDUE: "Posts could not go out in time and wait for a decision",
    Kind.HAND_OFF: "A post that I post by hand has come to its time",
    Kind.ACCOUNT_RECONNECT: "An account must be connected again",
    Kind.FIGURES_REFUSED: "A platform refuses the numbers of an account",
    Kind.KEY_EXPIRING: "A key of mine ends soon",
    Kind.MENTION: "Somebody mentions me",
    Kind.COMMENT: "Somebody comments on what I wrote",
    Kind.INVITATION: "I am invited to a workspace",
    Kind.INVITATION_ANSWERED: "Somebody answers my invitation",
    Kind.ROLE: "My role changes",
    Kind.OWNERSHIP: "I own the workspace now",
    Kind.EXPORT_READY: "An archive that I asked for is ready",
    Kind.EXPORT_FAILED: "An archive that I asked for could not be made",
}


@dataclass(frozen=True, slots=True)
class Way:
    """Whether notices of a kind go out by e-mail, and whether the person chose that."""

    kind: Kind
    email: bool
    chosen: bool

    @property
    def words(self) -> str:
        return WORDS.get(self.kind, self.kind.value.replace("_", " ").capitalize())


async def ways(db: Conn, actor: Actor) -> list[Way]:
    """The caller's in the workspace, for every kind."""
    chosen = await store.preferences(db, actor.home, me(actor))
    return [Way(kind, chosen.get(kind, kind in MAILED), kind in chosen) for kind in (*WORDS, *(each for each in Kind if each not in WORDS))]


async def choose(db: Conn, actor: Actor, wanted: Mapping[Kind, bool]) -> list[Way]:
    """Sets the caller's choice for these kinds; others stay."""
    for kind, email in wanted.items():
        await store.prefer(db, actor.home, me(actor), kind, email=email)
    return await ways(db, actor)


async def choose_all(db: Conn, actor: Actor, by_email: Collection[Kind]) -> list[Way]:
    """Of every kind: by e-mail those, no others."""
    return await choose(db, actor, {kind: kind in by_email for kind in Kind})
