"""“It is there: here is the link”: the post gets its id there, or its page says that it has none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from psycopg.types.json import Jsonb

from postwright.platforms import registry
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import Transient
from postwright.publishing import links, store
from tests.publishing.desk import Desk
from tests.publishing.test_verbs import do_decide, unconfirmed

pytestmark = pytest.mark.anyio
LINK = "https://x.com/acme/p/Code"


@dataclass
class Listing:
    """What a platform's list tells of a link."""

    found: list[str | Exception | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, link: str) -> str | None:
        assert credentials.access_token == "open sesame"
        self.asked.append(link)
        answer = self.found.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _platform(monkeypatch: pytest.MonkeyPatch, **capabilities: Any) -> None:
    monkeypatch.setitem(registry.REGISTRY, "x", replace(registry.REGISTRY["x"], **capabilities))


async def _landed(desk: Desk, *, comment: str | None = None) -> UUID:
    item = await unconfirmed(desk)
    if comment:
        told = Jsonb({"options": {"first_comment": comment}})
        await desk.run("update scheduled_posts set snapshot = snapshot || %s where schedule_item_id = %s", told, item)
    await do_decide(desk, item, "landed", LINK)
    async with desk.service() as db:
        await store.adopt_confirmed(db)
    return item


async def _id(desk: Desk, item: UUID) -> str | None:
    (row,) = await desk.published(item)
    found: str | None = row["platform_post_id"]
    return found


async def test_a_link_that_carries_the_id_gives_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    owners: list[Account] = []

    def post_at(account: Account, link: str) -> str | None:
        owners.append(account)
        return f"at://{link.rsplit('/', 1)[-1]}"

    _platform(monkeypatch, post_at=post_at)
    item = await _landed(desk)
    assert await _id(desk, item) == "at://Code"
    (row,) = await desk.fetch("select platform_user_id, handle from platform_connections")
    assert {(each.platform_user_id, each.handle) for each in owners} == {(row["platform_user_id"], row["handle"])}


async def test_a_link_without_an_id_is_asked_after_until_the_list_shows_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Listing([Transient("away"), None, "1784"])
    _platform(monkeypatch, find_link=listing)
    item = await _landed(desk, comment="the recipe")
    known = []
    for _ in range(4):
        await links.name_posts(desk.engine.state)
        known.append(await _id(desk, item))
    assert (known, listing.asked) == ([None, None, "1784", "1784"], [LINK] * 3)
    (comment,) = await desk.fetch("select remote_id, content, sent_at from first_comments")
    assert (comment["remote_id"], comment["content"], comment["sent_at"] is not None) == ("1784", "the recipe", True)


async def test_one_post_there_never_becomes_two_of_ours(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = await desk.schedule("first")
    await desk.turn()
    listing = Listing([await _id(desk, taken)])
    _platform(monkeypatch, find_link=listing)
    item = await _landed(desk)
    await links.name_posts(desk.engine.state)
    assert (listing.asked, await _id(desk, item)) == ([LINK], None)
