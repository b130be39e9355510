"""Writing, changing, settling and removing comments."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from postwright.comments import store
from postwright.comments.mention import Found, find_mentions
from postwright.comments.models import About, Comment
from postwright.comments.read import find_subject, get_comment
from postwright.comments.tell import tell_mentioned, tell_others
from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.callers import Caller
from postwright.errors import Forbidden, InvalidInput

LONGEST = 10_000  # characters as they are typed


async def write_comment(db: Conn, actor: Actor, caller: Caller, about: About, text: str, *, chosen: Collection[UUID] = ()) -> Comment:
    """Adds it and tells whom it concerns. Raises NotFound, and InvalidInput about `text`."""
    found = await _read(db, actor, text, chosen)
    subject = await find_subject(db, actor, about)
    made = await store.add(db, actor.home, about, body=found.body, mentions=found.mentions, origin=actor.origin)
    comment = await get_comment(db, actor, made)
    told = await tell_mentioned(db, actor, caller, comment, subject, found.mentions)
    await tell_others(db, actor, caller, comment, subject, told)
    return comment


async def edit_comment(db: Conn, actor: Actor, caller: Caller, id: UUID, text: str, *, chosen: Collection[UUID] = ()) -> Comment:
    """Changes the words of the caller's own; who is named only now is told. Raises NotFound, Forbidden, InvalidInput."""
    before = await get_comment(db, actor, id)
    if before.user_id != caller.user_id:
        raise Forbidden("Only who wrote a comment changes its words.", rule="author")
    found = await _read(db, actor, text, {*chosen, *before.mentions})
    if found.body == before.body:
        return before
    await store.change(db, actor.home, id, caller.user_id, body=found.body, mentions=found.mentions)
    comment = await get_comment(db, actor, id)
    new = [each for each in found.mentions if each not in before.mentions]
    await tell_mentioned(db, actor, caller, comment, await find_subject(db, actor, comment.about), new)
    return comment


async def settle_comment(db: Conn, actor: Actor, caller: Caller, id: UUID, *, resolved: bool, now: datetime) -> Comment:
    """Resolves it or opens it again; twice is once. Raises NotFound, Forbidden."""
    comment = await get_comment(db, actor, id)
    if comment.user_id != caller.user_id:
        caller.need("editor")
    if (comment.resolved_at is not None) != resolved:
        await store.settle(db, actor.home, id, resolved=resolved, now=now)
    return await get_comment(db, actor, id)


async def remove_comment(db: Conn, actor: Actor, caller: Caller, id: UUID) -> Comment:
    """Removes one's own, or as an admin anybody's; it is gone for good. Raises NotFound, Forbidden."""
    comment = await get_comment(db, actor, id)
    if comment.user_id != caller.user_id:
        caller.need("admin")
    await store.remove(db, actor.home, id)
    return comment


async def _read(db: Conn, actor: Actor, text: str, chosen: Collection[UUID]) -> Found:
    return find_mentions(_checked(text), await store.members(db, actor.home), chosen)


def _checked(text: str) -> str:
    """Raises InvalidInput that names the rule."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not plain:
        raise InvalidInput("Write something first.", field="text", rule="not_blank")
    if len(plain) > LONGEST:
        raise InvalidInput(f"A comment has at most {LONGEST:,} characters; this has {len(plain):,}.", field="text", rule="length")
    if any(unicodedata.category(each) in {"Cc", "Cs"} and each not in "\n\t" for each in plain):
        raise InvalidInput("This holds a control character. Take it out and try again.", field="text", rule="control_character")
    return plain
