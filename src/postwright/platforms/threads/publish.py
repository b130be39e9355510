"""Posting to Threads: a container that Threads fills by pulling the media, then one call that publishes it.

https://developers.facebook.com/docs/threads/posts, /docs/threads/troubleshooting (a container's status), /docs/threads/reply-management
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import httpx2

from postwright.platforms.account import Account, Credentials
from postwright.platforms.answers import Caller, asking
from postwright.platforms.capabilities import Ledger, Receipt
from postwright.platforms.chain import known_parts, send_parts
from postwright.platforms.containers import made_at, wait_until_filled
from postwright.platforms.errors import OutcomeUnknown, PlatformError, Rejected
from postwright.platforms.matching import DOUBTFUL, made_since, need_words, same_text
from postwright.platforms.post import Media, Post
from postwright.platforms.threads.answers import API, caller
from postwright.platforms.threads.limits import FACTS
from postwright.platforms.threads.quota import need_room_for_replies

_PAGE = 100
_FIELDS = "id,text,timestamp,permalink"


async def publish(http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
    """One post, or a chain of replies. The first container is ready before anything is sent; one that lives (24 h) is used again.

    Once the first part was on its way, `send_parts` asks for it before anything is made.
    """
    threads, pieces = caller(http, credentials), post.pieces()
    await ledger.enter("uploading")
    if ledger.remote_ids.get("part_0") is None and ledger.remote_ids.get("sending_part") is None:
        if len(pieces) > 1:
            await need_room_for_replies(threads, account, len(pieces) - 1)
        await _ready_container(threads, account, post, 0, pieces[0], None, ledger)

    async def send(number: int, text: str, parent: str | None) -> str:
        container = await _ready_container(threads, account, post, number, text, parent, ledger)
        data = {"creation_id": container}
        answer = await threads.call("POST", f"{API}/{account.platform_user_id}/threads_publish", data=data, sends=True)
        return str(answer.need("id"))

    async def probe(number: int, text: str, since: datetime, others: Collection[str]) -> str | None:
        if not await _may_be_out(threads, ledger.remote_ids, number):
            return None
        return _pick(await recent(threads, account, since), text, others, since=since, published=f"container_{number}" in ledger.remote_ids)

    return await _receipt(threads, account, await send_parts(pieces, ledger, send, probe))


async def find(
    http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, remote_ids: Mapping[str, Any], since: datetime
) -> Receipt | None:
    """A container's status tells for certain whether it was published; the lists of posts and replies tell as what."""
    threads, pieces, listed = caller(http, credentials), post.pieces(), None
    found = known_parts(remote_ids, len(pieces))
    for number, text in enumerate(pieces):
        if number not in found:
            if not await _may_be_out(threads, remote_ids, number):
                return None
            listed = await recent(threads, account, since) if listed is None else listed
            picked = _pick(listed, text, found.values(), since=since, published=f"container_{number}" in remote_ids)
            if picked is None:
                return None
            found[number] = picked
    return await _receipt(threads, account, [found[number] for number in range(len(pieces))])


async def _may_be_out(threads: Caller, remote_ids: Mapping[str, Any], number: int) -> bool:
    """False once the container of that part says that nobody published it."""
    container = remote_ids.get(f"container_{number}")
    with asking("Threads"):
        return container is None or await _status(threads, str(container)) == "PUBLISHED"


async def recent(threads: Caller, account: Account, since: datetime) -> list[Any]:
    """Posts and replies of the account since a little before a moment."""
    start = int((since - DOUBTFUL).timestamp())
    found: list[Any] = []
    for kind in ("threads", "replies"):
        params = {"fields": _FIELDS, "limit": str(_PAGE), "since": str(start)}
        with asking("Threads"):
            listed = (await threads.call("GET", f"{API}/{account.platform_user_id}/{kind}", params=params)).need("data")
        if not isinstance(listed, list) or len(listed) >= _PAGE:
            raise OutcomeUnknown("There are more recent posts at Threads than it lists at once")
        found += listed
    return found


