"""What stands with each variant of a draft: its media, what its platform says, what is left of each limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from postwright.db.queries import Conn
from postwright.db.session import Actor
from postwright.edge.served import served
from postwright.edge.state import State
from postwright.library.files import FileRow, get_files
from postwright.library.storage import media_url
from postwright.platforms import registry
from postwright.platforms.offers import NOTHING_KNOWN, Known
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media
from postwright.platforms.rules import Finding, Rules
from postwright.studio import store
from postwright.studio.choices import by_platform, known_of
from postwright.studio.models import Draft, Variant
from postwright.studio.variants import check_variant, to_post


@dataclass(frozen=True, slots=True)
class Measure:
    """A text by a platform's own rule. `overflow_at` is the first character (code point) that no longer fits."""

    remaining: int
    limit: int
    unit: str
    overflow_at: int | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A variant with its media, its findings, and a measure for each text that goes out."""

    variant: Variant
    media: tuple[Media, ...]
    findings: tuple[Finding, ...]
    measures: tuple[Measure, ...]
    known: Known = NOTHING_KNOWN

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps it from going out."""
        return tuple(finding for finding in self.findings if finding.level == "error")


async def check_draft(db: Conn, state: State, actor: Actor, draft: Draft, expires: datetime) -> dict[str, Checked]:
    """Every variant of the draft, checked with its real media. `expires` is for the addresses of media."""
    wanted = [id for variant in draft.variants.values() for id in file_ids(variant.media)]
    files = {file.id: file for file in await get_files(db, actor, list(dict.fromkeys(wanted)))}
    known = {slug: variant for slug, variant in draft.variants.items() if slug in registry.REGISTRY}
    loaded = {slug: load_media(state, variant, files, expires) for slug, variant in known.items()}
    choices = by_platform(await known_of(db, actor))
    checked = await asyncio.to_thread(
        lambda: {slug: check_with(variant, slug, loaded[slug], choices.get(slug, NOTHING_KNOWN)) for slug, variant in known.items()}
    )
    return await _with_reach(db, state, actor, checked)


async def _with_reach(db: Conn, state: State, actor: Actor, checked: dict[str, Checked]) -> dict[str, Checked]:
    """A warning where a platform would fetch a medium from this server and cannot. The sandbox is on this machine and always can."""
    why = served(state.settings, state.clock()).why_not()
    pulled = {slug for slug, each in checked.items() if any(m.kind in registry.get(slug).rules.pulls for m in each.media)}
    if not why or not pulled or await store.environment(db, actor.home) != "live":
        return checked
    warning = Finding("media", "public_url", why, level="warning")
    return {slug: replace(each, findings=(*each.findings, warning)) if slug in pulled else each for slug, each in checked.items()}


def check_with(variant: Variant, slug: str, media: tuple[Media, ...], known: Known = NOTHING_KNOWN) -> Checked:
    """The variant checked with these media, its options by what is known of the accounts that it goes to."""
    options = check_options(to_post(variant, slug, media), registry.get(slug), known)
    found = (*check_variant(variant, slug, media, told=known.told()), *options)
    return Checked(variant, media, found, tuple(measures(variant, slug, media, known)), known)


def measures(variant: Variant, slug: str, media: tuple[Media, ...] = (), known: Known = NOTHING_KNOWN) -> list[Measure]:
    """One for each text that goes out, hashtags counted with the text that carries them."""
    post = to_post(variant, slug, media)
    texts, rules = post.parts or (post.text,), registry.get(slug).rules_for(post.format, known.told())
    return [_measure(text, piece, rules) for text, piece in zip(texts, post.pieces(), strict=True)]


def load_media(state: State, variant: Variant, files: Mapping[UUID, FileRow], expires: datetime) -> tuple[Media, ...]:
    """The variant's media that are there, in its order."""
    found = [(files[id], at) for at, id in enumerate(file_ids(variant.media)) if id in files]
    return tuple(_medium(state, file, variant.alt_texts[at] if at < len(variant.alt_texts) else "", expires) for file, at in found)


def _measure(text: str, piece: str, rules: Rules) -> Measure:
    at = rules.overflow_at(piece)
    return Measure(rules.remaining(piece), rules.limit, rules.unit, None if at is None else min(at, len(text)))


def _medium(state: State, file: FileRow, alt: str, expires: datetime) -> Media:
    name = file.path.rpartition("/")[2]
    return Media(
        id=str(file.id), kind="image" if file.kind == "other" else file.kind, mime_type=file.mime_type or "application/octet-stream",
        size=file.size_bytes or 0, width=file.width or 0, height=file.height or 0,
        duration=float(file.duration_seconds) if file.duration_seconds is not None else None, alt=alt or file.alt_text or "",
        path=Path(), url=media_url(state, file.id, expires, name),
        codec=file.codec, fps=file.fps, pages=file.pages, name=file.name,
    )  # fmt: skip


def file_ids(media: Sequence[str]) -> list[UUID]:
    """The ids of files among what is written as media."""
    found: list[UUID] = []
    for text in media:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
