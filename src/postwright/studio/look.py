"""How a variant looks: folded at the platform's "more", its link, what differs from the idea, what holds it back."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import regex

from postwright.kit.text import extract_hashtags, extract_mentions, extract_urls
from postwright.platforms import registry
from postwright.platforms.post import Media
from postwright.platforms.rules import Finding
from postwright.studio.arrange import shorten
from postwright.studio.checking import Checked, Measure
from postwright.studio.models import Variant
from postwright.studio.options import Panel, panel
from postwright.studio.variants import to_post

_WORDS = regex.compile(r"\s+|[\p{L}\p{M}\p{N}'’]+|.", regex.DOTALL)
_MOST_COMPARED = 200_000  # pairs of equal words, which is what comparing costs: beyond, the whole is shown as changed
NONE_CHOSEN, NONE_LEFT = "Choose an account", "All of it is out or on its way"  # what the button says then

Piece = tuple[str, str]  # text, kind: "", "link", "tag", "mention"
Change = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True, slots=True)
class Part:
    """One text that goes out: above the fold, below it, and its measure."""

    shown: tuple[Piece, ...]
    folded: tuple[Piece, ...]
    measure: Measure


@dataclass(frozen=True, slots=True)
class LinkCard:
    """The link that a platform makes a card of."""

    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that is drawn of a variant but its editor."""

    slug: str
    name: str
    variant: Variant
    parts: tuple[Part, ...]
    media: tuple[Media, ...]
    findings: tuple[Finding, ...]
    link: LinkCard | None
    upright: bool  # its medium fills a phone's screen
    panel: Panel

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def blocked_by(self) -> str:
        """The first thing that keeps it from going out, short enough for a button; empty when nothing does."""
        if not self.errors:
            return ""
        first = self.errors[0]
        known = {
            "media_pending": "waits for its card", "needs_video": "needs a video", "needs_image": "needs an image",
            "empty": "is empty", "required": f"needs a {first.field}", "bytes": "is too long", "option_required": "needs a choice",
        }  # fmt: skip
        short = "is too long" if first.rule == "length" and first.field != "title" else "has a title that is too long"
        return f"{self.name} {known.get(first.rule, short if first.rule == 'length' else 'needs a change')}"


def look_at(slug: str, checked: Checked) -> Look:
    """How the variant looks now."""
    variant, platform = checked.variant, registry.get(slug)
    whole = _whole(variant, slug)
    parts = tuple(_part(text, platform.rules.fold_at, measure) for text, measure in zip(whole, checked.measures, strict=True))
    upright = bool(checked.media) and checked.media[0].height > checked.media[0].width * 1.5
    link = None if checked.media or platform.rules.needs else _link_card(whole)
    options = panel(to_post(variant, slug, checked.media), platform, checked.known, checked.findings)
    return Look(slug, platform.name, variant, parts, checked.media, checked.findings, link, upright, options)


def differences(was: str, now: str) -> list[Change]:
    """Word by word what was left out of `was` and what came to make `now`."""
    if was == now:
        return [("same", was)]
    old, new = _WORDS.findall(was), _WORDS.findall(now)
    if _equal_pairs(old, new) > _MOST_COMPARED:
        return [("gone", was), ("new", now)]
    found: list[Change] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[i:j])))
            continue
        found += [("gone", "".join(old[i:j]))] if j > i else []
        found += [("new", "".join(new[k:m]))] if m > k else []
    return found


def _equal_pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words of the one equal a word of the other, spaces aside."""
    counts = Counter(new)
    return sum(count * counts[word] for word, count in Counter(old).items() if not word.isspace())


def as_compared(variant: Variant) -> str:
    """All that a person reads of a variant, for comparing."""
    tags = " ".join(f"#{tag}" for tag in variant.hashtags)
    return "\n\n".join(text for text in (variant.title or "", variant.words(), tags) if text)


def schedule_label(looks: Mapping[str, Look], chosen: Sequence[str]) -> str:
    """What the button says for accounts on these platforms (one entry per account): "Schedule 5 of 6; TikTok needs a video"."""
    ready = [slug for slug in chosen if slug in looks and not looks[slug].errors]
    held = next((looks[slug].blocked_by for slug in chosen if slug in looks and looks[slug].errors), "")
    if not chosen:
        return NONE_CHOSEN
    if len(ready) == len(chosen):
        return f"Schedule {len(ready)} post{'s' if len(ready) != 1 else ''}"
    return f"Schedule {len(ready)} of {len(chosen)}; {held}" if ready else f"Nothing to schedule; {held}"


def _whole(variant: Variant, slug: str) -> tuple[str, ...]:
    """Each text with the hashtags that it carries; those of a thread end its last part."""
    if len(variant.thread) > 1:
        return to_post(variant, slug).pieces()
    tags = " ".join(f"#{tag}" for tag in variant.hashtags)
    return (f"{variant.words()}\n\n{tags}".strip() if tags else variant.words(),)


def _part(text: str, fold_at: int | None, measure: Measure) -> Part:
    """Above and below the fold; what is folded begins between words."""
    if fold_at is None or len(text) <= fold_at * 1.15:
        return Part(_pieces(text), (), measure)
    above = shorten(text, fold_at).rstrip("…")
    return Part(_pieces(above), _pieces(text[len(above) :]), measure)


def _pieces(text: str) -> tuple[Piece, ...]:
    """The text with its links, hashtags and mentions told apart."""
    marks = [(url.start, url.end, "link") for url in extract_urls(text)]
    marks += [(tag.start, tag.end, "tag") for tag in extract_hashtags(text)]
    marks += [(one.start, one.end, "mention") for one in extract_mentions(text)]
    found: list[Piece] = []
    at = 0
    for start, end, kind in sorted(marks):
        if start < at:
            continue
        found += [(text[at:start], "")] if start > at else []
        found.append((text[start:end], kind))
        at = end
    return (*found, (text[at:], "")) if at < len(text) else tuple(found)


def _link_card(texts: Sequence[str]) -> LinkCard | None:
    url = next((url.value for text in texts for url in extract_urls(text, without_protocol=False)), None)
    if url is None:
        return None
    parts = urlsplit(url)
    return LinkCard(parts.hostname or "", parts.path.strip("/"))