def _pick(listed: list[Any], text: str, others: Collection[str], *, since: datetime, published: bool) -> str | None:
    """The id of the post with this text. Raises OutcomeUnknown when it was published and is not listed."""
    need_words(text, "Threads")
    free = (shown for shown in listed if str(shown["id"]) not in others)
    alike = ((str(shown["id"]), made_at(shown)) for shown in free if same_text(text, str(shown.get("text") or "")))
    found = made_since(alike, since, "Threads")
    if found is None and published:
        raise OutcomeUnknown("Threads published the post, but does not list it")
    return found


async def _ready_container(
    threads: Caller, account: Account, post: Post, number: int, text: str, parent: str | None, ledger: Ledger
) -> str:
    """A container that can be published, made unless one lives."""
    name = f"container_{number}"
    container = await _living(threads, ledger.remote_ids.get(name))
    if container is None:
        fields = {**({"text": text} if text else {}), **({"reply_to_id": parent} if parent else _options(post))}
        fields |= await _media_fields(threads, account, post.media, ledger) if number == 0 else {"media_type": "TEXT"}
        container = await _create(threads, account, fields)
        await ledger.keep(**{name: container})
    await _wait(threads, container)
    return container


async def _living(threads: Caller, known: Any) -> str | None:
    if known is None:
        return None
    try:
        status = await _status(threads, str(known))
    except Rejected:  # forgotten there
        return None
    if status == "PUBLISHED":
        raise OutcomeUnknown("Threads says that an earlier try published this post")
    return str(known) if status in ("IN_PROGRESS", "FINISHED") else None


async def _media_fields(threads: Caller, account: Account, media: tuple[Media, ...], ledger: Ledger) -> dict[str, str]:
    if not media:
        return {"media_type": "TEXT"}
    if len(media) == 1:
        return _source(media[0])
    items = [await _item(threads, account, medium, f"item_{number}", ledger) for number, medium in enumerate(media)]
    for item in items:
        await _wait(threads, item)
    return {"media_type": "CAROUSEL", "children": ",".join(items)}


async def _item(threads: Caller, account: Account, medium: Media, name: str, ledger: Ledger) -> str:
    """One of a carousel's, made unless an earlier try made it and it lives."""
    item = await _living(threads, ledger.remote_ids.get(name))
    if item is None:
        item = await _create(threads, account, {"is_carousel_item": "true", **_source(medium)})
        await ledger.keep(**{name: item})
    return item


def _source(medium: Media) -> dict[str, str]:
    alt = {"alt_text": medium.alt[: FACTS["alt_text"].number]} if medium.alt else {}
    return {"media_type": medium.kind.upper(), f"{medium.kind}_url": medium.url, **alt}


def _options(post: Post) -> dict[str, str]:
    return {name: str(post.options[name]) for name in ("reply_control", "topic_tag") if post.options.get(name)}


async def _create(threads: Caller, account: Account, fields: Mapping[str, str]) -> str:
    answer = await threads.call("POST", f"{API}/{account.platform_user_id}/threads", data=dict(fields))
    return str(answer.need("id"))


async def _wait(threads: Caller, container: str) -> None:
    await wait_until_filled("Threads", lambda: _status(threads, container))


async def _status(threads: Caller, container: str) -> str:
    answer = await threads.call("GET", f"{API}/{container}", params={"fields": "status,error_message"})
    status = str(answer.need("status"))
    if status == "ERROR":
        why = str(answer.get("error_message") or "no reason given")
        rule = "fetch" if "DOWNLOADING" in why else "processing"
        raise Rejected(f"Threads could not process the medium: {why[:200]}", field="media", rule=rule, detail=answer.detail)
    return status


async def _receipt(threads: Caller, account: Account, ids: list[str]) -> Receipt:
    """The address of the post; the post is out, so not being told it is no failure."""
    try:
        url = str((await threads.call("GET", f"{API}/{ids[0]}", params={"fields": "permalink"})).need("permalink"))
    except PlatformError:
        url = f"https://www.threads.net/@{account.handle.lstrip('@')}"
    return Receipt(ids[0], url, tuple(ids) if len(ids) > 1 else ())
