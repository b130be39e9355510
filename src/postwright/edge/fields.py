"""Fields that many answers of the API have, told alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, WithJsonSchema

Origin = Annotated[
    str,
    Field(
        description="By which way it was made: `web`, `cli`, `csv`, `mcp`, `api`, or `api:` and the key's name.", examples=["api:Zapier"]
    ),
]
Next = Annotated[str | None, Field(description="Pass it as `after` to read on; null at the end.", examples=[None])]

# What a clock shows: without offset, so not RFC 3339's date-time. The format is of OpenAPI's registry.
WallTime = Annotated[
    datetime,
    WithJsonSchema({"type": "string", "format": "date-time-local", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$"}),
]
