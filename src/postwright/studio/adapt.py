"""From an idea to a native variant per platform, without a provider: by extraction.

Every sentence of a variant stands in the idea; nothing is invented, and `method` says "extracted".
What each platform takes is decided by the same rules that publishing checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from postwright.errors import InvalidInput
from postwright.kit.text import split_thread, utf8_bytes
from postwright.platforms import registry
from postwright.platforms.base import Platform, Post, Rules
from postwright.studio.arrange import arrange, shorten
from postwright.studio.keywords import find_hashtags
from postwright.studio.models import Idea, Pending, Variant, first_words
from postwright.studio.native import Manner, manner_of
from postwright.studio.ranking import rank
from postwright.studio.reading import Reading, Sentence, fold, read

_HOOK = 160  # characters: longer does not hook
_CARD_LINE = 150
_ON_CARD = 4


@dataclass(frozen=True, slots=True)
class Essence:
    """An idea read and weighed, once for all platforms. The hook is a label (title) or one of the sentences."""

    reading: Reading
    hook: str
    body: tuple[Sentence, ...]  # all sentences but the hook, in order
    weight: Mapping[int, float]  # by a sentence's place
    hashtags: tuple[str, ...]


def adapt(idea: Idea, platforms: Sequence[str], voice: Mapping[str, Any] | None, now: datetime) -> dict[str, Variant]:
    """A variant for each platform. Pure: the same idea gives the same variants.

    A voice needs a provider to write in; without one it only says whether hashtags are wanted.
    Raises InvalidInput on an unknown platform or an empty idea.
    """
    if not platforms:
        raise InvalidInput("Choose at least one platform.", field="platforms", rule="required")
    chosen = [registry.get(name) for name in dict.fromkeys(registry.resolve_alias(name) for name in platforms)]
    essence = find_essence(idea)
    plain = bool(voice and voice.get("hashtags") is False)
    return {platform.slug: replace(_variant(platform, essence, plain), changed_at=now.isoformat()) for platform in chosen}


def find_essence(idea: Idea) -> Essence:
    """Reads and weighs an idea. Raises InvalidInput when there is nothing to read."""
    reading = read(idea)
    sentences = _once(reading.sentences) or _last_resort(idea, reading)
    if not sentences and not reading.title:
        raise InvalidInput("The idea is empty: write a sentence or two.", field="idea", rule="required")
    weights = rank(sentences, reading.language)
    hook, rest = _hook(reading.title, sentences, weights)
    return Essence(reading, hook, rest, {s.place: w for s, w in zip(sentences, weights, strict=True)}, find_hashtags(idea, reading))


def split(text: str, platform: str) -> tuple[str, ...]:
    """The text as a thread for that platform. Raises InvalidInput where there are no threads."""
    rules = registry.get(platform).rules
    if not rules.threads:
        raise InvalidInput(f"{registry.get(platform).name} has no threads.", field="platform", rule="threads")
    return tuple(split_thread(text, _count(rules), rules.limit))


def _once(sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """Each sentence where it stands first."""
    return tuple({s.text: s for s in reversed(sentences)}.values())[::-1]


def _last_resort(idea: Idea, reading: Reading) -> tuple[Sentence, ...]:
    """An idea of nothing but marks or headings still is what somebody wrote."""
    words = [*reading.headings] or [fold(idea.text)]
    return tuple(Sentence(text, at, "prose", at) for at, text in enumerate(words) if text)


def _hook(title: str, sentences: tuple[Sentence, ...], weights: list[float]) -> tuple[str, tuple[Sentence, ...]]:
    """The title; else the first sentence, if it is short enough; else the heaviest short one."""
    if title:
        same = bool(sentences) and fold(sentences[0].text).rstrip(".!").casefold() == title.rstrip(".!").casefold()
        return title, sentences[1:] if same else sentences
    short = [at for at, s in enumerate(sentences) if len(s.text) <= _HOOK and not s.text.endswith(":")]
    at = 0 if not short or 0 in short else max(short, key=lambda i: (weights[i], -i))
    return sentences[at].text, tuple(s for i, s in enumerate(sentences) if i != at)


def _variant(platform: Platform, essence: Essence, plain: bool) -> Variant:
    manner = manner_of(platform.slug)
    if manner.replaced:
        essence = _without(essence, manner.replaced)
    tags = () if plain else _tags(essence.hashtags, manner)
    title = shorten(essence.hook, platform.rules.title_limit) if platform.rules.title_limit else None
    variant = Variant("", title=title, pending_media=_needed(platform.rules), card=_card(essence))
    link = _link(essence, manner)
    if platform.rules.threads and manner.thread_aim and not _essence_fits(platform, essence, manner, link):
        parts = _thread(platform, essence, manner, link)
        return replace(variant, text=parts[0], thread=parts if len(parts) > 1 else ())
    text = _best_text(platform, essence, manner, title, link)
    return replace(variant, text=text, hashtags=_that_fit(platform, text, title, tags))


def _best_text(platform: Platform, essence: Essence, manner: Manner, title: str | None, link: str) -> str:
    """Hook first, then the heaviest sentences that fit, in their order; the whole idea when that reads well."""
    hook = "" if title == essence.hook and essence.body else essence.hook

    def fits(text: str) -> bool:
        return len(text) <= max(manner.aim, len(hook)) and _allowed(platform, text, title)

    chosen: list[Sentence] = []
    best = ""
    for start in (arrange(hook, [], manner.layout, link), hook):
        if not best and start and fits(start):
            best = start
    if hook and not best:
        return _cut(platform, hook, title)
    for sentence in sorted(_of_use(essence, manner), key=lambda s: (-_weight(essence, s, manner), s.place)):
        if len(chosen) == manner.sentences or len(best) > manner.aim * 0.95:
            break
        if len(sentence.text) > manner.aim:
            continue
        trial = arrange(hook, sorted([*chosen, sentence], key=lambda s: s.place), manner.layout, link)
        if fits(trial):
            chosen, best = sorted([*chosen, sentence], key=lambda s: s.place), trial
    return best or _cut(platform, essence.body[0].text if essence.body else essence.hook, title)


def _essence_fits(platform: Platform, essence: Essence, manner: Manner, link: str) -> bool:
    """Whether the hook and what carries the idea most make one post."""
    heaviest = sorted(_of_use(essence, manner), key=lambda s: (-_weight(essence, s, manner), s.place))[:2]
    text = arrange(essence.hook, sorted(heaviest, key=lambda s: s.place), manner.layout, link)
    return len(text) <= platform.rules.limit * 4 and _allowed(platform, text, None)


def _thread(platform: Platform, essence: Essence, manner: Manner, link: str) -> tuple[str, ...]:
    """What a thread tells, cut on sentence bounds."""
    room = manner.thread_aim - len(essence.hook)
    chosen: list[Sentence] = []
    for sentence in sorted(essence.body, key=lambda s: (-_weight(essence, s, manner), s.place)):
        if len(sentence.text) < room:
            chosen.append(sentence)
            room -= len(sentence.text)
    hook = shorten(essence.hook, manner.thread_aim)
    text = arrange(hook, sorted(chosen, key=lambda s: s.place), "airy", link)
    return tuple(split_thread(text, _count(platform.rules), platform.rules.limit))


def _of_use(essence: Essence, manner: Manner) -> Sequence[Sentence]:
    """Where nobody can follow a link, a sentence with one is of no use (unless there is nothing else)."""
    plain = [s for s in essence.body if "://" not in s.text]
    return essence.body if manner.link or not plain else plain


def _weight(essence: Essence, sentence: Sentence, manner: Manner) -> float:
    """A question weighs what the platform gives it; the sentence that offers the link goes first, if it is short."""
    if manner.link and "://" in sentence.text and len(sentence.text) <= _HOOK:
        return 2.0
    return essence.weight[sentence.place] * (manner.questions if sentence.text.endswith(("?", "？", "؟")) else 1.0)


def _that_fit(platform: Platform, text: str, title: str | None, tags: tuple[str, ...]) -> tuple[str, ...]:
    """As many of the tags as the platform takes beside the text; none that the text has already."""
    tags = tuple(tag for tag in tags if f"#{tag}".casefold() not in text.casefold())
    while tags and not _allowed(platform, text, title, tags):
        tags = tags[:-1]
    return tags


def _allowed(platform: Platform, text: str, title: str | None, tags: tuple[str, ...] = ()) -> bool:
    """By the platform's own rules, media aside: those come later."""
    found = platform.check(Post(text=text, format=platform.rules.default_format, title=title, hashtags=tags))
    return not any(finding.level == "error" and not finding.field.startswith(("media", "title")) for finding in found)


