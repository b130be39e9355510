"""From an idea to a native variant per platform, without a provider: by extraction.

Every sentence of a variant stands in the idea; nothing is invented, and `method` says "extracted".
What each platform takes is decided by the same rules that publishing checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from postwright.errors import InvalidInput
from postwright.kit.text import split_thread, utf8_bytes
from postwright.platforms import registry
from postwright.platforms.base import Platform
from postwright.platforms.facts import Manner
from postwright.platforms.post import Post
from postwright.platforms.rules import Rules
from postwright.studio.arrange import arrange, shorten
from postwright.studio.keywords import find_hashtags
from postwright.studio.leaning import is_label, leans, needs_of
from postwright.studio.models import Idea, Pending, Variant
from postwright.studio.ranking import rank
from postwright.studio.reading import Reading, Sentence, fold, read

_HOOK = 160  # characters: longer does not hook
_CARD_LINE = 150
_ON_CARD = 4
_CARD_TITLE = 140
_OPENS = 2.0  # the first paragraph weighs more, from its beginning on: what follows builds on it
_GOES_ON = 1.4  # so does what follows a sentence that was chosen
_CONSIDERED = 60  # the heaviest sentences of an idea


@dataclass(frozen=True, slots=True)
class Essence:
    """An idea read and weighed, once for all platforms. The hook is a label (title) or one of the sentences."""

    reading: Reading
    hook: str
    body: tuple[Sentence, ...]  # all sentences but the hook, in order
    weight: Mapping[int, float]  # by a sentence's place
    needs: Mapping[int, frozenset[int]]  # by a sentence's place: the others without which it makes no sense
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
    hook, rest = _hook(reading, sentences, weights)
    weight = {s.place: w for s, w in zip(sentences, weights, strict=True)}
    told = {s.place for s in rest}
    needs = {place: each & told for place, each in needs_of(sentences, weight, reading.language).items()}
    return Essence(reading, hook, rest, weight, needs, find_hashtags(idea, reading))


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


def _hook(reading: Reading, sentences: tuple[Sentence, ...], weights: list[float]) -> tuple[str, tuple[Sentence, ...]]:
    """The title; else the first sentence, if it is short enough; else the heaviest short one that stands by itself."""
    if title := reading.title:
        same = bool(sentences) and fold(sentences[0].text).rstrip(".!").casefold() == title.rstrip(".!").casefold()
        return title, sentences[1:] if same else sentences
    told = [at for at, s in enumerate(sentences) if not is_label(s.text)] or [0]
    short = [at for at in told if len(sentences[at].text) <= _HOOK and not sentences[at].text.endswith((":", "："))]
    alone = [at for at in short if not leans(sentences[at].text, reading.language) and sentences[at].kind != "item"]
    at = told[0] if not alone or told[0] in short else max(alone, key=lambda i: (weights[i], -i))
    return sentences[at].text, tuple(s for i, s in enumerate(sentences) if i != at)


def _variant(platform: Platform, essence: Essence, plain: bool) -> Variant:
    manner = platform.face.manner
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
    """The whole idea when that reads well; else the hook, then the heaviest sentences that fit, in their order."""
    hook = "" if title == essence.hook and essence.body else essence.hook

    def fits(text: str) -> bool:
        return len(text) <= max(manner.aim, len(hook)) and _allowed(platform, text, title)

    start = next((text for text in (arrange(hook, [], manner.layout, link), hook) if text and fits(text)), "")
    if hook and not start:
        return _cut(platform, hook, title)

    def set_out(chosen: Sequence[Sentence]) -> str:
        return arrange(hook, chosen, manner.layout, link)

    useful = _of_use(essence, manner)
    if 0 < len(useful) <= manner.sentences and fits(whole := set_out(useful)):
        return whole
    chosen = _choose(essence, manner, lambda some: len(some) <= manner.sentences and fits(set_out(some)))
    if chosen:
        return set_out(chosen)
    return start or _cut(platform, _longest_start(essence), title)


def _longest_start(essence: Essence) -> str:
    """What there is to cut when nothing fits whole."""
    return next((s.text for s in essence.body if not is_label(s.text)), essence.body[0].text if essence.body else essence.hook)


def _choose(essence: Essence, manner: Manner, fits: Callable[[Sequence[Sentence]], bool]) -> list[Sentence]:
    """The heaviest sentences, each with all that it leans on, in their order; neighbours of chosen ones first."""
    useful = {s.place: s for s in _of_use(essence, manner)}
    places = _heaviest(essence, manner, useful)
    chosen: set[int] = set()
    while places:
        place = max(places, key=lambda each: (_pull(essence, manner, useful[each], chosen), -each))
        places.remove(place)
        wanted = chosen | {place} | essence.needs[place]
        if place not in chosen and wanted <= useful.keys() and fits([useful[each] for each in sorted(wanted)]):
            chosen = wanted
    return [useful[each] for each in sorted(chosen)]


def _heaviest(essence: Essence, manner: Manner, useful: Mapping[int, Sentence]) -> list[int]:
    """Places worth a look: labels say nothing, and of a book's sentences only the first ones would be chosen anyway."""
    told = [place for place, s in useful.items() if not is_label(s.text)]
    return sorted(told, key=lambda place: (-_pull(essence, manner, useful[place], set()), place))[:_CONSIDERED]


def _pull(essence: Essence, manner: Manner, sentence: Sentence, chosen: set[int]) -> float:
    """A sentence's weight beside those that are chosen already."""
    weight = _weight(essence, sentence, manner)
    first = essence.body[0]
    if sentence.place == first.place or (sentence.block == first.block and sentence.place - 1 in chosen):
        return weight * _OPENS
    return weight * (_GOES_ON if sentence.place - 1 in chosen else 1.0)


def _essence_fits(platform: Platform, essence: Essence, manner: Manner, link: str) -> bool:
    """Whether the hook and what carries the idea most make one post."""
    useful = {s.place: s for s in _of_use(essence, manner)}
    alone = [place for place in _heaviest(essence, manner, useful) if not essence.needs[place]]
    text = arrange(essence.hook, [useful[place] for place in sorted(alone[:2])], manner.layout, link)
    return len(text) <= platform.rules.limit * 4 and _allowed(platform, text, None)


def _thread(platform: Platform, essence: Essence, manner: Manner, link: str) -> tuple[str, ...]:
    """What a thread tells, cut on sentence bounds."""
    room = manner.thread_aim - len(essence.hook)
    chosen = _choose(essence, manner, lambda some: sum(len(s.text) for s in some) < room)
    hook = shorten(essence.hook, manner.thread_aim)
    text = arrange(hook, chosen, "airy", link)
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
    """What a card shows: the hook, and lines that are read at a glance and make sense each by itself."""
    heaviest = sorted(essence.body, key=lambda s: (-essence.weight[s.place], s.place))
    alone = [s for s in heaviest if not essence.needs[s.place] and not is_label(s.text) and not leans(s.text, essence.reading.language)]
    short = [s for s in alone if len(s.text) <= _CARD_LINE and "://" not in s.text][:_ON_CARD]
    return {"title": shorten(essence.hook, _CARD_TITLE), "lines": [s.text for s in sorted(short, key=lambda s: s.place)]}


def _without(essence: Essence, replaced: Mapping[str, str]) -> Essence:
    table = str.maketrans(dict(replaced))
    body = tuple(replace(s, text=s.text.translate(table)) for s in essence.body)
    return replace(essence, hook=essence.hook.translate(table), body=body)
