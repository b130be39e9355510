"""People read words, not scopes: every scope that is asked for, or that the sandbox gives."""

from __future__ import annotations

import pytest

from postwright.connections.words import in_words
from postwright.platforms.linkedin.auth import ORGANISATIONS
from postwright.platforms.registry import REGISTRY
from postwright.sandbox.accounts import SCOPES


@pytest.mark.parametrize("slug", REGISTRY)
def test_every_scope_has_words(slug: str) -> None:
    oauth = REGISTRY[slug].oauth
    asked = (*(oauth.scopes if oauth else ()), *(ORGANISATIONS if slug == "linkedin" else ()))
    given = [SCOPES[slug]] if slug in ("wordpress", "ghost") else SCOPES.get(slug, "").replace(",", " ").split()
    assert [scope for scope, words in in_words((*asked, *given)) if words == scope] == []
