"""The first comment under a post of ours: a send of its own, which the engine makes once the post is out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from postwright.platforms.errors import Rejected

FIRST_COMMENT = "first_comment"  # in Post.options; no platform's own option


@contextmanager
def commenting() -> Iterator[None]:
    """While a comment is sent: what is refused of a text is refused of the comment."""
    try:
        yield
    except Rejected as refused:
        if refused.field != "text":
            raise
        raise Rejected(refused.message, field=f"options.{FIRST_COMMENT}", rule=refused.rule, detail=refused.detail) from refused


@contextmanager
def forgetting() -> Iterator[None]:
    """While a post is deleted: one that is gone already is fine."""
    try:
        yield
    except Rejected as refused:
        if refused.rule != "gone":
            raise
