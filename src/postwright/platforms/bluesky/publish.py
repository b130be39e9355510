"""Posting to Bluesky under record keys that we choose and keep before the send, so a lost answer can be looked up.

https://docs.bsky.app/docs/api/com-atproto-repo-create-record, https://atproto.com/specs/record-key
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Caller, asking, stream_file
from postwright.platforms.bluesky.answers import caller, xrpc
from postwright.platforms.bluesky.facets import facets_of
from postwright.platforms.bluesky.gates import set_gate
from postwright.platforms.bluesky.records import ALPHABET, COLLECTION, get_record, handle_resolver
from postwright.platforms.bluesky.video import bring_video
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.errors import Rejected
from postwright.platforms.handles import bring_once
from postwright.platforms.options import languages_of, texts_of
from postwright.platforms.post import Media, Post

BLOB_LIVES = timedelta(minutes=50)  # a server keeps a blob that no record names for an hour at least


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """One record, or a chain of replies."""
    bluesky = caller(http, credentials)
    await ledger.enter("uploading")
    blobs = [await _bring(bluesky, account, number, medium, ledger) for number, medium in enumerate(post.media)]
    await _keep_keys(ledger, len(post.pieces()))
    await set_gate(bluesky, account, post, str(_key(ledger.remote_ids, 0)), str(ledger.remote_ids["created_at"]))
    refs: list[dict[str, str]] = []
    for number, text in enumerate(post.pieces()):
        record = await _record(bluesky, account, text, refs, _embed(post.media, blobs) if number == 0 else None, ledger, post)
        refs.append(await _send_part(bluesky, account, number, record, ledger))
    return _receipt(account, [ref["uri"] for ref in refs])


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """Asks for the records by the keys that were kept: exact, no searching."""
    bluesky = caller(http, credentials)
    uris: list[str] = []
    for number in range(len(post.pieces())):
        key = _key(remote_ids, number)
        with asking("Bluesky"):
            ref = await get_record(bluesky, account, key) if key else None
        if ref is None:
            return None
        uris.append(ref["uri"])
    return _receipt(account, uris)


async def _keep_keys(ledger: Ledger, count: int) -> None:
    """Keys for all parts, and one time of creation, chosen once."""
    if "rkey_0" not in ledger.remote_ids:
        now = ledger.now()
        keys = {f"rkey_{number}": new_key(now, number) for number in range(count)}
        await ledger.keep(created_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"), **keys)


def new_key(now: datetime, number: int) -> str:
    """A TID: microseconds since 1970 and ten random bits, in a base 32 that sorts by time."""
    value = (int(now.timestamp() * 1_000_000) + number) << 10 | secrets.randbits(10)
    return "".join(ALPHABET[value >> shift & 31] for shift in range(60, -1, -5))


async def _send_part(bluesky: Caller, account: Account, number: int, record: dict[str, Any], ledger: Ledger) -> dict[str, str]:
    key = str(_key(ledger.remote_ids, number))
    is_out = f"part_{number}" in ledger.remote_ids
    if is_out or ledger.remote_ids.get("sending_part") == number:
        ref = await get_record(bluesky, account, key)
        if ref is not None:
            await ledger.keep(**{f"part_{number}": ref["uri"]})
            return ref
    if is_out:
        raise Rejected(f"Part {number + 1} of the thread was deleted at Bluesky", field=f"thread[{number}]", rule="gone")
    await ledger.keep(sending_part=number)
    await ledger.enter("sending")
    body = {"repo": account.platform_user_id, "collection": COLLECTION, "rkey": key, "record": record, "validate": True}
    answer = await bluesky.call("POST", xrpc(account, "com.atproto.repo.createRecord"), json=body, sends=True)
    ref = {"uri": str(answer.need("uri")), "cid": str(answer.need("cid"))}
    await ledger.keep(**{f"part_{number}": ref["uri"]})
    return ref


def _key(remote_ids: Mapping[str, Any], number: int) -> str | None:
    """The key under which a part is out, else the one chosen for it. Once the text was edited, new keys are chosen; what is
    out stays under its old one."""
    known = remote_ids.get(f"part_{number}") or remote_ids.get(f"rkey_{number}")
    return str(known).rsplit("/", 1)[-1] if known else None


async def _record(
    bluesky: Caller,
    account: Account,
    text: str,
    refs: list[dict[str, str]],
    embed: dict[str, Any] | None,
    ledger: Ledger,
    post: Post,
) -> dict[str, Any]:
    record: dict[str, Any] = {"$type": COLLECTION, "text": text, "createdAt": ledger.remote_ids["created_at"]}
    if langs := languages_of(post.options):
        record["langs"] = langs[:3]
    if labels := texts_of(post.options.get("labels")):
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label} for label in labels]}
    if facets := await facets_of(text, handle_resolver(bluesky, account)):
        record["facets"] = facets
    if embed:
        record["embed"] = embed
    if refs:
        record["reply"] = {"root": refs[0], "parent": refs[-1]}
    return record


async def _bring(bluesky: Caller, account: Account, number: int, medium: Media, ledger: Ledger) -> dict[str, Any]:
    if medium.kind == "video":
        return await bring_video(bluesky, account, medium, ledger, number)
    blob: dict[str, Any] = await bring_once(ledger, f"blob_{number}", BLOB_LIVES, partial(_upload, bluesky, account, medium))
    return blob


async def _upload(bluesky: Caller, account: Account, medium: Media) -> dict[str, Any]:
    headers = {"Content-Type": medium.mime_type, "Content-Length": str(medium.size)}
    url = xrpc(account, "com.atproto.repo.uploadBlob")
    answer = await bluesky.call("POST", url, content=stream_file(medium.path), headers=headers)
    blob = answer.need("blob")
    if not isinstance(blob, dict):
        raise answer.unclear("Bluesky answered without a blob")
    return blob


def _embed(media: tuple[Media, ...], blobs: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not media:
        return None
    if media[0].kind == "video":
        return {"$type": "app.bsky.embed.video", "video": blobs[0], "alt": media[0].alt, **_ratio(media[0])}
    images = [{"image": blob, "alt": medium.alt, **_ratio(medium)} for medium, blob in zip(media, blobs, strict=True)]
    return {"$type": "app.bsky.embed.images", "images": images}


def _ratio(medium: Media) -> dict[str, Any]:
    return {"aspectRatio": {"width": medium.width, "height": medium.height}} if medium.width and medium.height else {}


def _receipt(account: Account, uris: list[str]) -> Receipt:
    """The address names the DID, which stays whatever the account is called."""
    key = uris[0].rsplit("/", 1)[-1]
    return Receipt(uris[0], f"https://bsky.app/profile/{account.platform_user_id}/post/{key}", tuple(uris) if len(uris) > 1 else ())
