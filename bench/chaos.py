"""Publishing while everything breaks, at length: kills, frozen workers, a database that restarts, cut connections, and a platform
that loses answers, errs, refuses and stays silent. The sandbox's ledger is compared with ours at the end.

  duplicates  posts that are on the platform more than once
  lost        posts that never came to an end, or that we call published and the platform does not have
  untruthful  posts that failed here and are out there
  stuck       posts in processing past their lease
  kills       how often a publisher was killed
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from _figures import Figure, show

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.publishing.chaos import Plan, Told, open_chaos


def main() -> None:
    """Reads the options, prints the figures; exits with 1 when a post was doubled, lost or stuck."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--restarts", type=int, default=3, help="of the database")
    options = parser.parse_args()
    told = asyncio.run(_run(Plan(options.seed, options.posts, options.workers, options.restarts, calm=180)))
    show(_figures(told), as_json=options.json)
    for line in (f"{what}: {number}" for what, number in sorted(told.done.items())):
        print(line, file=sys.stderr)
    for line in told.details:
        print(line, file=sys.stderr)
    sys.exit(any((told.duplicates, told.lost, told.untruthful, told.stuck)))


async def _run(plan: Plan) -> Told:
    async with open_chaos(plan) as chaos:
        return await chaos.run()


def _figures(told: Told) -> Iterator[Figure]:
    yield Figure("duplicates", told.duplicates, "posts", target=0)
    yield Figure("lost", told.lost, "posts", target=0)
    yield Figure("untruthful", told.untruthful, "posts", target=0)
    yield Figure("stuck", told.stuck, "posts", target=0)
    yield Figure("kills", told.kills, "kills")
    yield Figure("published", told.completed, "posts")
    yield Figure("failed", told.failed, "posts")
    yield Figure("unconfirmed", told.unconfirmed, "posts")
    yield Figure("duration", told.seconds, "s")


if __name__ == "__main__":
    main()
