"""`postwright run`: the main job without a browser. `postwright sign-in-link`: the way into the browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from postwright import config
from postwright.cli.client import leave_mark, open_client, operator_token
from postwright.cli.main_job import Line, Report, perform
from postwright.config import Settings
from postwright.errors import PostwrightError
from postwright.worker.supervise import running, start_tree

_AMISS = frozenset({"failed", "unconfirmed"})  # exit code 1
_HELD = frozenset({"planned", "missed", "publishing"})  # the same, when it was to be sent or scheduled just now

_Source = Annotated[str, typer.Argument(metavar="SOURCE", help="A text or Markdown file, an address, or - for standard input.")]
_To = Annotated[str | None, typer.Option(metavar="x,linkedin,...", help="Only these platforms.")]
_AtSlot = Annotated[bool, typer.Option("--at-slot", help="Keep each post's slot instead of publishing now.")]
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
_Welcome = Annotated[bool, typer.Option("--welcome", hidden=True, help="End with the address and a one-time link.")]

_Began = Annotated[float, typer.Option(hidden=True, help="When the command that calls this one began, by the monotonic clock.")]


def run(
    source: _Source, to: _To = None, at_slot: _AtSlot = False, as_json: _AsJson = False, welcome: _Welcome = False, began: _Began = 0.0
) -> None:
    """An idea in: native posts planned, published and reported. Without --at-slot a sandbox publishes now and says so."""
    settings = config.load()
    began = began or time.monotonic()

    def tell(words: str) -> None:
        if not as_json:
            print(f"  {time.monotonic() - began:5.1f} s  {words}", flush=True)

    with _serving(settings, tell) as url, closing(open_client(settings, url)) as api:
        report = perform(api, source, to.split(",") if to else None, at_slot=at_slot, tell=tell)
        _print(report, as_json)
        if welcome:
            _print_welcome(settings, url, report)
    if any(line.state in _AMISS or (report.fresh and line.state in _HELD) for line in report.lines):
        raise typer.Exit(1)


def sign_in_link() -> None:
    """Print a one-time link that signs the operator in within a day."""
    settings = config.load()
    state = running(settings)
    print(_link(settings, state.url if state else settings.base_url))
    if state is None:
        print("Nothing serves this home now: start it with `postwright up`.")


@contextmanager
def _serving(settings: Settings, tell: Callable[[str], None]) -> Iterator[str]:
    """The address of the tree that serves this home; starts one for the time when there is none."""
    if state := running(settings):
        yield state.url
        return
    with start_tree(settings, lambda words, _seconds: tell(words)) as tree:
        yield tree.state.url


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        for line in report.lines:
            told = asdict(line) | {
                "slot": line.slot.isoformat() if line.slot else None,
                "outcome": line.outcome,
                "already_brought": not report.fresh,
            }
            print(json.dumps(told, ensure_ascii=False), flush=True)
        return
    print()
    for text in _table(report.lines):
        print(text)
    if report.note:
        print(f"\n{report.note}")
    print(flush=True)


def _table(lines: Sequence[Line]) -> list[str]:
    platform = max((len(line.platform) for line in lines), default=0)
    account = max((len(line.account) for line in lines), default=0)
    return [
        f"{line.platform:<{platform}}  {line.account:<{account}}  slot {_slot(line)} ({line.reason})  {line.outcome}  "
        f"{line.error or line.link or ''}".rstrip()
        for line in lines
    ]


def _slot(line: Line) -> str:
    return f"{line.slot:%a %d %b %H:%M} {line.zone}" if line.slot else "none"


def _print_welcome(settings: Settings, url: str, report: Report) -> None:
    if report.fresh:
        leave_mark(settings, report.workspace)
    print(f"Postwright serves {url} (Ctrl-C stops it)")
    try:
        print(f"Sign in with this link, once, within a day:\n{_link(settings, url)}", flush=True)
    except PostwrightError as error:
        print(f"No sign-in link could be made: {error.message}", flush=True)


def _link(settings: Settings, url: str) -> str:
    return f"{url}/welcome?link={operator_token(settings)}"
