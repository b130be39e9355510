"""Changes what one post says before it goes out. The draft stays as it is; what the post said before can be brought back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.db.session import Actor
from postwright.edge.paging import Cursor, Page, cut, mark
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.platforms.rules import Finding
from postwright.publishing import verbs
from postwright.publishing.public_parts import must_keep_public_parts
from postwright.publishing.resolve import PlannedItem, resolve, variant_of
from postwright.studio.models import Variant
from postwright.studio.variants import changed, from_json, to_json

_sql = load(__package__)
_KEPT = ("text", "title", "body", "thread", "hashtags", "media", "alt_texts", "options")
_CLOSED = {
    "processing": "This post is going out right now: it can no longer be changed.",
    "needs_review": "We do not know whether this post went out. Say what you see on the account first.",
    "completed": "This post is out: it stays there as it went out.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that somebody made to what a post says."""

    id: UUID
    created_at: datetime
    user_id: UUID | None
    name: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    voided_approval: bool
    restored_from: UUID | None
    origin: str


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of it: the row of the history (None: nothing changed), and what the rules say now."""

    edit_id: UUID | None
    findings: tuple[Finding, ...]
    voided_approval: bool


async def hold_post(db: Conn, actor: Actor, item_id: UUID) -> PlannedItem:
    """The post, locked until the transaction ends: neither the publisher nor anybody else changes it meanwhile.

    Raises NotFound, Conflict for one that is out, on its way or canceled.
    """
    item = await verbs.hold_item(db, actor, item_id)
    closed = "This post was canceled: plan it anew." if item.status == "canceled" else _CLOSED.get(item.commitment_status or "")
    if closed or item.status == "posted":
        raise Conflict(closed or _CLOSED["completed"], field="state", rule="state")
    return item


async def edit_post(db: Conn, actor: Actor, item: PlannedItem, changes: Mapping[str, Any], *, restored_from: UUID | None = None) -> Edited:
    """Changes a post that is held. One that is scheduled stays so, at its time; an approval that it had is void.

    `changes` as for a variant of a draft. Raises InvalidInput on what a variant cannot hold, and for a scheduled post on
    the first rule that it would break: what goes out unasked must be able to go out. Conflict on parts that are public.
    """
    was = variant_of(item)
    if was is None:
        raise Conflict("This post has no content: its draft has no variant for this platform.", field="content", rule="state")
    made = _changed(was, changes)
    before, after = _content(was), _content(made)
    now_says = await resolve(db, actor, replace(item, variant=after, snapshot=after))
    if before == after:
        return Edited(None, now_says.findings, voided_approval=False)
    await must_keep_public_parts(db, actor.home, item, now_says)
    broken = next((each for each in now_says.findings if each.level == "error"), None)
    if broken is not None and item.commitment_status == "scheduled":
        raise InvalidInput(broken.message, field=broken.field, rule=broken.rule)
    await _sql["set_content"].run(db, workspace=actor.home, item=item.id, content=Jsonb(after))
    if item.commitment_id is not None and item.commitment_status in {"scheduled", "failed"}:
        await _sql["change_commitment"].run(
            db, workspace=actor.home, post=item.commitment_id, content=now_says.content, snapshot=Jsonb(now_says.snapshot)
        )
    voided = item.commitment_status == "scheduled" and item.approved_at is not None
    edit: UUID = await _sql["note_edit"].value(
        db, workspace=actor.home, item=item.id, before=Jsonb(before), after=Jsonb(after), voided=voided, restored_from=restored_from,
        origin=actor.origin,
    )  # fmt: skip
    return Edited(edit, now_says.findings, voided)


async def restore(db: Conn, actor: Actor, item: PlannedItem, edit_id: UUID) -> Edited:
    """Brings back what a post that is held said before one of its edits. Raises NotFound, and as edit_post."""
    before = await _sql["one_edit"].value(db, workspace=actor.home, item=item.id, edit=edit_id)
    if before is None:
        raise NotFound("This post has no such edit.", field="edit", rule="exists")
    return await edit_post(db, actor, item, _all_of(from_json(before)), restored_from=edit_id)


async def list_edits(db: Conn, actor: Actor, item_id: UUID, *, after: str | None = None, limit: int = 50) -> Page[Edit]:
    """What was changed, the latest first. Raises NotFound, InvalidInput on the cursor of another list."""
    of = mark("edits", actor.home, item_id)
    cursor = Cursor.parse(after, of)
    if not await _sql["item_exists"].value(db, workspace=actor.home, item=item_id):
        raise NotFound("There is no such post.")
    rows = await _sql["list_edits"].rows(
        db, Edit, workspace=actor.home, item=item_id, after=cursor.value if cursor else None, after_id=cursor.id if cursor else None,
        limit=limit + 1,
    )  # fmt: skip
    return cut(rows, limit, lambda edit: Cursor(edit.created_at, edit.id, of))


def _changed(was: Variant, changes: Mapping[str, Any]) -> Variant:
    """A text that takes the place of a thread's parts is one text."""
    alone = ("text" in changes or "body" in changes) and "thread" not in changes and len(was.thread) > 1
    made = changed(was, {**changes, "thread": []} if alone else changes)
    return replace(made, text=made.thread[0]) if len(made.thread) > 1 else made


def _all_of(variant: Variant) -> dict[str, Any]:
    stored = _content(variant)
    gone = {name: None for name in variant.options if stored["options"].get(name) is None}
    return {name: stored.get(name) for name in _KEPT if name != "body"} | {"options": stored["options"] | gone}


def _content(variant: Variant) -> dict[str, Any]:
    """What is kept of it: what goes out, nothing of how it came about."""
    stored = to_json(variant)
    kept = {name: stored[name] for name in _KEPT if name in stored}
    kept["thread"] = kept["thread"] if len(kept["thread"]) > 1 else []
    kept["options"] = {name: value for name, value in kept["options"].items() if value is not None}
    return kept
