"""Variants as they are stored, as they go out, and what the platform's rules say about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.errors import InvalidInput
from postwright.platforms import registry
from postwright.platforms.formats import within_bounds
from postwright.platforms.offers import offered, value_of
from postwright.platforms.options import NOTHING
from postwright.platforms.post import Media, MediaKind, Post
from postwright.platforms.rules import Finding, Rules
from postwright.studio.models import Pending, Variant

_PENDING: tuple[Pending, ...] = ("card", "card_video")
_MOST_TEXT = 100_000  # characters of all that is read of a variant
_MOST_DEPTH = 8
_MOST_OPTIONS = 20_000  # characters as JSON
_NO_KINDS: Mapping[str, MediaKind] = {}
MOST_HASHTAGS = 100  # of a variant, whatever its platform takes: the one bound of every door
_EDITABLE = frozenset({"text", "body", "title", "thread", "hashtags", "media", "alt_texts", "options"})


def to_json(variant: Variant) -> dict[str, Any]:
    """As it stands in `content_adaptations.adaptations`. Empty parts are left out, but for those that others read."""
    stored: dict[str, Any] = {
        "text": variant.text, "thread": list(variant.thread), "hashtags": list(variant.hashtags), "media": list(variant.media),
        "alt_texts": list(variant.alt_texts), "options": dict(variant.options), "edited": variant.edited,
        "pending_media": variant.pending_media, "method": variant.method, "card": dict(variant.card), "revision": variant.revision,
    }  # fmt: skip
    if variant.title is not None:
        stored |= {"title": variant.title, "body": variant.text}
    optional = {
        "own_media": variant.own_media or None,
        "changed_by": variant.changed_by,
        "changed_at": variant.changed_at,
        "before": variant.before,
    }
    return stored | {key: value for key, value in optional.items() if value is not None}


def with_format(stored: dict[str, Any], variant: Variant, platform: str, kinds: Mapping[str, MediaKind] = _NO_KINDS) -> dict[str, Any]:
    """The stored variant with the format that planning reads: the person's choice, else what its parts make it. `kinds`: of its media,
    as far as they are known."""
    if variant.options.get("format") or platform not in registry.REGISTRY:
        return stored
    return stored | {"options": {**variant.options, "format": _expected_format(variant, platform, kinds)}, "auto_format": True}


def from_json(stored: Any) -> Variant:
    """Reads what to_json wrote, and what others may have written by the specification: a bare string is a text."""
    if isinstance(stored, str):
        return Variant(stored, method="given")
    if not isinstance(stored, Mapping):
        return Variant("", method="given")
    pending = stored.get("pending_media")
    return Variant(
        text=_text(stored.get("body") if stored.get("text") is None else stored.get("text")),
        title=_text(stored["title"]) if stored.get("title") is not None else None,
        thread=_texts(stored.get("thread")),
        hashtags=tuple(tag.lstrip("#") for tag in _texts(stored.get("hashtags"))),
        media=_texts(stored.get("media")),
        alt_texts=_texts(stored.get("alt_texts")),
        options=_options(stored),
        edited=bool(stored.get("edited", False)),
        pending_media=pending if pending in _PENDING else None,
        method=_text(stored.get("method")) or "given",
        own_media=stored.get("own_media") is True,
        card=_mapping(stored.get("card")),
        revision=stored["revision"] if isinstance(stored.get("revision"), int) else 1,
        changed_by=_user(stored.get("changed_by")),
        changed_at=_text(stored.get("changed_at")) or None,
        before=_mapping(stored["before"]) if stored.get("before") else None,
    )


def changed(variant: Variant, changes: Mapping[str, Any]) -> Variant:
    """The variant with what a person changed. Other media than it had are the person's own, and nothing is made in their place.

    Raises InvalidInput on a field that no person sets, and on more text than a variant holds.
    """
    if unknown := sorted(set(changes) - _EDITABLE):
        raise InvalidInput(f"A variant has no field {unknown[0]!r} that can be set.", field=unknown[0], rule="variant_field")
    text = changes.get("text", changes.get("body", variant.text))
    title = changes.get("title", variant.title)
    media = _clean_all(changes["media"], "media") if "media" in changes else variant.media
    kept = media == variant.media and not ("media" in changes and variant.pending_media)
    made = replace(
        variant,
        text=_clean(text, "text"),
        title=None if title is None else _clean(title, "title").replace("\n", " ").strip(),
        thread=_clean_all(changes["thread"], "thread") if "thread" in changes else variant.thread,
        hashtags=_tags(changes["hashtags"]) if "hashtags" in changes else variant.hashtags,
        media=media,
        own_media=variant.own_media if kept else bool(media),
        pending_media=variant.pending_media if kept else None,
        alt_texts=_clean_all(changes["alt_texts"], "alt_texts") if "alt_texts" in changes else variant.alt_texts,
        options=_clean_options({**variant.options, **_mapping(changes.get("options"))}),
    )
    _must_be_short(made)
    return made


def says_the_same(one: Variant, other: Variant, slug: str) -> bool:
    """Whether nothing differs but options that one spells out and the other leaves to their default: a form spells all of them out."""
    return replace(one, options=other.options) == other and _chosen(one, slug) == _chosen(other, slug)


def _chosen(variant: Variant, slug: str) -> dict[str, Any]:
    """The options with their defaults, less those that say nothing."""
    defaults = {each.name: value_of(each, variant.options) for each in offered(registry.get(slug))}
    return {name: value for name, value in {**variant.options, **defaults}.items() if value not in (*NOTHING, False)}


def _must_be_short(variant: Variant) -> None:
    """Raises InvalidInput that names the longest field when all of them together are longer than a variant may be."""
    fields: dict[str, Sequence[str]] = {
        "text": () if variant.thread else (variant.text,), "title": (variant.title or "",), "thread": variant.thread,
        "hashtags": variant.hashtags, "alt_texts": variant.alt_texts,
    }  # fmt: skip
    lengths = {name: sum(map(len, texts)) for name, texts in fields.items()}
    if (total := sum(lengths.values())) > _MOST_TEXT:
        message = f"This has {total:,} characters in all; at most {_MOST_TEXT:,} fit into a variant."
        raise InvalidInput(message, field=max(lengths, key=lambda name: lengths[name]), rule="max_length")


NOTHING_TOLD: Mapping[str, Any] = {}


def to_post(variant: Variant, platform: str, media: tuple[Media, ...] = ()) -> Post:
    """The post as it would go out, for the platform's rules and its adapter."""
    return Post(
        text=variant.thread[0] if variant.thread else variant.text,
        format=find_format(variant, platform, media),
        title=variant.title,
        parts=variant.thread if len(variant.thread) > 1 else (),
        hashtags=variant.hashtags,
        media=media,
        options={key: value for key, value in variant.options.items() if key != "format"},
    )


