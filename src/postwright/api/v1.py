"""API v1: the modules' JSON routes under one roof."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from postwright.audit.api import router as audit
from postwright.calendar.api import router as calendar
from postwright.comments.api import router as comments
from postwright.connections.api import router as connections
from postwright.exports.api import router as exports
from postwright.identity.api import router as identity
from postwright.insight.api import router as insight
from postwright.keys.api import router as keys
from postwright.notices.api import router as notices
from postwright.publishing.api import router as publishing
from postwright.studio.api import router as studio
from postwright.workspaces.api import router as workspaces


class Problem(BaseModel):
    """What every error says (RFC 9457). docs/reference/errors.md lists the codes."""

    type: str = Field(examples=["/docs/errors#invalid_input"])
    title: str
    status: int
    code: str = Field(examples=["invalid_input"])
    detail: str = Field(description="For people: what happened, what was kept, what to do.")
    field: str | None = Field(default=None, description="The part of the input that was wrong.")
    rule: str | None = Field(default=None, description="The rule that it breaks.")
    who: str = Field(description="Who must act.", examples=["you fix the input"])
    request_id: str | None = Field(default=None, description="Finds the line in the log.")


_PROBLEM = {"model": Problem, "description": "What was wrong, and who must act"}
# Only described here: the edge reads the header itself, because browsers send a cookie instead.
_bearer = HTTPBearer(
    auto_error=False, scheme_name="bearer", description="A key (Settings > Keys), or the token of `POST /api/v1/sessions`."
)

router = APIRouter(prefix="/api/v1", responses={"4XX": _PROBLEM, "5XX": _PROBLEM}, dependencies=[Depends(_bearer)])
_MODULES = (
    identity, workspaces, keys, notices, audit, connections, studio, calendar, publishing, insight, comments, exports,
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
                for operation in path.values():
                    _retell(operation["responses"])
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
        return app.openapi_schema or plain()

    app.openapi = openapi  # type: ignore[method-assign]


def _retell(responses: dict[str, Any]) -> None:
    responses.pop("422", None)
    for status in ("4XX", "5XX"):
        if status in responses:
            responses[status]["content"] = {"application/problem+json": responses[status]["content"]["application/json"]}
