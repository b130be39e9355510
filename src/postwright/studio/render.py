"""Making the media that a draft's variants wait for: read, work without a transaction, write what is still wanted."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from postwright.db.queries import Conn
from postwright.db.session import Actor, transaction
from postwright.edge.state import State
from postwright.errors import PostwrightError
from postwright.library.files import NewFile, add_file, keep_bytes
from postwright.platforms import registry
from postwright.studio import store
from postwright.studio.card_video import render_card_video
from postwright.studio.cards import UPRIGHT, WIDE, Rendered, render_card
from postwright.studio.models import Draft, Variant

log = structlog.get_logger()

Order = tuple[str, tuple[int, int], str, tuple[str, ...]]  # kind, size, title, lines: variants with the same share a file


async def render_draft(state: State, workspace: UUID, id: UUID) -> None:
    """Makes the pending media of a draft. May run twice: what is there already is not made again."""
    actor = Actor("service_role", workspace=workspace, origin="job")
    async with transaction(state.pool, actor) as db:
        draft = await store.get_draft(db, workspace, id)
    if draft is None or draft.deleted_at or not draft.pending:
        return
    made: dict[Order, NewFile | str] = {}
    used: set[UUID] = set()
    try:
        for order in dict.fromkeys(_order(slug, draft.variants[slug]) for slug in draft.pending):
            made[order] = await _make(state, order)
        async with transaction(state.pool, actor) as db:
            used = await _attach(db, actor, id, made)
    finally:
        for new in made.values():
            if isinstance(new, NewFile) and new.id not in used:
                await state.storage.delete(new.path)


async def _make(state: State, order: Order) -> NewFile | str:
    """The file in the storage, or why it could not be made."""
    kind, _, title, lines = order
    name, mime = ("card.mp4", "video/mp4") if kind == "card_video" else ("card.jpg", "image/jpeg")
    with tempfile.TemporaryDirectory(prefix="postwright-") as folder:
        out = Path(folder) / name
        try:
            done = await asyncio.to_thread(_render, order, out)
        except (PostwrightError, OSError) as error:
            log.warning("card not made", kind=kind, error=str(error))
            return str(error)
        facts: dict[str, Any] = {"generated": kind, "method": "template"}
        facts |= {"missing_characters": done.missing} if done.missing else {}
        return await keep_bytes(
            state.storage, out, name, mime, width=done.width, height=done.height, duration=done.duration,
            alt_text=alt_text(title, lines), metadata=facts,
        )  # fmt: skip


def alt_text(title: str, lines: tuple[str, ...]) -> str:
    """What a card says, for those who do not see it."""
    return " ".join(text if text.endswith((".", "!", "?", "…")) else f"{text}." for text in (title, *lines) if text)


def _render(order: Order, out: Path) -> Rendered:
    kind, size, title, lines = order
    return render_card_video(title, lines, out) if kind == "card_video" else render_card("\n".join(lines), title, size, out)


async def _attach(db: Conn, actor: Actor, id: UUID, made: Mapping[Order, NewFile | str]) -> set[UUID]:
    """Gives the files to the variants that still want exactly them; which files were used."""
    draft = await store.lock_draft(db, actor.home, id)
    if draft is None or draft.deleted_at:
        return set()
    wanted = {slug: made[order] for slug in draft.pending if (order := _order(slug, draft.variants[slug])) in made}
    for new in {file.id: file for file in wanted.values() if isinstance(file, NewFile)}.values():
        await add_file(db, replace(actor, origin=draft.origin), new, owner=draft.author_id)  # by the way the draft came
    if wanted:
        variants = {slug: _with(variant, wanted.get(slug)) for slug, variant in draft.variants.items()}
        await store.save_draft(db, actor.home, _next(draft, variants))
    return {file.id for file in wanted.values() if isinstance(file, NewFile)}


def _with(variant: Variant, made: NewFile | str | None) -> Variant:
    if made is None:
        return variant
    if isinstance(made, str):
        return replace(variant, pending_media=None, card={**variant.card, "problem": made})
    card = {key: value for key, value in variant.card.items() if key != "problem"}
    return replace(variant, pending_media=None, media=(str(made.id),), alt_texts=(made.alt_text,), card=card)


def _next(draft: Draft, variants: Mapping[str, Variant]) -> Draft:
    return replace(draft, variants=variants, version=draft.version + 1)


def _order(slug: str, variant: Variant) -> Order:
    """What to make: the size by the shapes that the platform takes."""
    needs = registry.get(slug).rules.needs if slug in registry.REGISTRY else None
    lines = variant.card.get("lines")
    texts = tuple(str(line) for line in lines) if isinstance(lines, list | tuple) else ()
    size = UPRIGHT if needs == "image" else WIDE
    return variant.pending_media or "card", size, str(variant.card.get("title") or ""), texts
