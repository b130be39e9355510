"""Telegram: a bot's chat, albums, captions, and what nobody can look up."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, QuotaExhausted, Rejected
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
TELEGRAM = REGISTRY["telegram"]
NOW = datetime.now(UTC)


def test_with_media_the_text_is_a_caption_and_shorter(shelf: Shelf) -> None:
    assert TELEGRAM.check(Post("a" * 1025, "post")) == []
    (finding,) = TELEGRAM.check(Post("a" * 1025, "post", media=(shelf.image(),)))
    assert (finding.field, finding.rule, finding.limit, finding.actual) == ("text", "length", 1024, 1025)
    assert finding.source == "https://core.telegram.org/bots/api#sendphoto"


async def test_a_caption_that_is_too_long_is_refused_there_too(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("telegram")["telegram"]
    with pytest.raises(Rejected) as refused:
        await TELEGRAM.adapter.publish(http, account, credentials, Post("a" * 1025, "post", media=(shelf.image(),)), Notebook())
    assert (refused.value.field, refused.value.rule) == ("text", "length")


async def test_a_lost_answer_stays_unknown_until_a_person_decides(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("telegram")["telegram"]

    class Killed(Notebook):
        async def keep(self, **remote_ids: object) -> None:
            if "post" in remote_ids:
                raise RuntimeError("the process was killed here")
            await super().keep(**remote_ids)

    book, post = Killed(), Post(f"Once {uuid4().hex}", "post")
    with pytest.raises(RuntimeError):
        await TELEGRAM.adapter.publish(http, account, credentials, post, book)
    with pytest.raises(OutcomeUnknown, match="look into the chat"):
        await TELEGRAM.adapter.find(http, account, credentials, post, book.remote, NOW)


async def test_a_new_try_after_a_definite_refusal_forgets_the_old_mark(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("telegram")["telegram"]
    book = Notebook()
    with pytest.raises(Rejected):
        await TELEGRAM.adapter.publish(http, account, credentials, Post("a" * 5000, "post"), book)
    again = Notebook(dict(book.remote), lose_lease_at="sending")
    with pytest.raises(RuntimeError):
        await TELEGRAM.adapter.publish(http, account, credentials, Post("short", "post"), again)
    assert await TELEGRAM.adapter.find(http, account, credentials, Post("short", "post"), again.remote, NOW) is None


async def test_an_album_is_one_post_and_goes_as_one(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("telegram")["telegram"]
    post = Post(f"Three {uuid4().hex}", "post", media=(shelf.image(), shelf.video(), shelf.image("second.jpg", (1080, 1080))))
    assert TELEGRAM.check(post) == []
    receipt = await TELEGRAM.adapter.publish(http, account, credentials, post, Notebook())
    assert len(receipt.part_ids) == 3
    shown = sandbox.posts("telegram")[0]
    assert (shown["remote_id"], [medium["kind"] for medium in shown["media"]]) == (receipt.remote_id, ["image", "video", "image"])
    assert TELEGRAM.delete is not None
    await TELEGRAM.delete(http, account, credentials, receipt.remote_id)
    await TELEGRAM.delete(http, account, credentials, receipt.remote_id)
    assert receipt.remote_id not in {each["remote_id"] for each in sandbox.posts("telegram")}


async def test_the_text_goes_as_it_is(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("telegram")["telegram"]
    text = f"*not bold* _not italic_ [no](link) `x` <b>y</b> 1.2-3! {uuid4().hex}"
    post = Post(text, "post", options={"disable_notification": True, "no_preview": True})
    await TELEGRAM.adapter.publish(http, account, credentials, post, Notebook())
    shown = sandbox.posts("telegram")[0]
    assert (shown["text"], shown["extra"]) == (text, {"disable_notification": True})


async def test_retry_after_stands_in_the_parameters() -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 35", "parameters": {"retry_after": 35}}
    answer = httpx2.Response(429, json=body, headers={"date": "Sat, 21 Nov 2026 12:00:00 GMT"})
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(lambda _: answer)) as http:
        with pytest.raises(QuotaExhausted) as refused:
            await TELEGRAM.adapter.publish(http, Account("-1001", "x"), Credentials("1:a"), Post("Hello", "post"), Notebook())
    assert refused.value.wait == 35


async def test_connecting_names_what_is_wrong(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("telegram")["telegram"]
    assert TELEGRAM.keys is not None
    token, name = credentials.access_token, f"@{account.handle.replace('.', '_')}"
    for chat in (name, account.platform_user_id, f"https://t.me/{name[1:]}"):
        (grant,) = await TELEGRAM.keys.connect(http, {"token": token, "chat": chat})
        assert (grant.platform_user_id, grant.handle, grant.access_token) == (account.platform_user_id, name, token)
    for given, field in (
        ({"token": "1:wrong", "chat": name}, "token"),
        ({"token": "", "chat": name}, "token"),
        ({"token": "a/b", "chat": name}, "token"),
        ({"token": token, "chat": "@elsewhere"}, "chat"),
        ({"token": token, "chat": ""}, "chat"),
    ):
        with pytest.raises(Rejected) as refused:
            await TELEGRAM.keys.connect(http, given)
        assert refused.value.field == field
        assert token not in f"{refused.value.message} {refused.value.detail}"


async def test_it_tells_how_many_are_in_the_chat_and_nothing_of_a_post(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("telegram")["telegram"]
    assert TELEGRAM.audience is not None
    assert (await TELEGRAM.audience(http, account, credentials))["followers"] > 100
    assert await TELEGRAM.adapter.measure(http, account, credentials, "1") == {}
