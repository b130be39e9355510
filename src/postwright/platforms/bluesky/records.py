"""Records of the account's repository, asked for by their keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from postwright.platforms.account import Account
from postwright.platforms.answers import Answer, Caller
from postwright.platforms.bluesky.answers import xrpc
from postwright.platforms.errors import Rejected

COLLECTION = "app.bsky.feed.post"
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"  # of record keys; it sorts by time


async def get_record(bluesky: Caller, account: Account, key: str) -> dict[str, str] | None:
    """Address and hash of a post of ours; None when the server says that it is not there."""
    params = {"repo": account.platform_user_id, "collection": COLLECTION, "rkey": key}
    answer = await bluesky.call("GET", xrpc(account, "com.atproto.repo.getRecord"), params=params, accept=(400, 404))
    if answer.status >= 400:
        _check_absent(bluesky, answer)
        return None
    return {"uri": str(answer.need("uri")), "cid": str(answer.need("cid"))}


def _check_absent(bluesky: Caller, answer: Answer) -> None:
    """Only the server's own "RecordNotFound" proves that a record is not there."""
    said = str(answer.get("message") or "").lower()
    if answer.get("error") == "RecordNotFound" or "could not locate record" in said:
        return
    raise bluesky.refuse(answer) or answer.unclear("Bluesky did not tell whether the post is there")


def handle_resolver(bluesky: Caller, account: Account) -> Callable[[str], Awaitable[str | None]]:
    """Finds the DID of a handle; None for one that nobody has."""

    async def resolve(handle: str) -> str | None:
        try:
            answer = await bluesky.call("GET", xrpc(account, "com.atproto.identity.resolveHandle"), params={"handle": handle})
        except Rejected:
            return None
        return str(answer.need("did"))

    return resolve
