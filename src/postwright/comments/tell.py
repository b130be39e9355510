"""Whom a comment concerns: those it names, who made what it is about, and who has commented there. One notice each."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from postwright.comments import store
from postwright.comments.mention import spell
from postwright.comments.models import Comment, Subject
from postwright.comments.read import people_of
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.notices.models import Kind
from postwright.notices.notify import notify

_EXCERPT = 240  # characters


async def tell_mentioned(
    db: Conn, actor: Actor, caller: Caller, comment: Comment, subject: Subject, people: Collection[UUID]
) -> frozenset[UUID]:
    """Those it names, without its writer; who was told."""
    told = frozenset(people) - {caller.user_id}
    if told:
        await notify(
            db, workspace=actor.home, users=sorted(told), kind=Kind.MENTION, incident=f"mention:{comment.id}",
            title=f"{caller.name} mentioned you on “{_short(subject.title)}”", body=await _excerpt(db, actor, comment), link=_link(comment),
        )  # fmt: skip
    return told


async def tell_others(db: Conn, actor: Actor, caller: Caller, comment: Comment, subject: Subject, told: Collection[UUID]) -> None:
    """Who made the draft or the post, and who commented there: an unread notice of the thread is counted up, not doubled."""
    about = comment.about
    people = {*await store.talkers(db, actor.home, about), *([subject.author] if subject.author else [])} - {caller.user_id, *told}
    if people:
        await notify(
            db, workspace=actor.home, users=sorted(people), kind=Kind.COMMENT, incident=f"comments:{about.id}",
            title=f"{caller.name} commented on “{_short(subject.title)}”", body=await _excerpt(db, actor, comment), link=_link(comment),
        )  # fmt: skip


async def _excerpt(db: Conn, actor: Actor, comment: Comment) -> str:
    text = " ".join(spell(comment.body, await people_of(db, actor, [comment]), comment.mentions).split())
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1].rstrip() + "…"


def _link(comment: Comment) -> str:
    return f"{comment.about.path}#comment-{comment.id}"


def _short(title: str) -> str:
    plain = " ".join(title.split())
    return plain if len(plain) <= 60 else plain[:59].rstrip() + "…"
