"""Discord: by a bot, whose nonce is found, and by a webhook, which cannot look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from postwright.platforms.account import Account, Credentials
from postwright.platforms.discord.answers import webhook_address
from postwright.platforms.errors import OutcomeUnknown, ReauthRequired, Rejected
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
DISCORD = REGISTRY["discord"]
NOW = datetime.now(UTC)


def _webhook(sandbox: Sandbox) -> tuple[Account, Credentials]:
    account, credentials = sandbox.accounts("discord")["discord"]
    return account, Credentials(f"https://discord.com/api/webhooks/{account.platform_user_id}/{credentials.access_token}")


async def test_a_webhook_posts_measures_and_deletes(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, hook = _webhook(sandbox)
    post = Post(f"By webhook {uuid4().hex}", "post", media=(shelf.image(alt="A white frame"),))
    receipt = await DISCORD.adapter.publish(http, account, hook, post, Notebook())
    shown = sandbox.posts("discord")[0]
    assert (shown["remote_id"], shown["text"], shown["media"][0]["alt"]) == (receipt.remote_id, post.text, "A white frame")
    assert set(await DISCORD.adapter.measure(http, account, hook, receipt.remote_id)) <= {"likes"}
    assert DISCORD.delete is not None
    await DISCORD.delete(http, account, hook, receipt.remote_id)
    await DISCORD.delete(http, account, hook, receipt.remote_id)
    assert receipt.remote_id not in {each["remote_id"] for each in sandbox.posts("discord")}


async def test_a_webhooks_lost_answer_is_unknown_a_bots_is_not(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, bot = sandbox.accounts("discord")["discord"]
    _, hook = _webhook(sandbox)

    class Killed(Notebook):
        async def keep(self, **remote_ids: object) -> None:
            if "post" in remote_ids:
                raise RuntimeError("the process was killed here")
            await super().keep(**remote_ids)

    for credentials in (hook, bot):
        book, post = Killed(), Post(f"Once {uuid4().hex}", "post")
        with pytest.raises(RuntimeError):
            await DISCORD.adapter.publish(http, account, credentials, post, book)
        if credentials is hook:
            with pytest.raises(OutcomeUnknown, match="look there"):
                await DISCORD.adapter.find(http, account, credentials, post, book.remote, NOW)
        else:
            found = await DISCORD.adapter.find(http, account, credentials, post, book.remote, NOW)
            assert found is not None
            assert found.remote_id == sandbox.posts("discord")[0]["remote_id"]


async def test_the_same_nonce_within_minutes_is_one_message(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, bot = sandbox.accounts("discord")["discord"]
    post, book = Post(f"Twice {uuid4().hex}", "post"), Notebook()
    first = await DISCORD.adapter.publish(http, account, bot, post, book)
    before = len(sandbox.posts("discord"))
    again = await DISCORD.adapter.publish(http, account, bot, post, Notebook({"nonce": book.remote["nonce"]}))
    assert (again.remote_id, len(sandbox.posts("discord"))) == (first.remote_id, before)


async def test_nobody_is_called_by_a_text(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, bot = sandbox.accounts("discord")["discord"]
    post = Post(f"@everyone look {uuid4().hex}", "post", options={"suppress_embeds": True, "suppress_notifications": True})
    await DISCORD.adapter.publish(http, account, bot, post, Notebook())
    extra = sandbox.posts("discord")[0]["extra"]
    assert (extra["allowed_mentions"], extra["flags"]) == ({"parse": []}, 4 | 4096)
    quiet = Post(f"With previews {uuid4().hex}", "post", options={"suppress_embeds": "off", "suppress_notifications": "on"})
    assert check_options(quiet, DISCORD) == []
    await DISCORD.adapter.publish(http, account, bot, quiet, Notebook())
    assert sandbox.posts("discord")[0]["extra"]["flags"] == 4096


def test_files_are_limited_one_by_one_and_together(shelf: Shelf) -> None:
    image = replace(shelf.image(), size=10_000_000)
    assert DISCORD.check(Post("a", "post", media=(image, image))) == []
    assert [finding.rule for finding in DISCORD.check(Post("a", "post", media=(image,) * 3))] == ["size"]
    assert [finding.rule for finding in DISCORD.check(Post("a", "post", media=(replace(image, size=10_485_761),)))] == ["size"]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://discord.com/api/webhooks/12/ab-C_1", "https://discord.com/api/v10/webhooks/12/ab-C_1"),
        ("https://canary.discord.com/api/v9/webhooks/12/ab/", "https://discord.com/api/v10/webhooks/12/ab"),
        ("https://discordapp.com/api/webhooks/12/ab", "https://discord.com/api/v10/webhooks/12/ab"),
        ("https://discord.com.example.net/api/webhooks/12/ab", None),
        ("http://discord.com/api/webhooks/12/ab", None),
        ("https://discord.com/api/webhooks/12/ab/../../users", None),
        ("MTA1.bot.token", None),
    ],
)
def test_only_discords_own_addresses_are_webhooks(typed: str, address: str | None) -> None:
    assert webhook_address(typed) == address


async def test_connecting_names_what_is_wrong(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, bot = sandbox.accounts("discord")["discord"]
    _, hook = _webhook(sandbox)
    assert DISCORD.keys is not None
    (by_hook,) = await DISCORD.keys.connect(http, {"key": hook.access_token})
    (by_bot,) = await DISCORD.keys.connect(http, {"key": bot.access_token, "channel": account.platform_user_id})
    assert by_hook.platform_user_id == by_bot.platform_user_id == account.platform_user_id
    assert (by_hook.profile["kind"], by_bot.profile["kind"]) == ("webhook", "bot")
    for given, field in (
        ({"key": ""}, "key"),
        ({"key": "https://example.com/api/webhooks/1/a"}, "key"),
        ({"key": f"{hook.access_token}x"}, "key"),
        ({"key": bot.access_token}, "channel"),
        ({"key": bot.access_token, "channel": "1"}, "channel"),
        ({"key": "wrong", "channel": account.platform_user_id}, "key"),
    ):
        with pytest.raises(Rejected) as refused:
            await DISCORD.keys.connect(http, given)
        assert refused.value.field == field


async def test_a_bot_counts_members_a_webhook_cannot(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, bot = sandbox.accounts("discord")["discord"]
    assert DISCORD.keys is not None
    assert DISCORD.audience is not None
    (grant,) = await DISCORD.keys.connect(http, {"key": bot.access_token, "channel": account.platform_user_id})
    known = replace(account, profile=grant.profile)
    assert (await DISCORD.audience(http, known, bot))["followers"] > 0
    assert await DISCORD.audience(http, known, _webhook(sandbox)[1]) == {}
    receipt = await DISCORD.adapter.publish(http, known, bot, Post(f"Where? {uuid4().hex}", "post"), Notebook())
    assert receipt.url == f"https://discord.com/channels/{grant.profile['guild_id']}/{account.platform_user_id}/{receipt.remote_id}"


async def test_a_webhook_that_was_removed_asks_to_connect_again(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, _ = _webhook(sandbox)
    gone = Credentials("https://discord.com/api/webhooks/99/abc")
    with pytest.raises(ReauthRequired):
        await DISCORD.adapter.publish(http, account, gone, Post("Hello", "post"), Notebook())
