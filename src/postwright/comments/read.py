"""The thread of a draft or a post, as one reader sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from postwright.comments import store
from postwright.comments.mention import spell
from postwright.comments.models import NOBODY, About, Comment, Person, Shown, Subject
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.edge.paging import Cursor, Page, cut, held, mark
from postwright.errors import NotFound


async def find_subject(db: Conn, actor: Actor, about: About) -> Subject:
    """The draft or the post. Raises NotFound: it is not of this workspace, or deleted."""
    found = await store.subject(db, actor.home, about)
    if found is None:
        raise NotFound(f"There is no such {about.what}.", field="id", rule="exists")
    return found


async def list_comments(
    db: Conn, actor: Actor, caller: Caller, about: About, *, open: bool | None = None, after: Cursor | None = None, limit: int = 50
) -> Page[Shown]:
    """The first one first. Raises NotFound."""
    await find_subject(db, actor, about)
    of = mark("comments", actor.home, about)
    rows = await store.comments(db, actor.home, about, open=open, after=held(after, of), limit=limit + 1)
    page = cut(rows, limit, lambda row: Cursor(row.created_at, row.id, of))
    return Page(await show(db, actor, caller, page.items), page.next)


async def get_comment(db: Conn, actor: Actor, id: UUID) -> Comment:
    """Raises NotFound, also where its draft is deleted."""
    found = await store.comment(db, actor.home, id)
    if found is None or await store.subject(db, actor.home, found.about) is None:
        raise NotFound("There is no such comment.", field="id", rule="exists")
    return found


async def show(db: Conn, actor: Actor, caller: Caller, comments: Sequence[Comment]) -> list[Shown]:
    """With names, and with what the caller may do."""
    known = await people_of(db, actor, comments)
    return [_shown(each, known, caller) for each in comments]


async def people_of(db: Conn, actor: Actor, comments: Sequence[Comment]) -> dict[UUID, Person]:
    """Everybody who wrote, settled, or is named."""
    people = {who for each in comments for who in (each.user_id, each.resolved_by, *each.mentions) if who is not None}
    found = await store.names(db, actor.home, people) if people else []
    return {each.id: each for each in found if each.id is not None}


def _shown(comment: Comment, known: Mapping[UUID, Person], caller: Caller) -> Shown:
    mine = comment.user_id == caller.user_id
    return Shown(
        comment,
        _person(known, comment.user_id),
        spell(comment.body, known, comment.mentions),
        [_person(known, each) for each in comment.mentions],
        _person(known, comment.resolved_by) if comment.resolved_at else None,
        may_edit=mine,
        may_remove=mine or caller.may("admin"),
        may_settle=mine or caller.may("editor"),
    )


def _person(known: Mapping[UUID, Person], who: UUID | None) -> Person:
    return known.get(who, NOBODY) if who else NOBODY
