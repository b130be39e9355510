"""The data dictionary: every table and column with its meaning, the enums, the views, and the taxonomy of figures.

It is read from a database that the canon made, and from the adapters' code; nothing of it is written by hand but the
units and the ways of adding up.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg

from postwright.db import embedded
from postwright.db.bootstrap import bootstrap_embedded, connect
from postwright.db.migrate import migrate, sql_folder
from postwright.platforms.registry import REGISTRY

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a post: `column` is its name in every table that holds it."""

    column: str
    unit: str
    adds_up: str


_SUM = "sum of the events of a day; sum of days beyond that"
MEASURES = (
    Measure("views", "count", _SUM),
    Measure("impressions", "count", _SUM),
    Measure("likes", "count", _SUM),
    Measure("comments", "count", _SUM),
    Measure("shares", "count", _SUM),
    Measure("saves", "count", _SUM),
    Measure("clicks", "count", _SUM),
    Measure("conversions", "count", _SUM),
    Measure("watch_time_seconds", "seconds", _SUM),
    Measure("spend", "money in the currency of the promotion", _SUM),
    Measure("followers_delta", "count", "kept in the events, in no sum"),
    Measure(
        "engagement_rate",
        "ratio",
        "of the sums: (likes + comments + shares + saves) / views, on the post itself / impressions where no views are told; never a mean",
    ),
    Measure("ctr", "ratio", "of the sums: clicks / views; never a mean"),
)

# What a column of this name means everywhere, where no comment says otherwise.
_USUAL = {
    "id": "Key.",
    "workspace_id": "Whose row it is.",
    "created_at": "When the row was made.",
    "updated_at": "When it last changed; kept by trigger.",
    "created_by": "Who made it.",
    "origin": "By which way it came: web, api:<key>, cli, csv, mcp, history.",
    "currency": "ISO 4217.",
    "deleted_at": "Set: deleted, and can be brought back for 30 days.",
    "timezone": "IANA zone.",
    "idempotency_key": "The same request sent again makes no second row.",
}

_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull, a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid),
       col_description(a.attrelid, a.attnum), (
           select pg_get_constraintdef(k.oid) from pg_constraint k
            where k.conrelid = a.attrelid and k.contype = 'c' and k.conkey = array[a.attnum] and pg_get_constraintdef(k.oid) ~ 'ARRAY|''{'
            order by k.conname limit 1), (
           select k.confrelid::regclass::text
                  || case k.confdeltype when 'c' then ', goes with it' when 'n' then ', emptied with it' else '' end
             from pg_constraint k
            where k.conrelid = a.attrelid and k.contype = 'f' and k.conparentid = 0
              and a.attnum = k.conkey[cardinality(k.conkey)] order by k.conname limit 1)
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
_RELATIONS = """
select c.oid::regclass::text, c.relkind = 'v', obj_description(c.oid, 'pg_class')
  from pg_class c
 where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p', 'v') and not c.relispartition
 order by c.oid
"""
_ENUMS = """
select t.typname, string_agg(e.enumlabel, ', ' order by e.enumsortorder)
  from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by t.typname order by 1
"""


def page() -> str:
    """The whole page, from a database of its own."""
    with embedded.throwaway() as server:
        dsns = bootstrap_embedded(server, os.urandom(32), "dictionary")
        migrate(dsns.owner, sql_folder("schema"))
        with connect(dsns.owner) as db:
            return "\n".join([_HEAD, *_taxonomy(db), *_tables(db), *_views(db), *_enums(db)]) + "\n"


def undescribed(db: Connection) -> list[str]:
    """Tables and views of which nobody has said what they are for."""
    return [name for name, _, comment in db.execute(_RELATIONS.encode()) if not comment]


_HEAD = """# Data dictionary

Made by `make docs` from `sql/schema` and the adapters. How it all hangs together: docs/decisions/0001.

A column that refers to a table says what becomes of the row when what it refers to is deleted: it *goes with it*, or the
column is *emptied with it*.
"""
_FIGURES = """## Figures of a post

What a platform does not tell is null, never 0; days are in UTC. `performance_kpi_events` holds what was added since the look
before, `post_metrics_daily` a post's day, `metrics_by_*` the rollups, `published_posts.metrics` the latest totals.
Percentiles in `metrics_by_platform` are over posts, each with its own sums.

| figure | unit | means | told by | adds up |
|---|---|---|---|---|"""


