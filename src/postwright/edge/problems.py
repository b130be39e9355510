"""Errors as answers: problem+json (RFC 9457) for programs, a page with words for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from postwright.edge.callers import Rate
from postwright.edge.context import remember_caller
from postwright.edge.render import error_page
from postwright.errors import Conflict, Forbidden, InvalidInput, NotSignedIn, PostwrightError, Unavailable, Who

log = structlog.get_logger()

_HTTP_WORDS = {
    404: "No page has this address.",
    405: "This address takes no visit: a form or a program sends something to it. Open the page that it belongs to instead.",
}

_NOT_STORABLE = "This holds a character or a number that cannot be stored."
_OUR_FAULT = "Something went wrong on our side. What you sent was not saved; the operator finds the cause in the log."


def install(app: FastAPI) -> None:
    """Every error of every route goes through here."""
    app.add_exception_handler(PostwrightError, _ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(psycopg.Error, _database)
    app.add_exception_handler(PoolTimeout, _database)
    app.add_exception_handler(UnicodeEncodeError, _half_a_character)
    app.add_exception_handler(Exception, _unexpected)


def from_database(error: Exception) -> PostwrightError:
    """What a refusal of the database means to the one who asked. The rules it names are the schema's own."""
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        if error.diag.constraint_name == "key_accounts":
            return Forbidden(error.diag.message_primary or "This key is not for this account.", field="account", rule="account")
        return Forbidden("Your role in this workspace does not allow this.", rule="role")
    if isinstance(error, psycopg.errors.UniqueViolation):
        return Conflict("This exists already.", field=_column(error), rule=error.diag.constraint_name)
    if isinstance(error, psycopg.errors.CheckViolation):
        return Conflict(_sentence(error), field=error.diag.column_name, rule=error.diag.constraint_name)
    if isinstance(error, psycopg.errors.ForeignKeyViolation):
        return InvalidInput("This refers to something that does not exist here.", field=_column(error), rule=error.diag.constraint_name)
    if isinstance(error, psycopg.DataError):
        return InvalidInput(_NOT_STORABLE, rule="storable")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable("The database does not answer. Nothing was saved; try again in a moment.", rule="database")
    return PostwrightError(_OUR_FAULT)


class _Problem(JSONResponse):
    """Says back what was sent, half a surrogate pair too, which UTF-8 cannot hold."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, PostwrightError)
    if isinstance(error, NotSignedIn) and _wants_page(request):
        return _to_sign_in(request)
    return answer(request, error)


async def _database(request: Request, error: Exception) -> Response:
    mapped = from_database(error)
    if type(mapped) is PostwrightError:  # a statement of ours is wrong
        return await _unexpected(request, error)
    log.warning("database refused", error=type(error).__name__, code=mapped.code, path=request.url.path)
    return answer(request, mapped)


async def _half_a_character(request: Request, error: Exception) -> Response:
    """JSON can name half of a surrogate pair; neither a hash nor a database takes it."""
    return answer(request, InvalidInput(_NOT_STORABLE, rule="storable"))


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    findings = [{"field": _field(each), "rule": each["type"], "message": each["msg"]} for each in error.errors()]
    first = findings[0] if findings else {"field": None, "rule": None, "message": "The input is not valid."}
    problem = InvalidInput(f"{first['field'] or 'input'}: {first['message']}", field=first["field"], rule=first["rule"])
    return answer(request, problem, errors=findings)


def _field(finding: Mapping[str, Any]) -> str | None:
    """The way to it, without the word for where it came ("body", "query", ...). What is no JSON has no field, only a position."""
    return None if finding["type"] == "json_invalid" else ".".join(str(part) for part in finding["loc"][1:]) or None


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if _wants_page(request):
        await remember_caller(request)
    problem = PostwrightError(_HTTP_WORDS.get(error.status_code, str(error.detail)))
    problem.who = Who.YOU if error.status_code < 500 else Who.OPERATOR
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    answered = answer(request, problem, status=error.status_code, code=code)
    answered.headers.update(error.headers or {})
    return answered


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return answer(request, PostwrightError(_OUR_FAULT))


def answer(request: Request, problem: PostwrightError, *, status: int | None = None, code: str | None = None, **more: Any) -> Response:
    """The error in the form that the asker reads."""
    status, code = status or problem.status, code or problem.code
    if _wants_page(request):
        return error_page(request, problem, status)
    return _Problem(_body(request, problem, status, code) | more, status, {**_headers(problem), **_rate(request)})


def _body(request: Request, problem: PostwrightError, status: int, code: str) -> dict[str, Any]:
    body = {
        "type": f"/docs/errors#{code}", "title": code.replace("_", " "), "status": status, "code": code, "detail": problem.message,
        "field": problem.field, "rule": problem.rule, "who": str(problem.who), "request_id": getattr(request.state, "request_id", None),
    }  # fmt: skip
    return {key: value for key, value in body.items() if value is not None}


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": "/sign-in"})
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?next={quote(here, safe='')}" if request.method == "GET" and here != "/" else ""
    return RedirectResponse(f"/sign-in{back}", 303)


def _rate(request: Request) -> dict[str, str]:
    """What the key has left, where it is known whose it is."""
    rate: Rate | None = getattr(request.state, "rate", None)
    return rate.headers() if rate else {}


def _headers(problem: PostwrightError) -> Mapping[str, str]:
    known = {Unavailable: {"Retry-After": "5"}, NotSignedIn: {"WWW-Authenticate": 'Bearer realm="Postwright"'}}
    return known.get(type(problem), {}) | problem.headers


def _column(error: psycopg.Error) -> str | None:
    name = error.diag.constraint_name or ""
    table = error.diag.table_name or ""
    return error.diag.column_name or name.removeprefix(f"{table}_").removesuffix("_key").removesuffix("_fkey") or None


def _sentence(error: psycopg.Error) -> str:
    text = (error.diag.message_primary or "This is not allowed.").strip()
    return text if text.startswith(("a ", "this ", "the ")) or "cannot go" in text else "This breaks a rule of the data model."