def find_format(variant: Variant, platform: str, media: tuple[Media, ...] = ()) -> str:
    """The platform's word for what this is: what the person chose, else what thread and media make it."""
    rules = registry.get(platform).rules
    asked = variant.options.get("format")
    if isinstance(asked, str) and asked in rules.formats:
        return asked
    shown = [medium for medium in media if medium.id != variant.options.get("cover")]
    upright = all(medium.height > medium.width and (medium.duration or 0) <= 60 and _is_short(medium, rules) for medium in shown)
    return _format_of(rules, [medium.kind for medium in shown], is_thread=len(variant.thread) > 1, upright=upright)


def _is_short(medium: Media, rules: Rules) -> bool:
    """Whether a video keeps the bounds of the platform's short format, where it has another one for videos, too."""
    shapes = [rules.shapes[name] for name in ("short", "reel") if name in rules.shapes and "video" in rules.formats]
    return all(within_bounds(medium, shape) for shape in shapes)


def _expected_format(variant: Variant, platform: str, known: Mapping[str, MediaKind]) -> str:
    """The format before the media are at hand: by their kinds, what is being made, or what the platform needs."""
    rules = registry.get(platform).rules
    kind: MediaKind = "video" if variant.pending_media == "card_video" or rules.needs == "video" else "image"
    kinds = [known.get(id, kind) for id in variant.media] or [kind] * int(variant.pending_media is not None)
    return _format_of(rules, kinds, is_thread=len(variant.thread) > 1, upright=True)


def _format_of(rules: Rules, kinds: list[MediaKind], *, is_thread: bool, upright: bool) -> str:
    guesses = {
        "thread": is_thread,
        "short": "video" in kinds and upright,
        "reel": kinds == ["video"] and (upright or "video" not in rules.formats),
        "video": "video" in kinds,
        "document": "document" in kinds,
        "carousel": len(kinds) > 1,
        "photo": "image" in kinds,
        "image": "image" in kinds,
    }
    return next((name for name, holds in guesses.items() if holds and name in rules.formats), rules.default_format)