def _taxonomy(db: Connection) -> Iterator[str]:
    meanings = {row[0]: row[5] or "" for table in ("post_metrics_daily", "performance_kpi_events") for row in db.execute(_COLUMNS, [table])}
    meanings["engagement_rate"] = "How many of those who saw it did something."
    meanings["ctr"] = "How many of those who saw it clicked."
    told = {slug: told_by(slug) for slug in REGISTRY}
    yield _FIGURES
    for measure in MEASURES:
        by = ", ".join(slug for slug in REGISTRY if measure.column in told[slug]) or _other_way(measure)
        yield _row(f"`{measure.column}`", measure.unit, meanings[measure.column], by, measure.adds_up)
    yield ""


def told_by(slug: str) -> set[str]:
    """The figures that a platform's adapter fills: those that its metrics.py names as an argument, a key or a value."""
    source = Path(str(import_module(f"postwright.platforms.{slug}.metrics").__file__)).read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.arg for node in nodes if isinstance(node, ast.keyword)}
    words = {
        part.value for node in nodes if isinstance(node, ast.Dict) for part in (*node.keys, *node.values) if isinstance(part, ast.Constant)
    }
    return {measure.column for measure in MEASURES} & (names | words)


def _other_way(measure: Measure) -> str:
    return "computed here" if measure.unit == "ratio" else "no platform; imports"


def _tables(db: Connection) -> Iterator[str]:
    area = ""
    for name, is_view, comment in db.execute(_RELATIONS.encode()).fetchall():
        if is_view:
            continue
        if (found := _areas().get(name.removeprefix("public."), "migrations")) != area:
            area = found
            yield from (f"## {area.capitalize()}", "")
        yield from (f"### `{name}`", "", comment or "", "", "| column | type | null | default | meaning |", "|---|---|---|---|---|")
        yield from (_column(*row) for row in db.execute(_COLUMNS, [name]).fetchall())
        yield ""


def _areas() -> Mapping[str, str]:
    """Table -> the word in the name of the file that makes it."""
    return {
        name.removeprefix("public."): re.sub(r"^\d+_", "", path.stem).replace("_", " ")
        for path in sorted(sql_folder("schema").glob("*.sql"))
        for name in re.findall(r"^create table ((?:public|app)\.\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def _column(
    name: str, kind: str, nullable: bool, generated: bool, default: str | None, comment: str | None, check: str | None, refers: str | None
) -> str:
    said = [comment or ("" if refers else _USUAL.get(name, ""))]
    if values := re.findall(r"'([^']*)'::", check or ""):
        said.append("One of " + ", ".join(f"`{value}`" for value in values) + ".")
    if refers:
        said.append(f"-> {refers}")
    shown = "" if default is None else f"generated: {default}" if generated else default
    return _row(f"`{name}`", kind, "yes" if nullable else "", f"`{shown}`" if shown else "", " ".join(filter(None, said)))


def _views(db: Connection) -> Iterator[str]:
    yield from ("## Views", "", "The specifications' other names (docs/decisions/0002).", "", "| view | is | columns |", "|---|---|---|")
    for name, is_view, comment in db.execute(_RELATIONS.encode()).fetchall():
        if is_view:
            yield _row(f"`{name}`", comment or "", ", ".join(row[0] for row in db.execute(_COLUMNS, [name])))
    yield ""


def _enums(db: Connection) -> Iterator[str]:
    yield from ("## Enums", "", "| type | values |", "|---|---|")
    yield from (_row(f"`{name}`", values) for name, values in db.execute(_ENUMS.encode()))


def _row(*cells: str) -> str:
    return f"| {' | '.join(_plain(cells))} |"


def _plain(cells: Sequence[str]) -> Iterator[str]:
    """A cell is one line, and holds no end of itself."""
    return (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
