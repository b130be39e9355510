"""One typed function per query of this module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postwright.db.queries import Conn, load
from postwright.platforms.post import MediaKind
from postwright.platforms.registry import in_order
from postwright.studio.models import Draft, Idea, Variant
from postwright.studio.variants import from_json, to_json, with_format

_sql = load(__package__)


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    title: str | None
    original_idea: str
    source: Mapping[str, Any]
    adaptations: Mapping[str, Any]
    version: int
    origin: str
    user_id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    def draft(self) -> Draft:
        idea = Idea(self.title or "", self.original_idea, self.source)
        variants = {slug: from_json(self.adaptations[slug]) for slug in in_order(self.adaptations)}
        return Draft(
            self.id, idea, variants, self.version, self.origin, self.user_id, self.created_at, self.updated_at, self.deleted_at
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    id: str
    kind: MediaKind


async def insert_draft(db: Conn, *, workspace: UUID, user: UUID | None, idea: Idea, variants: Mapping[str, Variant], origin: str) -> UUID:
    made: UUID = await _sql["insert_draft"].value(
        db, workspace=workspace, user=user, title=idea.title or None, text=idea.text, source=Jsonb(dict(idea.source)),
        adaptations=await _stored(db, workspace, variants), origin=origin,
    )  # fmt: skip
    return made


async def get_draft(db: Conn, workspace: UUID, id: UUID) -> Draft | None:
    row = await _sql["get_draft"].one(db, _Row, workspace=workspace, id=id)
    return row.draft() if row else None


async def lock_draft(db: Conn, workspace: UUID, id: UUID) -> Draft | None:
    row = await _sql["lock_draft"].one(db, _Row, workspace=workspace, id=id)
    return row.draft() if row else None


async def save_draft(db: Conn, workspace: UUID, draft: Draft) -> int:
    return await _sql["save_draft"].run(
        db, workspace=workspace, id=draft.id, title=draft.idea.title or None, text=draft.idea.text, source=Jsonb(dict(draft.idea.source)),
        adaptations=await _stored(db, workspace, draft.variants), version=draft.version,
    )  # fmt: skip


async def set_deleted(db: Conn, workspace: UUID, id: UUID, deleted_at: datetime | None) -> int:
    return await _sql["set_deleted"].run(db, workspace=workspace, id=id, deleted_at=deleted_at)


async def purge_drafts(db: Conn, before: datetime) -> int:
    return await _sql["purge_drafts"].run(db, before=before)


async def list_drafts(
    db: Conn,
    workspace: UUID,
    *,
    text: str | None,
    author: UUID | None,
    deleted: bool,
    now: datetime,
    sort: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Draft]:
    when, last = after or (None, None)
    rows = await _sql["list_drafts"].rows(
        db, _Row, workspace=workspace, text=text, author=author, deleted=deleted, now=now, sort=sort, after=when, after_id=last, limit=limit
    )
    return [row.draft() for row in rows]


async def find_same(db: Conn, workspace: UUID, hash: str) -> list[UUID]:
    return await _sql["find_same"].values(db, workspace=workspace, hash=hash)


async def member_name(db: Conn, workspace: UUID, user: UUID) -> str | None:
    name: str | None = await _sql["member_name"].value(db, workspace=workspace, user=user)
    return name


async def enqueue_render(db: Conn, workspace: UUID, id: UUID) -> None:
    await _sql["enqueue_render"].value(db, workspace=workspace, id=id)


async def own_draft_exists(db: Conn, workspace: UUID, user: UUID | None) -> bool:
    return bool(await _sql["own_draft_exists"].value(db, workspace=workspace, user=user))


async def environment(db: Conn, workspace: UUID) -> str | None:
    found: str | None = await _sql["environment"].value(db, workspace=workspace)
    return found


async def _stored(db: Conn, workspace: UUID, variants: Mapping[str, Variant]) -> Jsonb:
    kinds = await _kinds(db, workspace, {id for variant in variants.values() for id in variant.media})
    return Jsonb({slug: with_format(to_json(variant), variant, slug, kinds) for slug, variant in variants.items()})


async def _kinds(db: Conn, workspace: UUID, media: set[str]) -> dict[str, MediaKind]:
    """What each of these files is; what is no file is left out."""
    found = await _sql["media_kinds"].rows(db, _Kind, workspace=workspace, media=sorted(media)) if media else []
    return {each.id: each.kind for each in found}
