"""Which sentences make no sense without others: what refers back, the points of a list, and bare labels.

By the words that refer, language by language. In a language that nobody described here, a sentence is
taken to lean on the one before it in its paragraph: a run of neighbours always reads well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import regex

from postwright.studio.reading import Sentence

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’-]*")
_SIGNS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")
_INTRODUCES = regex.compile(r"[:：]$|(?:次の|以下)[^。]{0,12}。$")
_FEWEST_WORDS, _FEWEST_SIGNS = 3, 5  # below them it is a label, no sentence
_MOST_NEEDED = 120  # sentences: more than a variant or a thread holds; longer chains would fill the memory
_LOOK_AT = 600  # characters of a sentence: what is longer leans on itself, and would cost its square


@dataclass(frozen=True, slots=True)
class _Words:
    """Patterns of one language."""

    opening: regex.Pattern[str]  # joins the sentence to the one before
    anywhere: regex.Pattern[str]  # always points outside
    in_first_clause: regex.Pattern[str]  # later in a sentence its own words may be meant
    clause_ends: regex.Pattern[str]


def _words(opening: str, anywhere: str, in_first_clause: str, clause_ends: str) -> _Words:
    def whole(words: str) -> str:
        return rf"(?<![\p{{L}}\p{{N}}])(?:{words})(?![\p{{L}}\p{{N}}])"

    flags = regex.IGNORECASE
    return _Words(
        regex.compile(rf"^[\p{{P}}\s]*{whole(opening)}", flags),
        regex.compile(whole(anywhere), flags),
        regex.compile(whole(in_first_clause), flags),
        regex.compile(rf"[,;:–—(]|{whole(clause_ends)}", flags),
    )


_LANGUAGES: Mapping[str, _Words] = {
    "en": _words(
        r"and|but|or|nor|so|then|also|yet|thus|hence|therefore|however|instead|otherwise|meanwhile|moreover|besides|still|likewise|"
        r"because of|that|which|not because|for example|for instance|in other words|as a result|in short|again|afterwards|yes|no,|"
        r"the (?:first|second|third|other|latter|former|same|rest)|others?|neither|either|both|"
        r"(?:second|third|next|finally|later)(?:ly)?,",
        r"theirs|hers|ours|the (?:former|latter)|such (?:an? )?\p{L}+|these|those(?! who)|(?:one|both) of them|the other one|"
        r"this(?! (?:week|month|year|morning|afternoon|evening|spring|summer|autumn|fall|winter|time|monday|tuesday|wednesday|thursday|"
        r"friday|saturday|sunday|season|quarter))|"
        r"(?:in|at|of|for|on|by|with|from|to|about|after|before|since|until|than|like|through|during|over|under|behind) that|"
        r"times as (?:many|much)(?!.* as )",
        r"it|its|it['’]s|they|them|their|they['’]re|he|him|his|she|her|both|that(?: is|['’]s| was)",
        r"and|but|because|when|while|if|that|who|which|where|or|so|until|before|after|unless|although|than",
    ),
    "de": _words(
        r"und|aber|oder|auch|doch|jedoch|daher|deshalb|deswegen|darum|denn|dann|so|also|trotzdem|außerdem|stattdessen|sonst|zum beispiel|"
        r"das (?-i:\p{Ll})\p{L}*|beides?|andere|die (?:anderen|beiden)",
        r"dies(?:e[mnrs]?)?|jene[mnrs]?|solche[mnrs]?|ersterer?|letzterer?|ihre[rns]",
        r"er|sie|es|ihn|ihm|ihnen|ihre?[mn]?|sein(?:e[mnrs]?)?|beide[nrs]?|davon|dazu|damit|dabei|dafür|dagegen|darauf|darin|daraus|"
        r"darüber|daran|dadurch|danach",
        r"und|aber|weil|wenn|während|dass|oder|solange|bevor|nachdem",
    ),
    "fr": _words(
        r"et|mais|ou|donc|or|ni|car|puis|alors|ainsi|aussi|cependant|pourtant|par exemple|"
        r"c['’]est|c['’]était|ce|ça|cela|ceci|tous deux|les autres",
        r"cet|cette|ces|celui|celle|ceux|celles|cela|ceci|ça|l(?:e|a|es) leurs?",
        r"il(?! (?:y a|faut))|elle|ils|elles|lui|leurs?|eux",
        r"et|mais|parce|quand|si|que|qui|où|ou|pendant",
    ),
    "es": _words(
        r"y|e|pero|o|así|entonces|también|además|sin embargo|por eso|por ejemplo|luego|ambos|ambas|los otros|las otras|es decir|lo",
        r"est[aeo]s?(?! (?:semana|mes|año|tarde|noche|mañana))|es[ae]s?|eso|esos|aquell?[oa]s?|l[oa]s? suy[oa]s?",
        r"él|ella|ellos|ellas|sus?|ambos|ambas",
        r"y|pero|porque|cuando|si|que|donde|mientras",
    ),
    "ja": _words(r"(?!)", r"(?!)", r"(?!)", r"(?!)"),
    "zh": _words(r"(?!)", r"(?!)", r"(?!)", r"(?!)"),
}
# Scripts without spaces: no word bounds to look for.
_OPENINGS = regex.compile(
    r"^[「『（\s]*(?:これ|それ|あれ|この|その|あの|こう|そう|ここ|そこ|そして|しかし|だから|また|でも|ただし|つまり|すると|彼|"
    r"这|這|那|它|他|她|但|所以|因此|而且|然后|然後|于是|於是|同时|同時|此)"
)


def needs_of(sentences: Sequence[Sentence], weights: Mapping[int, float], language: str) -> dict[int, frozenset[int]]:
    """For each sentence (by place) all others without which it makes no sense; itself is not among them."""
    direct: dict[int, set[int]] = {s.place: set() for s in sentences}
    told = [s for s in sentences if not is_label(s.text)]
    for at, (before, sentence) in enumerate(pairwise(told), 1):
        if _hangs(before, sentence, language):
            direct[sentence.place] |= _whole_list(at - 1, told) if sentence.kind != "item" else {before.place}
            if _is_hinge(at, told, language):
                direct[sentence.place].add(told[at + 1].place)
    _tie_lists(told, weights, direct)
    return {place: frozenset(_closure(place, direct) - {place}) for place in direct}


def leans(text: str, language: str) -> bool:
    """Whether a sentence refers to something outside of it."""
    if _OPENINGS.match(text):
        return True
    words = _LANGUAGES.get(language)
    if words is None or _INTRODUCES.search(text):  # "This is what we changed:" points onward
        return False
    text = text[:_LOOK_AT]
    return bool(words.opening.search(text) or words.anywhere.search(text) or words.in_first_clause.search(_first_clause(text, words)))


def is_label(text: str) -> bool:
    """ "Paragraph 1." and the like: too little for a sentence."""
    if signs := _SIGNS.findall(text):
        return len(signs) < _FEWEST_SIGNS
    return "://" not in text and len(_WORD.findall(text)) < _FEWEST_WORDS


def _hangs(before: Sentence, sentence: Sentence, language: str) -> bool:
    """On the sentence before it."""
    if leans(sentence.text, language):
        return True
    same = before.block == sentence.block
    return same and (language not in _LANGUAGES or len(_WORD.findall(sentence.text)) <= _FEWEST_WORDS)


def _is_hinge(at: int, told: Sequence[Sentence], language: str) -> bool:
    """ "So we looked at our numbers." leads on from one paragraph into the next: as an ending it leaves open what they said."""
    sentence = told[at]
    inside = told[at - 1].block != sentence.block and at + 1 < len(told) and told[at + 1].block == sentence.block
    return inside and sentence.kind == "prose" and leans(sentence.text, language)


def _first_clause(text: str, words: _Words) -> str:
    for end in words.clause_ends.finditer(text):
        if len(_WORD.findall(text[: end.start()])) >= 2:
            return text[: end.start()]
    return text


def _whole_list(at: int, told: Sequence[Sentence]) -> set[int]:
    """What prose after a list speaks of is the list, not its last point."""
    first = at
    while told[first].kind == "item" and first and told[first - 1].kind == "item":
        first -= 1
    return {s.place for s in told[first : at + 1]}


def _tie_lists(told: Sequence[Sentence], weights: Mapping[int, float], direct: dict[int, set[int]]) -> None:
    """A point needs the line that introduces its list, and another point beside it; that line needs a point."""
    before: Sentence | None = None
    for is_list, run in groupby(told, key=lambda s: s.kind == "item"):
        block = list(run)
        if is_list:
            _tie(_points(block), before if before and _INTRODUCES.search(before.text) else None, weights, direct)
        else:
            for sentence, after in pairwise(block):
                if _INTRODUCES.search(sentence.text):
                    direct[sentence.place].add(after.place)
        before = block[-1]


def _tie(points: list[list[Sentence]], opening: Sentence | None, weights: Mapping[int, float], direct: dict[int, set[int]]) -> None:
    best = sorted((point[0].place for point in points), key=lambda place: (-weights.get(place, 0), place))[:2]
    for point in points:
        head, *others = (s.place for s in point)
        direct[head] |= {place for place in best if place != head and (head in best or place == best[0])}
        direct[head] |= {opening.place} if opening else set()
        for place in others:
            direct[place].add(head)
    if opening:
        direct[opening.place].add(best[0])


def _points(block: Iterable[Sentence]) -> list[list[Sentence]]:
    return [list(point) for _, point in groupby(block, key=lambda s: s.block)]


def _closure(place: int, direct: Mapping[int, set[int]]) -> set[int]:
    found, ahead = {place}, [place]
    while ahead and len(found) <= _MOST_NEEDED:
        for each in direct.get(ahead.pop(), ()):
            if each not in found:
                found.add(each)
                ahead.append(each)
    return found
