"""The errors that reach a person or a program, each saying what happened and who must act."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class Who(StrEnum):
    """Who must act for things to go on."""

    WE = "we retry"
    YOU = "you fix the input"
    RECONNECT = "you reconnect the account"
    OPERATOR = "call the operator"


class PostwrightError(Exception):
    """A failure with words for the person who meets it.

    `code` is stable and listed in the error catalogue; `field` and `rule` name what was wrong
    with the input, where it was the input.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    who: Who = Who.OPERATOR

    def __init__(
        self, message: str, *, field: str | None = None, rule: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.rule = rule
        self.headers = dict(headers or {})  # of the answer that tells of it


class InvalidInput(PostwrightError):
    """The input breaks a rule; nothing was changed."""

    code = "invalid_input"
    status = 422
    who = Who.YOU


class NotFound(PostwrightError):
    """It does not exist, or the asker may not know that it does."""

    code = "not_found"
    status = 404
    who = Who.YOU


class NotSignedIn(PostwrightError):
    """There is no valid session or key."""

    code = "not_signed_in"
    status = 401
    who = Who.YOU


class Forbidden(PostwrightError):
    """The asker is known and may not."""

    code = "forbidden"
    status = 403
    who = Who.YOU


class Conflict(PostwrightError):
    """Somebody or something was there first; nothing was changed."""

    code = "conflict"
    status = 409
    who = Who.YOU


class ChangedSince(PostwrightError):
    """If-Match names an older state than the present one: somebody else changed it; nothing was overwritten."""

    code = "changed_since"
    status = 412
    who = Who.YOU


class TooManyTries(PostwrightError):
    """Slow down; the message says until when."""

    code = "too_many_tries"
    status = 429
    who = Who.YOU


class Unavailable(PostwrightError):
    """Something that Postwright needs is not there: database, disk, provider."""

    code = "unavailable"
    status = 503
    who = Who.OPERATOR


class SetupError(PostwrightError):
    """The machine or the configuration keeps Postwright from starting; the message says what to do."""

    code = "setup"
    status = 503
    who = Who.OPERATOR
