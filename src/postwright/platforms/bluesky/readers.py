"""What readers of Bluesky see of a post besides its text and media."""

from __future__ import annotations

from postwright.platforms.bluesky.options import OPTIONS
from postwright.platforms.readers import Extra, Readers, choices_of, list_of, object_of, said

_RULES = {"mentionRule": "who is mentioned", "followingRule": "whom the author follows", "followerRule": "followers"}
_LABELS = choices_of(OPTIONS, "labels")


def _marks(extra: Extra) -> list[str]:
    gate = extra.get("gate")
    rules = [str(object_of(each).get("$type", "")).rsplit("#", 1)[-1] for each in list_of(object_of(gate).get("allow"))]
    langs = list_of(object_of(extra.get("record")).get("langs"))
    return said(
        (gate and not rules, "Replies off"),
        (rules, f"Replies: {', '.join(_RULES.get(rule, rule) for rule in rules)}"),
        (langs, f"In {', '.join(map(str, langs))}"),
    )


def _warning(extra: Extra) -> str | None:
    values = list_of(object_of(object_of(extra.get("record")).get("labels")).get("values"))
    return ", ".join(_LABELS.get(str(object_of(each).get("val")), "Content warning") for each in values) or None


READERS = Readers(words_first=True, marks=_marks, warning=_warning)
