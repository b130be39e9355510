"""What the policies cost: 1,000,000 posts of the plan in 1,000 workspaces, with and without row-level security.

Ours asks as a signed-in user (role and claims set per transaction, forced policies). The peer asks the same
query, with the same `where workspace_id = ...`, on the same tables, through a login that bypasses policies.
Both take turns, each time for another random workspace and in changing order; medians are compared.

  statement    a list of 50 posts by time, inside a transaction that has begun
  transaction  the same list with begin, role and claims, and commit (the peer: begin and commit)
  aggregate    posts by status over a workspace
  join         the list with its accounts and its drafts
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from _figures import Figure, show

from postwright.db import embedded
from postwright.db.bootstrap import bootstrap_embedded
from postwright.db.migrate import migrate

Connection = psycopg.Connection[Any]

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "bench"
# What a list of posts shows of one (publishing/posts.py).
LIST = b"""select i.id, i.platform_id, i.platform_connection_id, i.adaptation_id, i.content_format, i.content, i.labels, i.scheduled_at,
                  i.wall_time, i.timezone, i.fold, i.locked, i.slot_reason, i.slot_value, i.status, i.origin, i.user_id,
                  i.created_at, i.updated_at
             from content_schedule_items i where i.workspace_id = %s order by i.scheduled_at, i.id limit 50"""
AGGREGATE = b"""select i.status, count(*), min(i.scheduled_at), max(i.scheduled_at)
                  from content_schedule_items i where i.workspace_id = %s group by i.status"""
JOIN = b"""select i.id, i.scheduled_at, i.status, c.handle, d.original_idea
             from content_schedule_items i
             left join platform_connections c on c.workspace_id = i.workspace_id and c.id = i.platform_connection_id
             left join content_adaptations d on d.workspace_id = i.workspace_id and d.id = i.adaptation_id
            where i.workspace_id = %s order by i.scheduled_at, i.id limit 50"""
TARGETS = {"statement": 1.2, "transaction": 1.6, "aggregate": 1.05, "join": 1.2}
_ENTER = b"""select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true),
                    set_config('app.workspace_id', %s, true)"""


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace and who owns it."""

    workspace: UUID
    owner: UUID


def main() -> None:
    """Reads the options, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--workspaces", type=int, default=1000)
    parser.add_argument("--each", type=int, default=1000, help="posts per workspace")
    parser.add_argument("--rounds", type=int, default=3000, help="measurements of each figure")
    options = parser.parse_args()
    key = os.urandom(32)
    with embedded.throwaway(options={"shared_buffers": "512MB", "jit": "off"}) as server:
        dsns = bootstrap_embedded(server, key, DATABASE)
        migrate(dsns.owner, ROOT / "sql" / "schema")
        places = _fill(server.dsn(DATABASE), options.workspaces, options.each)
        with _open(dsns.api) as ours, _open(_unguarded(server, key)) as peer:
            show(_measure(ours, peer, places, options.rounds), as_json=options.json)


def _open(dsn: str) -> Connection:
    # As the product has it: nothing prepared, because a pooler may stand in between.
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None)


def _unguarded(server: embedded.Server, key: bytes) -> str:
    """A login with a signed-in user's grants, past whom policies do not look."""
    password = key.hex()
    with psycopg.connect(server.dsn(DATABASE), autocommit=True) as db:
        db.execute(f"create role bench_unguarded login bypassrls password '{password}' in role authenticated".encode())
    return server.dsn(DATABASE, "bench_unguarded", password)


def _measure(ours: Connection, peer: Connection, places: list[Place], rounds: int) -> Iterator[Figure]:
    for name, query in (("statement", LIST), ("aggregate", AGGREGATE), ("join", JOIN)):
        yield _compare(name, rounds, places, partial(_statement, ours, query, True), partial(_statement, peer, query, False))
    yield _compare("transaction", rounds, places, partial(_transaction, ours, True), partial(_transaction, peer, False))


