"""How a bench tells its figures: a table for people, one JSON object a line for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing, beside its peer where it has one.

    `target` is what `ratio` (with a peer) or `ours` (without) must not pass; `at_least` turns that around.
    """

    figure: str
    ours: float
    unit: str
    peer: str | None = None
    theirs: float | None = None
    target: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours to theirs."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def held(self) -> bool | None:
        """Whether the target is held; None where there is none."""
        if self.target is None:
            return None
        value = self.ours if self.ratio is None else self.ratio
        return value >= self.target if self.at_least else value <= self.target

    def as_json(self) -> str:
        """The line that scripts read."""
        fields = asdict(self) | {"ratio": _round(self.ratio), "ours": _round(self.ours), "theirs": _round(self.theirs)}
        del fields["at_least"]
        return json.dumps({name: fields[name] for name in ("figure", "ours", "peer", "theirs", "ratio", "target", "unit")})


def show(figures: Iterable[Figure], *, as_json: bool | None = None) -> None:
    """Prints them as they come in JSON (the flag --json), else as a table at the end."""
    if as_json if as_json is not None else "--json" in sys.argv[1:]:
        for figure in figures:
            print(figure.as_json(), flush=True)
        return
    rows: list[tuple[str, ...]] = [("figure", "ours", "peer", "theirs", "ratio", "target", "held")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print(
            "  ".join(
                cell.ljust(width) if i in (0, 2) else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
        )


def _row(f: Figure) -> tuple[str, ...]:
    target = "" if f.target is None else f"{'>=' if f.at_least else '<='} {_words(f.target)}{'' if f.ratio is None else 'x'}"
    held = {True: "yes", False: "NO", None: ""}[f.held]
    theirs = "" if f.theirs is None else f"{_words(f.theirs)} {f.unit}"
    return f.figure, f"{_words(f.ours)} {f.unit}", f.peer or "", theirs, "" if f.ratio is None else f"{f.ratio:.2f}x", target, held


def _round(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _words(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
