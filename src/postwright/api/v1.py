"""API v1: the modules' JSON routes under one roof."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from postwright.api.catalogue import catalogue
from postwright.audit.api import router as audit
from postwright.calendar.api import router as calendar
from postwright.comments.api import router as comments
from postwright.connections.api import router as connections
from postwright.connections.api_apps import router as platform_apps
from postwright.connections.api_connect import router as connecting
from postwright.edge.routes import Router
from postwright.exports.api import router as exports
from postwright.identity.api import router as identity
from postwright.insight.api import router as insight
from postwright.keys.api import router as keys
from postwright.library.api import router as media
from postwright.library.api_uploads import router as uploads
from postwright.notices.api import router as notices
from postwright.notices.api_ways import router as notice_ways
from postwright.publishing.api import router as publishing
from postwright.publishing.api_draft import router as draft_files
from postwright.publishing.api_events import router as events
from postwright.publishing.api_ops import router as operations
from postwright.publishing.api_pause import router as pauses
from postwright.studio.api import router as studio
from postwright.studio.api_media import router as studio_media
from postwright.studio.api_options import router as options
from postwright.workspaces.api import router as workspaces


class Wrong(BaseModel):
    """One of several findings about the form of the input."""

    field: str | None = Field(default=None, examples=["platforms.0"])
    rule: str = Field(examples=["string_type"])
    message: str = Field(examples=["Input should be a valid string"])


class Problem(BaseModel):
    """What every error says (RFC 9457). /docs/errors lists the codes and the rules."""

    type: str = Field(examples=["/docs/errors#invalid_input"])
    title: str = Field(examples=["invalid input"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["invalid_input"])
    detail: str = Field(
        description="For people: what happened, what was kept, what to do.",
        examples=["This cursor is not one that this list gave out in this order."],
    )
    field: str | None = Field(default=None, description="The part of the input that was wrong.", examples=["after"])
    rule: str | None = Field(default=None, description="The rule that it breaks.", examples=["cursor"])
    who: str = Field(description="Who must act.", examples=["you fix the input"])
    errors: list[Wrong] | None = Field(default=None, description="Every finding, where the form of the input is wrong.")
    request_id: str | None = Field(default=None, description="Finds the line in the log.", examples=["5f0c9d3a77b1"])


_PROBLEM = {"model": Problem, "description": "What was wrong, and who must act"}
_ANSWERED = (401, 403, 404, 409, 412, 422, 429, 503)
_TOLD = {code.status: code for code in catalogue() if code.status in _ANSWERED}
# Only described here: the edge reads the header itself, because browsers send a cookie instead.
_bearer = HTTPBearer(
    auto_error=False, scheme_name="bearer", description="A key (Settings > Keys), or the token of `POST /api/v1/sessions`."
)

router = Router(prefix="/api/v1", responses={"4XX": _PROBLEM, "5XX": _PROBLEM}, dependencies=[Depends(_bearer)])
_MODULES = (
    identity, workspaces, keys, notices, audit, connections, connecting, platform_apps, options, studio, calendar,
    operations, publishing, insight, comments, exports, media, uploads, studio_media, notice_ways, pauses, events, draft_files,
)  # fmt: skip
for each in _MODULES:
    router.include_router(each)


def describe_errors(app: FastAPI) -> None:
    """Makes the OpenAPI document tell errors as they are sent: problem+json, never FastAPI's own 422."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            for path in document["paths"].values():
                for method, operation in path.items():
                    _retell(operation["responses"])
                    operation["responses"] |= {
                        str(status): {"$ref": f"#/components/responses/{status}"} for status in _may(method, operation)
                    }
            document["components"]["responses"] = {str(status): _problem(status) for status in _ANSWERED}
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
        return app.openapi_schema or plain()

    app.openapi = openapi  # type: ignore[method-assign]


def _may(method: str, operation: dict[str, Any]) -> list[int]:
    """The errors that an operation can answer with, beside those that it describes itself."""
    names = {(each["in"], each["name"]) for each in operation.get("parameters", ())}
    found = [422, 503] + ([401, 403, 429] if operation.get("security") else [])
    found += [404] if any(where == "path" for where, _ in names) else []
    found += [409] if method in {"post", "patch", "put"} else []
    found += [412] if ("header", "If-Match") in names else []
    return [status for status in sorted(found) if str(status) not in operation["responses"]]


def _problem(status: int) -> dict[str, Any]:
    """A kind of error with an example, as the catalogue tells it."""
    code = _TOLD[status]
    rule = code.rules[0] if code.rules else None
    example = {"type": f"/docs/errors#{code.code}", "title": code.title, "status": status, "code": code.code, "detail": code.means}
    example |= {"rule": rule.name, "detail": rule.means} if rule else {}
    told = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example | {"who": code.who, "request_id": "5f0c9d3a77b1"}}
    return {"description": f"{code.means} {code.do}", "content": {"application/problem+json": told}}


def _retell(responses: dict[str, Any]) -> None:
    responses.pop("422", None)
    for status in ("4XX", "5XX"):
        if status in responses:
            responses[status]["content"] = {"application/problem+json": responses[status]["content"]["application/json"]}
    for status, told in responses.items():
        if status.startswith("4"):  # what an operation describes itself is a problem too
            told.setdefault("content", responses["4XX"]["content"])
