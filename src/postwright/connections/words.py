"""What platforms call scopes, in words for people."""

from __future__ import annotations

from collections.abc import Iterable

from postwright.platforms.registry import REGISTRY


def in_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Each scope with its words; one that we do not know stands for itself."""
    words = {scope: said for each in REGISTRY.values() for scope, said in each.face.scope_words.items()}
    return [(scope, words.get(scope, scope)) for scope in scopes]
