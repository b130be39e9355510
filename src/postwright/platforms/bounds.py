"""How rules are made of dated facts."""

from __future__ import annotations

from collections.abc import Mapping

from postwright.platforms.rules import Fact


def between(least: str, most: str, facts: Mapping[str, Fact]) -> tuple[float, float]:
    """The bounds that two facts set."""
    return float(facts[least].value), float(facts[most].value)


def either_way(fact: Fact) -> tuple[float, float]:
    """The bounds of a ratio that holds upright and lying: 3 is 1:3 to 3:1."""
    return 1 / float(fact.value), float(fact.value)


def words_of(fact: Fact) -> tuple[str, ...]:
    """The names that a fact lists."""
    return tuple(str(fact.value).split(", "))
