"""What platforms call scopes, in words for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from postwright.connections.models import AccountRow
from postwright.platforms.base import Platform
from postwright.platforms.registry import REGISTRY


def missing_of(account: AccountRow) -> list[tuple[str, str]]:
    """What its platform was not told to allow, of what posting there needs; nothing where the platform does not say what it allows."""
    platform = REGISTRY.get(account.platform)
    return in_words(lacking(platform, account.scopes)) if platform is not None else []


def lacking(platform: Platform, granted: Collection[str]) -> list[str]:
    """The scopes that the platform asks for and that are not among those granted; `read` covers `read:statuses`."""
    if platform.oauth is None or not granted:
        return []
    return [each for each in platform.oauth.scopes if each not in granted and each.partition(":")[0] not in granted]


def in_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Each scope with its words; one that we do not know stands for itself."""
    words = {scope: said for each in REGISTRY.values() for scope, said in each.face.scope_words.items()}
    return [(scope, words.get(scope, scope)) for scope in scopes]
