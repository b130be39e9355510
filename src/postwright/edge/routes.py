"""The route class of the API: what every operation does besides its own work."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from postwright.edge.access import OPEN, access_of
from postwright.edge.once import Replay, keep, rehearsed
from postwright.errors import InvalidInput

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "A value of your own (a UUID, say). The same request with the same key is done once and answered alike, for 24 hours.",
}


class ApiRoute(APIRoute):
    """Says in the description who may; refuses parameters that it does not know; keeps answers that are to be given once;
    adds ETag and rate headers."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        method = min(self.methods or {"GET"})
        access = access_of(endpoint, method)
        told = access.told()
        if told not in self.description:  # a router that is included makes its routes anew
            self.description = f"{self.description}\n\n{told}".strip()
            if method == "POST" and access is not OPEN:
                self.openapi_extra = {"parameters": [_ONCE]} | (self.openapi_extra or {})

    def get_route_handler(self) -> Handler:
        original = super().get_route_handler()
        takes = sorted(each.alias for each in get_flat_params(self.dependant) if isinstance(each.field_info, params.Query))

        async def handle(request: Request) -> Response:
            _refuse_unknown(request, takes)
            async with AsyncExitStack() as until_answered:
                request.state.until_answered = until_answered
                try:
                    answer = await original(request)
                except Replay as known:
                    answer = known.answer
                else:
                    await _finish(request, answer)
            return dressed(request, answer)

        return handle


class Router(APIRouter):
    """A module's routes. It passes by at once what none of them can be meant for: to try each of some three hundred routes, once
    at every level at which routers include routers, took a third of a request."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._inner: list[APIRouter] = []

    def include_router(self, router: APIRouter, **options: Any) -> None:
        self._inner.append(router)
        super().include_router(router, **options)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if self.first_words.isdisjoint(scope["path"].split("/")):
            return Match.NONE, {}
        return super().matches(scope)

    @cached_property
    def first_words(self) -> frozenset[str]:
        """The words that the addresses of its routes begin with; "", which every address has, where one begins with a parameter."""
        paths = [path for route in self.routes if (path := getattr(route, "path", ""))]
        own = (path.split("/", 2)[1] for path in paths)
        inner = (each.first_words if isinstance(each, Router) else {""} for each in self._inner)
        return frozenset("" if word.startswith("{") else word for word in own).union(*inner)


def api_router(**options: Any) -> Router:
    """A module's JSON routes."""
    return Router(route_class=ApiRoute, **options)


def page_router(**options: Any) -> Router:
    """A module's pages."""
    return Router(include_in_schema=False, **options)


def dressed(request: Request, answer: Response) -> Response:
    """The answer with what every answer tells: the state that it shows, and what the key has left."""
    if tag := getattr(request.state, "etag", None):
        answer.headers["ETag"] = tag
    if rate := getattr(request.state, "rate", None):
        answer.headers.update(rate.headers())
    return answer


def _refuse_unknown(request: Request, known: list[str]) -> None:
    """A filter that is mistyped, or a `dry_run` where there is none, must not pass as if it had been heard."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        takes = f"It takes {', '.join(known)}." if known else "It takes none."
        raise InvalidInput(
            f"This operation has no parameter “{unknown[0][:50]}”. {takes}", field=unknown[0][:200], rule="unknown_parameter"
        )


async def _finish(request: Request, answer: Response) -> None:
    """While the transaction is still open: the answer becomes part of it."""
    if rehearsed(request):
        answer.headers["Dry-Run"] = "true"
        return
    claimed = getattr(request.state, "claimed", None)
    if claimed and answer.status_code < 300:
        if tag := getattr(request.state, "etag", None):
            answer.headers["ETag"] = tag
        await keep(claimed[0], claimed[1], answer)
