#!/usr/bin/env python3
"""Writes sql/migrations/ from sql/schema/: one migration per file, in the same order.

Until 0.1.0 the migrations are rewritten whole; from then on they are immutable, this script has done its
work, and a change is a new file. With --check it writes nothing and exits 1 when the two differ.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SQL = Path(__file__).resolve().parent.parent / "sql"


def wanted(schema: Path) -> dict[str, str]:
    """The migrations that the canon asks for: name -> text."""
    return {
        f"{number:04d}_{re.sub(r'^[0-9]+_', '', path.name)}": path.read_text(encoding="utf-8")
        for number, path in enumerate(sorted(schema.glob("*.sql")), start=1)
    }


def differences(files: dict[str, str], migrations: Path) -> list[str]:
    """What stands otherwise in the folder, one line each."""
    found = {path.name: path.read_text(encoding="utf-8") for path in migrations.glob("*.sql")}
    missing = [f"missing: {name}" for name in files if name not in found]
    surplus = [f"not in the canon: {name}" for name in found if name not in files]
    changed = [f"differs: {name}" for name, text in files.items() if name in found and found[name] != text]
    return sorted(missing + surplus + changed)


def write(files: dict[str, str], migrations: Path) -> None:
    """Makes the folder hold exactly these files."""
    migrations.mkdir(exist_ok=True)
    for path in migrations.glob("*.sql"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        if not (migrations / name).exists() or (migrations / name).read_text(encoding="utf-8") != text:
            (migrations / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    files, migrations = wanted(SQL / "schema"), SQL / "migrations"
    if "--check" in arguments:
        found = differences(files, migrations)
        for line in found:
            print(line, file=sys.stderr)
        if found:
            print("sql/migrations is not what sql/schema says: run scripts/freeze_migrations.py", file=sys.stderr)
        return 1 if found else 0
    write(files, migrations)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
