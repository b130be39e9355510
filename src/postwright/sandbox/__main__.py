"""`python -m postwright.sandbox`: the pretend internet on its own."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from postwright.sandbox.server import run, web_origin
from postwright.sandbox.world import Behaviour


def main() -> None:
    """Reads the command line and the environment, then serves."""
    parser = argparse.ArgumentParser(prog="python -m postwright.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--ledger", type=Path, required=True, help="SQLite file; media lie beside it")
    parser.add_argument("--key", default=os.environ.get("POSTWRIGHT_SANDBOX_KEY"), help="key of /_sandbox; default: POSTWRIGHT_SANDBOX_KEY")
    parser.add_argument("--web", default=web_origin(os.environ), help="origin from which platforms may pull media, besides loopback")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds that processing takes, give or take a half")
    parser.add_argument("--no-limits", action="store_true", help="count quotas, never refuse by them")
    parser.add_argument("--takes-twice", action="store_true", help="take the same text twice where X refuses it, so that doubles are seen")
    options = parser.parse_args()
    if not options.key:
        sys.exit("Give --key or set POSTWRIGHT_SANDBOX_KEY")
    behaviour = Behaviour(options.delay, not options.no_limits, options.web, options.takes_twice)
    run(options.port, options.ledger, options.key, behaviour=behaviour)


if __name__ == "__main__":
    main()
