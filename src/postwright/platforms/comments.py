"""The first comment under a post of ours: a send of its own, which the engine makes once the post is out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from postwright.platforms.base import Fact, Finding, Post
from postwright.platforms.errors import Rejected

OPTION = "first_comment"


def check_comment(post: Post, name: str, limit: Fact | None, count: Callable[[str], int] = len) -> Iterator[Finding]:
    """Whether the platform takes the first comment of a post; `limit` None: it takes none at all."""
    text = post.options.get(OPTION)
    if not text:
        return
    if limit is None:
        yield Finding(
            f"options.{OPTION}", "first_comment", f"{name} lets no program comment: the post goes out without it", level="warning"
        )
    elif not isinstance(text, str):
        yield Finding(f"options.{OPTION}", "option", "The first comment must be a text")
    elif (length := count(text)) > limit.number:
        words = f"{name} takes a comment of {limit.number:,}; this has {length:,}"
        yield Finding(f"options.{OPTION}", "option_length", words, limit.number, length, limit.source)


@contextmanager
def commenting() -> Iterator[None]:
    """While a comment is sent: what is refused of a text is refused of the comment."""
    try:
        yield
    except Rejected as refused:
        if refused.field != "text":
            raise
        raise Rejected(refused.message, field=f"options.{OPTION}", rule=refused.rule, detail=refused.detail) from refused


@contextmanager
def forgetting() -> Iterator[None]:
    """While a post is deleted: one that is gone already is fine."""
    try:
        yield
    except Rejected as refused:
        if refused.rule != "gone":
            raise
