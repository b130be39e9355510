"""Writes the reference that follows from the code: docs/reference/commands.md and docs/reference/openapi.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from postwright.cli.main import app
from postwright.web.app import create_app

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def main() -> None:
    """Both files, anew."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    commands = "\n".join(["# Commands", "", "Made by `make docs` from the code.", "", *describe(typer.main.get_command(app), "postwright")])
    (REFERENCE / "commands.md").write_text(commands.rstrip() + "\n", encoding="utf-8")
    (REFERENCE / "openapi.json").write_text(json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def describe(command: Any, path: str) -> Iterator[str]:
    """A section for a command, or for each command of a group."""
    children = getattr(command, "commands", None)
    if children:
        for name in sorted(children):
            yield from describe(children[name], f"{path} {name}")
        return
    context = command.make_context(path, [], resilient_parsing=True)
    arguments = [piece.strip("{}").upper() for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    yield f"## `{' '.join([path, *arguments])}`"
    yield from ("", " ".join((command.help or "").split()), "")
    records = [parameter.get_help_record(context) for parameter in command.params]
    options = [f"- `{' '.join(record[0].split())}`: {record[1]}" for record in records if record and record[0].startswith("--")]
    yield from (*options, "") if options else ()


if __name__ == "__main__":
    main()
