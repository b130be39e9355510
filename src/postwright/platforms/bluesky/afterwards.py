"""What may be done with a post that is out: take it down, reply to it.

The key of the reply follows from the post and the text, so a lost answer is looked up, not guessed.
https://docs.bsky.app/docs/api/com-atproto-repo-delete-record
"""

from __future__ import annotations

import hashlib

import httpx2

from postwright.kit.http import now_of
from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import asking
from postwright.platforms.bluesky.answers import caller, xrpc
from postwright.platforms.bluesky.facets import facets_of
from postwright.platforms.bluesky.records import ALPHABET, COLLECTION, get_record, handle_resolver
from postwright.platforms.comments import commenting
from postwright.platforms.errors import Rejected


async def delete(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
    """Deleting what is not there is no error at Bluesky."""
    body = {"repo": account.platform_user_id, "collection": COLLECTION, "rkey": remote_id.rsplit("/", 1)[-1]}
    await caller(http, credentials).call("POST", xrpc(account, "com.atproto.repo.deleteRecord"), json=body)


async def comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
    bluesky = caller(http, credentials)
    parent = await get_record(bluesky, account, remote_id.rsplit("/", 1)[-1])
    if parent is None:
        raise Rejected("Bluesky no longer has this post", field="post", rule="gone")
    record = {
        "$type": COLLECTION,
        "text": text,
        "createdAt": now_of(http).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "reply": {"root": parent, "parent": parent},
        "facets": await facets_of(text, handle_resolver(bluesky, account)),
    }
    body = {"repo": account.platform_user_id, "collection": COLLECTION, "rkey": key_of(remote_id, text), "record": record, "validate": True}
    with commenting():
        answer = await bluesky.call("POST", xrpc(account, "com.atproto.repo.createRecord"), json=body, sends=True)
    return str(answer.need("uri"))


async def find_comment(http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
    with asking("Bluesky"):
        found = await get_record(caller(http, credentials), account, key_of(remote_id, text))
    return found["uri"] if found else None


def key_of(remote_id: str, text: str) -> str:
    """A key in the form of a TID, the same for the same post and text; it sorts right behind the post's own."""
    digest = int.from_bytes(hashlib.sha256(f"{remote_id}\n{text}".encode()).digest()[:8], "big") >> 1
    own = remote_id.rsplit("/", 1)[-1]
    if len(own) == 13 and all(each in ALPHABET for each in own):
        micros = sum(ALPHABET.index(each) << 5 * place for place, each in enumerate(reversed(own))) >> 10
        digest = (micros + 1_000 + digest % 1_000) << 10 | digest >> 10 & 1023
    return "".join(ALPHABET[digest >> shift & 31] for shift in range(60, -1, -5))
