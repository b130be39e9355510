"""`postwright keys ...`: the keys that seal tokens of accounts and secrets of apps."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Annotated

import typer

from postwright.config import Settings
from postwright.errors import Conflict, SetupError

if TYPE_CHECKING:
    from postwright.connections.rotate import Rotated

keys = typer.Typer(help="The keys that seal tokens of accounts.", no_args_is_help=True)

_BATCH = 100  # accounts a transaction


@keys.command()
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget-old", help="Delete the older keys at the end: older backups then open no token.")
    ] = False,
) -> None:
    """Make a new key and seal every token with it, in batches, while everything runs. Stopped in the middle, run it again."""
    from postwright import config

    settings = config.load()
    done = asyncio.run(_rotate(settings))
    print(f"sealed anew: {done.accounts} account{'s' if done.accounts != 1 else ''}, {done.apps} app secret{'s' if done.apps != 1 else ''}")
    for each in done.lost:
        print(f"account {each}: no key here opens its tokens; connect it again")
    if forget:
        print(_forget(settings, done))


async def _rotate(settings: Settings) -> Rotated:
    from postwright.connections.rotate import is_mixed, reseal_all
    from postwright.db.connect import dsns
    from postwright.db.instance import instance_key
    from postwright.db.session import open_pool
    from postwright.kit import keyring, log

    log.configure(json=settings.log_json, level=logging.WARNING)  # what is printed is the answer
    key, path = instance_key(settings), settings.sealing_file
    async with open_pool(dsns(settings).worker, size=2, name="keys") as pool:
        box = keyring.ring_box(key, path, settings.sealing_keys)
        if await is_mixed(pool, box):
            print("an earlier rotation was not finished: going on with it")
        elif settings.sealing_keys:
            message = "Put a new key in front of POSTWRIGHT_SEALING_KEYS of every process first, restart them, and run this again."
            raise SetupError(message, field="POSTWRIGHT_SEALING_KEYS", rule="key")
        else:
            print(f"new key {keyring.add_key(key, path)}; the older ones still open what they sealed")
        return await reseal_all(pool, keyring.ring_box(key, path, settings.sealing_keys), batch=_BATCH)


def _forget(settings: Settings, done: Rotated) -> str:
    """Raises Conflict while something is sealed by an older key."""
    from postwright.kit import keyring

    if done.lost:
        raise Conflict("The older keys stay: some tokens could not be sealed anew.", rule="key")
    gone = keyring.drop_old(settings.sealing_file)
    return f"forgot {gone} older key{'s' if gone != 1 else ''}"