def _cut(platform: Platform, text: str, title: str | None) -> str:
    """The longest beginning that fits, for what no sentence bound helps."""
    low, high = 1, min(len(text), platform.rules.limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _allowed(platform, shorten(text, middle), title) else (low, middle - 1)
    return shorten(text, low)


def _count(rules: Rules) -> Any:
    """One measure for both limits of platforms that also count bytes."""
    limit = rules.byte_limit
    if limit is None:
        return rules.count
    return lambda text: max(rules.count(text), -(-utf8_bytes(text) * rules.limit // limit))


def _needed(rules: Rules) -> Pending | None:
    return {"image": "card", "video": "card_video"}.get(rules.needs or "")  # type: ignore[return-value]


def _tags(tags: tuple[str, ...], manner: Manner) -> tuple[str, ...]:
    return tuple(tag.lower() if manner.small_tags else tag for tag in tags[: manner.hashtags])


def _link(essence: Essence, manner: Manner) -> str:
    """The idea's first link, when a reader can follow it there and no short sentence offers one."""
    offered = any("://" in s.text and len(s.text) <= _HOOK for s in essence.body)
    return essence.reading.links[0] if manner.link and essence.reading.links and not offered else ""


def _card(essence: Essence) -> dict[str, Any]:
    """What a card shows: the hook, and lines short enough to be read at a glance."""
    heaviest = sorted(essence.body, key=lambda s: (-essence.weight[s.place], s.place))
    short = [s for s in heaviest if len(s.text) <= _CARD_LINE and "://" not in s.text][:_ON_CARD]
    return {"title": first_words(essence.hook, 140), "lines": [s.text for s in sorted(short, key=lambda s: s.place)]}


def _without(essence: Essence, replaced: Mapping[str, str]) -> Essence:
    table = str.maketrans(dict(replaced))
    body = tuple(replace(s, text=s.text.translate(table)) for s in essence.body)
    return replace(essence, hook=essence.hook.translate(table), body=body)
