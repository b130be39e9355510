"""The error catalogue: every code with its status, who must act and what to do, and the rules that it may name.

The page /docs/errors and docs/reference/errors.md are both made from it; codes, statuses and meanings are read off the
classes of errors.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from postwright.api.rules import RULES
from postwright.errors import PostwrightError, SetupError, Who
from postwright.kit.crypto import CannotOpen
from postwright.library.pages import LinkExpired


@dataclass(frozen=True, slots=True)
class Rule:
    """What an error names when it says which rule was broken."""

    name: str
    means: str


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of error: `code` is the anchor that the `type` of a problem leads to."""

    code: str
    status: int | None  # None: it is told at the command line, or in a post, never as an answer
    who: str
    means: str
    do: str
    rules: tuple[Rule, ...]

    @property
    def title(self) -> str:
        """As a problem's `title`."""
        return self.code.replace("_", " ")


DO: Mapping[str, str] = {
    "invalid_input": "Mend `field` as `rule` says and send again. `errors` lists every finding where there are several.",
    "not_signed_in": "Sign in again, or send a key that stands.",
    "forbidden": "Ask an admin of the workspace for the role, or make a key with the scope. The same request will be refused again.",
    "not_found": "Look at the id and at the workspace (`X-Workspace`): what belongs to another workspace is not found either.",
    "method_not_allowed": "Use another method: `Allow` lists them.",
    "conflict": "Read the thing again, decide, and send again.",
    "changed_since": "Read the thing again: its `ETag` is that of the present state.",
    "too_many_tries": "Wait as long as `Retry-After` or the message says.",
    "link_expired": "Ask for a fresh link.",
    "unavailable": "Try again after `Retry-After`; if it stays, the operator looks at the log.",
    "error": "Tell the operator the `request_id`: it finds the line in the log.",
    "cannot_open": "The operator brings back the instance's key.",
    "setup": "The operator does what the message says; nothing runs before.",
    "http_error": "Look at the request: the message says what the server could not read.",
    "finding": "Mend the draft; a finding of level `error` keeps the post from going out, a `warning` does not.",
    "platform": "Mend the post and send it again with `retry`, or dismiss it.",
}

_TOLD = {
    "method_not_allowed": (405, Who.YOU, "The address takes another method."),
    "http_error": (400, Who.YOU, "The request cannot be read at all."),
    "finding": (None, Who.YOU, "What a platform's rules say of a draft or post before it goes out (`findings`)."),
    "platform": (None, Who.YOU, "What a platform said when it refused a post (`error` of the post)."),
}


def catalogue() -> list[Code]:
    """All codes, those of the API first, by status."""
    return [*sorted(_of_classes(), key=lambda code: (code.status or 999, code.code)), *_told()]


def as_markdown() -> str:
    """docs/reference/errors.md."""
    return "\n".join(_lines()).rstrip() + "\n"


def _of_classes() -> Iterator[Code]:
    kinds: list[type[PostwrightError]] = [*_subclasses(PostwrightError), CannotOpen, LinkExpired, PostwrightError]
    for kind in kinds:
        means = "A fault of ours." if kind is PostwrightError else _first_sentence(kind)
        status = None if issubclass(kind, SetupError | CannotOpen) else kind.status
        yield Code(kind.code, status, str(kind.who), means, DO[kind.code], _rules(kind.code))


def _subclasses(kind: type[PostwrightError]) -> Iterator[type[PostwrightError]]:
    """Those of errors.py; a class elsewhere that takes its code from them is none of its own."""
    for each in kind.__subclasses__():
        if each.__module__ == kind.__module__:
            yield each


def _told() -> Iterator[Code]:
    for code, (status, who, means) in _TOLD.items():
        yield Code(code, status, str(who), means, DO[code], _rules(code))


def _rules(code: str) -> tuple[Rule, ...]:
    return tuple(Rule(name, means) for name, means in sorted(RULES.get(code, {}).items()))


def _first_sentence(kind: type[PostwrightError]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _lines() -> Iterator[str]:
    yield from (
        "# Errors", "", "Made by `make docs` from the code; an instance shows the same at `/docs/errors`.", "",
        "Every error of the API is `application/problem+json` (RFC 9457). `code` is stable; `detail` is for people; `field` and `rule`",
        "name what was wrong with the input; `who` says who must act; `request_id` finds the line in the log. Besides the rules below,",
        "`rule` may be a type of [Pydantic's](https://docs.pydantic.dev/latest/errors/validation_errors/) (`missing`,",
        "`uuid_parsing`, …) or the name of a constraint of the [data dictionary](data-dictionary.md).", "",
        "A post that failed carries the same words in `error`: `class`, `field`, `rule`, `who`, `message`.", "",
        "| code | status | who | means |", "|---|---|---|---|",
    )  # fmt: skip
    codes = catalogue()
    yield from (f"| [`{each.code}`](#{each.code}) | {each.status or ''} | {each.who} | {each.means} |" for each in codes)
    for each in codes:
        yield from ("", f"## {each.code}", "", each.do, "")
        if each.rules:
            yield from ("| rule | what to do |", "|---|---|", *(f"| `{rule.name}` | {rule.means} |" for rule in each.rules))
