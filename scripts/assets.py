"""Copies the front-end files that the web serves out of node_modules.

What goes where stands in src/postwright/web/assets.json. The folder is made anew and swapped in whole.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "src" / "postwright" / "web" / "static"


def main() -> None:
    """Everything that assets.json names, or a message about what is missing."""
    wanted: dict[str, str] = json.loads((STATIC.parent / "assets.json").read_text(encoding="utf-8"))
    draft, vendor = STATIC / ".vendor-new", STATIC / "vendor"
    shutil.rmtree(draft, ignore_errors=True)
    for source, target in wanted.items():
        copy(source, draft / target.removeprefix("vendor/"))
    shutil.rmtree(vendor, ignore_errors=True)
    draft.rename(vendor)


def copy(pattern: str, target: Path) -> None:
    """One file, or with a * all that match, into a folder."""
    sources = sorted(ROOT.glob(pattern)) if "*" in pattern else [ROOT / pattern]
    if not sources or not all(source.is_file() for source in sources):
        sys.exit(f"{pattern} is missing: run `npm ci`, and check src/postwright/web/assets.json")
    for source in sources:
        place = target / source.name if "*" in pattern else target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)


if __name__ == "__main__":
    main()