def check_variant(
    variant: Variant, platform: str, media: tuple[Media, ...] = (), *, told: Mapping[str, Any] = NOTHING_TOLD, format: str | None = None
) -> list[Finding]:
    """What the platform's rules say, for an account of which this is `told`, of a post of this `format` (None: the variant's).

    A medium that is being made right now is not called missing but awaited; one that it will replace must not go out either."""
    post = to_post(variant, platform, media)
    found = registry.get(platform).findings(post if format is None else replace(post, format=format), told)
    if variant.pending_media is None:
        return found
    return [_awaited(variant.pending_media), *(finding for finding in found if not _is_missing_medium(finding))]


def undo_record(variant: Variant) -> dict[str, Any]:
    """What an undo must bring back; one step, so that drafts do not grow without end."""
    stored = to_json(variant)
    return {key: stored[key] for key in ("text", "title", "thread", "hashtags", "options", "edited", "method") if key in stored}


def undone(variant: Variant) -> Variant:
    """The variant as it was before the last change to it. Raises InvalidInput when there is nothing to undo."""
    if not variant.before:
        raise InvalidInput("There is nothing to undo in this variant.", field="variant", rule="undo")
    earlier = from_json(variant.before)
    return replace(
        variant, text=earlier.text, title=earlier.title, thread=earlier.thread, hashtags=earlier.hashtags, options=earlier.options,
        edited=earlier.edited, method=earlier.method, before=undo_record(variant),
    )  # fmt: skip


def stamped(variant: Variant, *, revision: int, by: str | None, at: datetime) -> Variant:
    """The variant with the mark of who changed it."""
    return replace(variant, revision=revision, changed_by=by, changed_at=at.isoformat())


def _is_missing_medium(finding: Finding) -> bool:
    return finding.fix in {"add_card", "add_card_video"}


def _awaited(pending: Pending) -> Finding:
    name = "card video" if pending == "card_video" else "card"
    return Finding("media", "media_pending", f"The {name} is being made; it is ready in a few seconds.")


def _clean(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{field} must be text.", field=field, rule="text")
    if len(value) > _MOST_TEXT:
        message = f"{field} has {len(value):,} characters; at most {_MOST_TEXT:,} fit into a variant."
        raise InvalidInput(message, field=field, rule="max_length")
    return storable(value)


def storable(text: str) -> str:
    """Line ends as \\n; without control characters (NUL cannot be stored) and lone surrogates. Joiners and direction marks stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if not _forbidden(c)) if any(map(_forbidden, text)) else text


def _forbidden(c: str) -> bool:
    return (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"


def _clean_all(values: Any, field: str) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or len(values) > 500:
        raise InvalidInput(f"{field} must be a list of at most 500 texts.", field=field, rule="list")
    return tuple(_clean(value, field) for value in values)


def _clean_options(options: dict[str, Any]) -> dict[str, Any]:
    """Options are small: a few levels of a few choices."""
    if _depth(options) > _MOST_DEPTH or len(json.dumps(options, default=str)) > _MOST_OPTIONS:
        message = f"options may hold {_MOST_OPTIONS:,} characters in {_MOST_DEPTH} levels; these are more."
        raise InvalidInput(message, field="options", rule="max_size")
    return options


def _depth(value: Any) -> int:
    """How many levels a value nests, counted no further than matters."""
    level, depth = [value], 0
    while level and depth <= _MOST_DEPTH:
        inner = [each.values() if isinstance(each, Mapping) else each for each in level if isinstance(each, Mapping | list | tuple)]
        level, depth = [item for items in inner for item in items], depth + bool(inner)
    return depth


def _tags(values: Any) -> tuple[str, ...]:
    """Hashtags as they are kept: without '#', spaces or repeats. Raises InvalidInput on more than a variant holds."""
    if isinstance(values, list | tuple) and len(values) > MOST_HASHTAGS:
        message = f"A variant holds {MOST_HASHTAGS} hashtags at most; these are {len(values):,}. Take some out."
        raise InvalidInput(message, field="hashtags", rule="max_hashtags")
    tags = ("".join(tag.lstrip("#\uff03").split()) for tag in _clean_all(values, "hashtags"))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _user(value: Any) -> str | None:
    """A user's id; None for what others may have written there."""
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _options(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What a person chose; a format that with_format wrote is not."""
    options = _mapping(stored.get("options"))
    return {key: value for key, value in options.items() if key != "format" or not stored.get("auto_format")}


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
