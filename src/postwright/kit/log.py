"""Structured logs: JSON for machines, coloured lines for a terminal, and never a secret in either.

A request or a job binds its id with `structlog.contextvars`; every line that follows carries it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog

HIDDEN = "[hidden]"
# Compared with the whole word inside a key: `access_token` is hidden, `tokens_used` and `keyboard` are not.
_SECRET_WORDS = frozenset(
    {
        "password",
        "passwd",
        "secret",
        "token",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "dsn",
        "jwt",
        "verifier",
        "csrf",
        "session",
    }
)
_SECRET_KEYS = frozenset({"key", "api_key", "apikey", "hash", "access_tokens", "refresh_tokens", "set_cookie"})
# What a text may carry inside: a DSN's password, a bearer token, a token in a query.
_IN_TEXT = (
    (re.compile(r"(\w+://[^:/\s@]+:)[^@\s/]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)([?&](?:(?:access_|refresh_)?token|code|sig|key|link|client_secret)=)[^&\s]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/invitations/)[\w-]{40,}"), rf"\1{HIDDEN}"),  # the token of an invitation's link; ids are shorter
)


def configure(*, json: bool, level: int = logging.INFO) -> None:
    """Sets up structlog and, through it, the standard library's loggers (uvicorn, psycopg, procrastinate). To stderr."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    ending = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, ending]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx2", "httpcore2", "procrastinate", "uvicorn.access", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            *[p for p in shared if not isinstance(p, structlog.stdlib.ExtraAdder)],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def redact(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Hides the values whose keys name a secret, at any depth, and the secrets inside texts."""
    return {key: HIDDEN if is_secret(key) and value else _clean(value) for key, value in event.items()}


def is_secret(key: str) -> bool:
    """Whether a key of that name holds a secret."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", key).lower().replace("-", "_")
    return words in _SECRET_KEYS or not _SECRET_WORDS.isdisjoint(words.split("_"))


def _clean(value: Any) -> Any:
    if isinstance(value, BaseException | bytes):
        value = repr(value)  # as the renderers would write it
    if isinstance(value, str):
        for pattern, instead in _IN_TEXT:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, Mapping):
        return {key: HIDDEN if is_secret(str(key)) and inner else _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value
