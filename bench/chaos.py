"""Publishing while everything breaks, at length: kills, frozen workers, a database that restarts, cut connections, and a platform
that loses answers, errs, refuses and stays silent. The sandbox's ledger is compared with ours at the end, parts of threads and first
comments included. A run in which one of the faults that the promise names did not come about proves nothing and fails.

With --kills N nothing is left to chance but who dies when: publishers are killed right at the boundaries of their phases, and nowhere
else, until N did (docs/discussions/never-twice-never-lost.md).

  duplicates  posts that are on the platform more than once
  lost        posts that never came to an end, or that we call published and the platform does not have
  untruthful  posts that failed here and are out there
  stuck       posts in processing past their lease
  kills       how often a publisher was killed; with --kills: at phase boundaries
  not met     faults that the promise names and that did not come about
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from _figures import Figure, show

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.publishing.boundaries import Boundaries
from tests.publishing.chaos import Plan, open_chaos
from tests.publishing.chaos_check import Told
from tests.publishing.victim import EVERYWHERE


def main() -> None:
    """Reads the options, prints the figures; exits with 1 when a post was doubled, lost or stuck, or a fault did not come about."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--restarts", type=int, default=3, help="of the database")
    parser.add_argument("--kills", type=int, default=0, help="so many kills at phase boundaries, instead of the chaos")
    options = parser.parse_args()
    plan = Plan(options.seed, options.posts, options.workers, options.restarts, calm=180)
    told = asyncio.run(_kill(plan, options.kills) if options.kills else _run(plan))
    unmet = [point for point in EVERYWHERE if not told.done[f"kill at {point}"]] if options.kills else told.missing()
    show(_figures(told, unmet, at_boundaries=bool(options.kills)), as_json=options.json)
    for line in (f"{what}: {number}" for what, number in sorted(told.done.items())):
        print(line, file=sys.stderr)
    for line in (*told.details, *(f"did not come about: {each}" for each in unmet)):
        print(line, file=sys.stderr)
    sys.exit(any((told.duplicates, told.lost, told.untruthful, told.stuck, unmet, told.kills < options.kills)))


async def _run(plan: Plan) -> Told:
    async with open_chaos(plan) as chaos:
        return await chaos.run()


async def _kill(plan: Plan, kills: int) -> Told:
    async with open_chaos(replace(plan, restarts=0, spread=0)) as chaos:
        return await Boundaries(chaos, kills).run()


def _figures(told: Told, unmet: list[str], *, at_boundaries: bool) -> Iterator[Figure]:
    yield Figure("duplicates", told.duplicates, "posts", target=0)
    yield Figure("lost", told.lost, "posts", target=0)
    yield Figure("untruthful", told.untruthful, "posts", target=0)
    yield Figure("stuck", told.stuck, "posts", target=0)
    yield Figure("not met", len(unmet), "faults", target=0)
    yield Figure("kills at phase boundaries" if at_boundaries else "kills", told.kills, "kills")
    yield Figure("published", told.completed, "posts")
    yield Figure("failed", told.failed, "posts")
    yield Figure("unconfirmed", told.unconfirmed, "posts")
    yield Figure("threads published", told.threads, "posts")
    yield Figure("first comments", told.comments, "comments")
    yield Figure("duration", told.seconds, "s")


if __name__ == "__main__":
    main()
