"""What an archive says of itself: manifest.json for programs, README.txt for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from postwright.exports.archive import Entry
from postwright.exports.models import Job, Kind

FORMAT, VERSION = "postwright-export", 1


def manifest(job: Job, made: datetime, entries: Sequence[Entry], missing: Sequence[UUID]) -> dict[str, Any]:
    """Each file with its size and checksum; each table with its rows."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": made.isoformat(),
        "made_by": {"id": str(job.user_id), "email": job.email, "name": job.full_name},
        "of": job.kind,
        "workspace": {"id": str(job.workspace_id), "name": job.workspace_name, "environment": job.environment},
        "simulated": job.simulated,
        "counts": {
            "tables": sum("table" in entry.facts for entry in entries),
            "rows": sum(entry.facts.get("rows", 0) for entry in entries),
            "media": sum("file_id" in entry.facts for entry in entries),
        },
        "files": [entry.told() for entry in entries],
        "missing_media": [str(id) for id in missing],
    }


def readme(job: Job, made: datetime, *, media: int) -> str:
    """In plain words."""
    whose = f"your data: your account, your personal workspace “{job.workspace_name}”, and what is yours in other workspaces"
    what = whose if job.kind == Kind.PERSON else f"the workspace “{job.workspace_name}”"
    mark = _SANDBOX if job.simulated else ""
    return _WORDS.format(what=what, made=f"{made:%Y-%m-%d %H:%M} UTC", who=job.email, media=media, sandbox=mark)


_SANDBOX = "\nThe workspace is a sandbox: nothing in it left the machine, and all of its figures are simulated.\n"
_WORDS = """\
This is an export from Postwright.

It holds {what}.
It was made on {made}, asked for by {who}.
{sandbox}
What is in it
- rows/<table>.jsonl   One file for each table; each line is one row, as JSON. All rows were read at one moment.
                       Times are UTC. docs/reference/data-dictionary.md of Postwright says what tables and columns mean.
- media/               Pictures, videos and other files ({media}), under the names that they had. Where a name could not be kept
                       (a sign that some system forbids, or two of one name) it was changed a little; manifest.json says
                       by `file_id` which row of rows/files.jsonl each belongs to.
- manifest.json        Every file with its size and its SHA-256, and how many rows each table has.

What is not in it
- Passwords, tokens, keys and their hashes: no export holds a secret.
- What other people keep to themselves: their voices, preferences, notices.
"""