def _compare(name: str, rounds: int, places: list[Place], ours: Callable[[Place], float], peer: Callable[[Place], float]) -> Figure:
    """Both in turns, in changing order; the first tenth only warms."""
    chance = random.Random(name)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds + rounds // 10):
        place = chance.choice(places)
        for is_ours in (True, False) if number % 2 else (False, True):
            seconds = (ours if is_ours else peer)(place)
            if number >= rounds // 10:
                taken[is_ours].append(seconds)
    mine, theirs = (statistics.median(taken[which]) * 1e3 for which in (True, False))
    return Figure(name, mine, "ms", "the same without policies", theirs, TARGETS[name])


def _statement(db: Connection, query: bytes, guarded: bool, place: Place) -> float:
    with db.transaction():
        if guarded:
            _enter(db, place)
        else:
            db.execute(b"select 1")
        start = time.perf_counter()
        db.execute(query, [place.workspace]).fetchall()
        return time.perf_counter() - start


def _transaction(db: Connection, guarded: bool, place: Place) -> float:
    start = time.perf_counter()
    with db.transaction():
        if guarded:
            _enter(db, place)
        db.execute(LIST, [place.workspace]).fetchall()
    return time.perf_counter() - start


def _enter(db: Connection, place: Place) -> None:
    db.execute(_ENTER, (json.dumps({"role": "authenticated", "sub": str(place.owner)}), str(place.workspace)))


def _fill(dsn: str, workspaces: int, each: int) -> list[Place]:
    """Workspaces with an owner, two members more, five accounts, 50 drafts and the posts; without triggers, for speed."""
    started = time.perf_counter()
    with psycopg.connect(dsn, autocommit=True) as db:
        for statement in _FILL:
            db.execute(statement.encode(), {"workspaces": workspaces, "each": each})
        places = [Place(*row) for row in db.execute(b"select id, created_by from workspaces order by id")]
    print(f"{workspaces * each:,} posts in {workspaces:,} workspaces, made in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return places


_FILL = (
    "insert into users (email) select 'u' || n || '@example.com' from generate_series(1, %(workspaces)s) n",
    "select app.make_workspace(id, 'W', 'UTC', true) from users",
    """insert into workspace_members (workspace_id, user_id, role)
       select w.id, u.id, 'editor' from (select id, row_number() over () n from workspaces) w
         join (select id, row_number() over () n from users) u on u.n in (w.n %% %(workspaces)s + 1, (w.n + 6) %% %(workspaces)s + 1)
       on conflict do nothing""",
    "set session_replication_role = replica",
    """insert into platform_connections (workspace_id, user_id, platform, platform_user_id, handle, access_token)
       select w.id, w.created_by, 'x', 'u' || n, '@u' || n, 'sealed' from workspaces w, generate_series(1, 5) n""",
    """insert into content_adaptations (workspace_id, user_id, original_idea, adaptations)
       select w.id, w.created_by, 'An idea ' || n, '{}' from workspaces w, generate_series(1, 50) n""",
    """create temporary table parents as
       select w.id as workspace, w.created_by as person, c.id as calendar,
              array(select a.id from platform_connections a where a.workspace_id = w.id) as accounts,
              array(select d.id from content_adaptations d where d.workspace_id = w.id) as drafts
         from workspaces w join content_calendar c on c.workspace_id = w.id""",
    """insert into content_schedule_items (workspace_id, calendar_id, platform_id, platform_connection_id, adaptation_id, scheduled_at,
                                           timezone, status, created_by, user_id)
       select p.workspace, p.calendar, (select id from platforms where slug = 'x'), p.accounts[1 + n %% 5], p.drafts[1 + n %% 50],
              now() + n * interval '1 hour', 'UTC', (array['queued', 'scheduled', 'posted', 'failed'])[1 + n %% 4], p.person, p.person
         from generate_series(1, %(each)s) n, parents p""",
    "set session_replication_role = origin",
    "vacuum analyze content_schedule_items, platform_connections, content_adaptations, workspace_members, workspaces, content_calendar",
)


if __name__ == "__main__":
    main()
