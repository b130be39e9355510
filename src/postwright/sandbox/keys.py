"""What a person would find in their settings at platforms where keys are typed: the same each time, for their accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from postwright.sandbox import accounts
from postwright.sandbox.bluesky.sessions import app_password
from postwright.sandbox.consent.page import own_accounts
from postwright.sandbox.records import Account
from postwright.sandbox.world import World


def find_keys(world: World, workspace: str, platform: str) -> list[tuple[Account, dict[str, str]]]:
    """By the names of the fields in which Postwright asks for them. None at a platform that has an authorise page."""
    read = _READ.get(platform)
    with world.ledger.transaction():
        return [(each, read(world, each)) for each in own_accounts(world, workspace, platform)] if read else []


def _bluesky(world: World, account: Account) -> dict[str, str]:
    return {"handle": account.handle, "app_password": app_password(world, account.id)}


def _telegram(world: World, account: Account) -> dict[str, str]:
    return {"token": _token(world, account), "chat": account.id}


def _discord(world: World, account: Account) -> dict[str, str]:
    return {"key": _token(world, account), "channel": account.id}


def _wordpress(world: World, account: Account) -> dict[str, str]:
    name, _, password = _token(world, account).partition(":")
    return {"site": _site(account), "username": name, "password": password}


def _ghost(world: World, account: Account) -> dict[str, str]:
    return {"site": _site(account), "key": _token(world, account)}


def _substack(world: World, account: Account) -> dict[str, str]:
    return {"site": _site(account)}


def _webhook(world: World, account: Account) -> dict[str, str]:
    secret, _, address = _token(world, account).partition(" ")
    return {"address": address, "secret": secret}


def _token(world: World, account: Account) -> str:
    return accounts.tokens_of(world, account)[0].token


def _site(account: Account) -> str:
    return f"https://{account.host}"


_READ: Mapping[str, Callable[[World, Account], dict[str, str]]] = {
    "bluesky": _bluesky, "telegram": _telegram, "discord": _discord, "wordpress": _wordpress,
    "ghost": _ghost, "substack": _substack, "webhook": _webhook,
}  # fmt: skip
