"""A person's own pictures and videos in the variants of a draft: put in, ordered, taken out, swapped for a cut or converted copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.errors import Conflict, InvalidInput, NotFound
from postwright.library.files import FileRow, get_files
from postwright.platforms import registry
from postwright.studio.drafts import edit_variant, hold
from postwright.studio.models import Draft, Variant

MOST = 35  # media of one variant: TikTok's photos, the most of all platforms


@dataclass(frozen=True, slots=True)
class Attached:
    """The draft with the files in it, and what was left as it was, in words."""

    draft: Draft
    notes: tuple[str, ...]


async def attach(db: Conn, actor: Actor, id: UUID, files: Sequence[UUID], platforms: Sequence[str] | None, now: datetime) -> Attached:
    """Puts files behind a variant's own media, in the place of generated ones. Without `platforms` into every variant that takes
    them; the others are named in the notes. Raises InvalidInput for a file that is not in this workspace."""
    draft = await hold(db, actor, id)
    if draft.deleted_at is not None:
        raise Conflict("This draft is deleted: bring it back to go on with it.", field="draft", rule="deleted")
    rows = await _known(db, actor, files)
    slugs = _chosen(draft, platforms)
    notes: list[str] = []
    for slug in slugs:
        taken = rows if platforms is not None else [row for row in rows if _takes(slug, row)]
        notes += [_left_out(slug, row) for row in rows if row not in taken]
        if taken:
            draft = await edit_variant(db, actor, id, slug, _with_more(draft.variants[slug], taken), draft.version, now)
    return Attached(draft, tuple(dict.fromkeys(notes)))


async def act_on_media(db: Conn, actor: Actor, draft: Draft, slug: str, act: str, now: datetime) -> Draft:
    """What a button by a medium says: media_up:id, media_down:id, media_drop:id, media_order:id,id, media_swap:id:id,
    media_cover:seconds. Raises NotFound when there is no such act or medium."""
    name, _, rest = act.partition(":")
    if name == "media_cover":
        return await edit_variant(db, actor, draft.id, slug, {"options": {"cover_at": _cover(rest)}}, draft.version, now)
    way = _WAYS.get(name)
    if way is None:
        raise NotFound(f"A variant has no act “{act[:40]}”.", field="act", rule="known")
    variant = draft.variants[slug]
    media = way(list(variant.media), rest)
    return await edit_variant(db, actor, draft.id, slug, _arranged(variant, media), draft.version, now)


async def swap(db: Conn, actor: Actor, id: UUID, slug: str, old: UUID, new: UUID, now: datetime) -> Draft | None:
    """Puts one file in another's place; None when the variant no longer shows the old one."""
    draft = await hold(db, actor, id)
    if draft.deleted_at is not None or slug not in draft.variants or str(old) not in draft.variants[slug].media:
        return None
    return await act_on_media(db, actor, draft, slug, f"media_swap:{old}:{new}", now)


async def _known(db: Conn, actor: Actor, files: Sequence[UUID]) -> list[FileRow]:
    wanted = list(dict.fromkeys(files))
    if not 1 <= len(wanted) <= MOST:
        raise InvalidInput(f"Send 1 to {MOST} files.", field="files", rule="max_items")
    rows = await get_files(db, actor, wanted)
    if missing := next((id for id in wanted if id not in {row.id for row in rows}), None):
        raise InvalidInput(f"There is no file {missing} in this workspace.", field="files", rule="exists")
    return rows


def _chosen(draft: Draft, platforms: Sequence[str] | None) -> list[str]:
    if platforms is None:
        return [slug for slug in draft.variants if slug in registry.REGISTRY]
    chosen = [registry.get(name).slug for name in dict.fromkeys(map(registry.resolve_alias, platforms))]
    if gone := next((slug for slug in chosen if slug not in draft.variants), None):
        raise NotFound(f"This draft has no variant for {registry.get(gone).name}.", field="platforms", rule="variant_exists")
    return chosen


def _takes(slug: str, row: FileRow) -> bool:
    return row.kind in registry.get(slug).rules.accepts


def _left_out(slug: str, row: FileRow) -> str:
    return f"{registry.get(slug).name} takes no {row.kind}: its variant stays as it was."


def _with_more(variant: Variant, rows: Sequence[FileRow]) -> dict[str, Any]:
    """As changes. Generated media go: a card beside one's own picture is never meant."""
    media = list(variant.media) if variant.own_media else []
    alts = _alts(variant, media)
    for row in rows:
        if str(row.id) not in media:
            media.append(str(row.id))
            alts[str(row.id)] = row.alt_text or ""
    if len(media) > MOST:
        raise InvalidInput(f"A variant has at most {MOST} media; these would be {len(media)}.", field="media", rule="max_items")
    return {"media": media, "alt_texts": [alts.get(id, "") for id in media]}


def _arranged(variant: Variant, media: Sequence[str]) -> dict[str, Any]:
    alts = _alts(variant, variant.media)
    return {"media": list(media), "alt_texts": [alts.get(id, "") for id in media]}


def _alts(variant: Variant, media: Sequence[str]) -> dict[str, str]:
    """The alternative texts by medium."""
    return {id: variant.alt_texts[at] if at < len(variant.alt_texts) else "" for at, id in enumerate(media)}


def _at(media: Sequence[str], id: str) -> int:
    if id not in media:
        raise NotFound("This variant shows no such medium any more.", field="media", rule="exists")
    return list(media).index(id)


def _moved(media: list[str], id: str, by: int) -> list[str]:
    at = _at(media, id)
    to = min(max(at + by, 0), len(media) - 1)
    media.insert(to, media.pop(at))
    return media


def _dropped(media: list[str], id: str) -> list[str]:
    media.pop(_at(media, id))
    return media


def _ordered(media: list[str], ids: str) -> list[str]:
    """Another order; one that was taken out comes back this way, too."""
    return list(dict.fromkeys(id for id in ids.split(",") if id))


def _swapped(media: list[str], ids: str) -> list[str]:
    old, _, new = ids.partition(":")
    at = _at(media, old)
    return list(dict.fromkeys([*media[:at], new, *media[at + 1 :]]))


def _cover(text: str) -> float | None:
    """Seconds into the video; None lets the platform choose."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 43_200:
        raise InvalidInput("The cover is a moment of the video, in seconds.", field="cover_at", rule="range")
    return round(seconds, 2)


_WAYS: Mapping[str, Callable[[list[str], str], list[str]]] = {
    "media_up": lambda media, id: _moved(media, id, -1),
    "media_down": lambda media, id: _moved(media, id, 1),
    "media_drop": _dropped,
    "media_order": _ordered,
    "media_swap": _swapped,
}
