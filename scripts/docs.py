"""Writes the reference that follows from the code: the files that `pages` names, in docs/reference.

With --check it writes nothing and exits 1 when one of them says something else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import data_dictionary
import platform_pages
import typer

from postwright.api.catalogue import as_markdown
from postwright.cli.main import app
from postwright.web.app import create_app

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    wanted = pages()
    if "--check" in arguments:
        stale = outdated(wanted, REFERENCE)
        for name in stale:
            print(f"docs/reference/{name} is not what the code says: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    return 0


def pages() -> dict[str, str]:
    """File name -> text."""
    commands = "\n".join(["# Commands", "", "Made by `make docs` from the code.", "", *describe(typer.main.get_command(app), "postwright")])
    return {
        "commands.md": commands.rstrip() + "\n",
        "errors.md": as_markdown(),
        "openapi.json": json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n",
        "data-dictionary.md": data_dictionary.page(),
        "platforms.md": platform_pages.page(),
    }


def outdated(wanted: dict[str, str], folder: Path) -> list[str]:
    """The files of the folder that are missing or say something else."""
    return [name for name, text in wanted.items() if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text]


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
    sys.exit(main(sys.argv[1:]))
