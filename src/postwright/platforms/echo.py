"""What a platform says back of what we sent: tokens, a comment that nobody may read yet, signed addresses of media.

A refusal's words are shown to people, kept with the post and mailed. So in a refusal everything that stood in the request is hidden
before anybody reads it, whichever way a platform words it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx2

HIDDEN = "[hidden]"
_LEAST = 16  # characters: what is shorter is no secret, and hiding it would hide a platform's own words
_MOST = 256 * 1024  # bytes of a request that is looked through; longer ones are files


def without_echo(data: Any, request: httpx2.Request) -> Any:
    """The JSON of a refusal, with what it repeats of the request hidden."""
    sent = sorted(set(_sent(request)), key=len, reverse=True)
    return _hide(data, sent) if sent else data


def _hide(value: Any, sent: list[str]) -> Any:
    if isinstance(value, str):
        for each in sent:
            value = value.replace(each, HIDDEN)
        return value
    if isinstance(value, dict):
        return {key: _hide(inner, sent) for key, inner in value.items()}
    return [_hide(inner, sent) for inner in value] if isinstance(value, list) else value


def _sent(request: httpx2.Request) -> Iterator[str]:
    """The pieces that a platform may repeat. A text is hidden line by line as well: many cut what they repeat."""
    for text in (*_of_head(request), *_of_body(request)):
        yield from (each for each in {text, *text.splitlines()} if len(each) >= _LEAST)


def _of_head(request: httpx2.Request) -> Iterator[str]:
    authorization = request.headers.get("authorization", "")
    yield from (authorization, authorization.rpartition(" ")[2])
    yield from (value for _, value in parse_qsl(request.url.query.decode("ascii", "replace")))
    yield from (part.removeprefix("bot") for part in unquote(request.url.path).split("/") if ":" in part or part.count("-") > 1)


def _of_body(request: httpx2.Request) -> Iterator[str]:
    try:
        body = request.content
    except httpx2.RequestNotRead:
        return
    if not body or len(body) > _MOST:
        return
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("application/json"):
            yield from _strings(json.loads(body))
        elif kind.startswith("application/x-www-form-urlencoded"):
            yield from (value for _, value in parse_qsl(body.decode()))
    except (ValueError, RecursionError):
        return


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
