"""The reference that is made from the code: OpenAPI and commands. `--check` fails when what is committed differs.

usage: python scripts/docs.py [--check]
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from postwright import config
from postwright.web.app import create_app

_REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def main(arguments: list[str]) -> int:
    """Writes the files, or compares them."""
    pages = {"openapi.json": openapi(), "commands.md": commands()}
    if "--check" in arguments:
        stale = [name for name, text in pages.items() if _read(name) != text]
        if stale:
            print(f"docs/reference is behind the code: {', '.join(stale)}. Run `make docs`.")
        return bool(stale)
    for name, text in pages.items():
        (_REFERENCE / name).write_text(text, encoding="utf-8")
    return 0


def openapi() -> str:
    """The API's description, the same on every machine."""
    return json.dumps(create_app(config.load({})).openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def commands() -> str:
    """What `--help` says of every command."""
    made = subprocess.run(
        [sys.executable, "-m", "typer", "postwright.cli.main", "utils", "docs", "--name", "postwright", "--title", "Commands"],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.rstrip() + "\n"


def _read(name: str) -> str:
    path = _REFERENCE / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
