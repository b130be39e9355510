"""Threads: sign-in, replies, options, what its containers prove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import App, Ask
from postwright.platforms.errors import OutcomeUnknown, QuotaExhausted, ReauthRequired, Rejected, Transient
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.threads.answers import API, caller
from postwright.platforms.threads.auth import THREADS_LOGIN
from postwright.platforms.threads.limits import RULES
from tests.platforms.conftest import KEY, WORKSPACE, Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
THREADS = REGISTRY["threads"]
APP = App("sandbox-threads", "sandbox-secret")
ASK = Ask("http://127.0.0.1:8484/accounts/callback/threads", "state-1", "verifier-1")
LOOKER = {"X-Sandbox-Key": KEY, "X-Sandbox-Workspace": WORKSPACE}
NOW = datetime.now(UTC)


async def _allow(http: httpx2.AsyncClient, account: Account, *, allow: bool = True) -> dict[str, list[str]]:
    """Walks to the page and clicks; what the page takes back in the address."""
    page = THREADS_LOGIN.page(APP, ASK)
    shown = (await http.get(page, headers=LOOKER)).json()
    assert (shown["name"], "threads_content_publish" in shown["scopes"]) == ("Threads", True)
    assert account.handle in {each["handle"] for each in shown["accounts"]}
    back = await http.post(page, headers=LOOKER, json={"allow": allow, "accounts": [account.platform_user_id]})
    assert back.headers["location"].startswith(ASK.redirect_uri)
    return parse_qs(urlsplit(back.headers["location"]).query)


async def test_a_person_allows_it_and_the_token_lives_60_days(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, _ = sandbox.accounts("threads")["threads"]
    back = await _allow(http, account)
    assert back["state"] == [ASK.state]
    (grant,) = await THREADS_LOGIN.exchange(http, APP, ASK, back["code"][0])
    assert (grant.platform_user_id, grant.handle, grant.expires_in) == (account.platform_user_id, account.handle, 5_184_000)
    renewed = await THREADS_LOGIN.renew(http, APP, account, Credentials(grant.access_token))
    assert renewed.credentials.access_token != grant.access_token
    assert renewed.expires_in == 5_184_000
    receipt = await THREADS.adapter.publish(http, account, renewed.credentials, Post(f"Signed in {NOW}", "post"), Notebook())
    assert receipt.url.startswith("https://www.threads.net/@")


async def test_a_code_is_spent_once_and_a_refusal_brings_none(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, _ = sandbox.accounts("threads")["threads"]
    code = (await _allow(http, account))["code"][0]
    await THREADS_LOGIN.exchange(http, APP, ASK, code)
    with pytest.raises(ReauthRequired):
        await THREADS_LOGIN.exchange(http, APP, ASK, code)
    refused = await _allow(http, account, allow=False)
    assert refused["error"] == ["access_denied"]
    assert "code" not in refused


async def test_a_broken_network_disconnects_nobody(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]

    def slow(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("slow")

    for transport in (httpx2.MockTransport(slow), httpx2.MockTransport(lambda _: httpx2.Response(401, text="<html>Sign in</html>"))):
        async with make_client(sandbox_url=None, transport=transport) as broken:
            with pytest.raises(Transient):
                await THREADS_LOGIN.renew(broken, APP, account, credentials)
    with pytest.raises(ReauthRequired):
        await THREADS_LOGIN.renew(http, APP, account, Credentials("no-token"))


@pytest.mark.parametrize(
    ("app", "field"), [(App("nobody", "sandbox-secret"), "client_id"), (App("sandbox-threads", "wrong"), "client_secret")]
)
async def test_an_app_that_is_unknown_is_told_apart(app: App, field: str, http: httpx2.AsyncClient) -> None:
    await THREADS_LOGIN.try_app(http, APP)
    with pytest.raises(Rejected) as refused:
        await THREADS_LOGIN.try_app(http, app)
    assert refused.value.field == field


async def test_a_first_comment_is_a_reply_and_is_found(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]
    receipt = await THREADS.adapter.publish(http, account, credentials, Post(f"A post {NOW}", "post"), Notebook())
    assert THREADS.comment is not None
    assert THREADS.find_comment is not None
    assert await THREADS.find_comment(http, account, credentials, receipt.remote_id, "The link") is None
    comment = await THREADS.comment(http, account, credentials, receipt.remote_id, "The link")
    assert await THREADS.find_comment(http, account, credentials, receipt.remote_id, "The link") == comment
    assert [part["text"] for part in sandbox.posts("threads")[0]["parts"]] == [f"A post {NOW}", "The link"]


async def test_options_reach_the_post(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]
    post = Post(f"Who may reply? {NOW}", "post", options={"reply_control": "mentioned_only", "topic_tag": "Slow mail"})
    assert [*THREADS.check(post), *check_options(post, THREADS)] == []
    await THREADS.adapter.publish(http, account, credentials, post, Notebook())
    extra = sandbox.posts("threads")[0]["extra"]
    assert (extra["reply_control"], extra["topic_tag"]) == ("mentioned_only", "Slow mail")


def test_options_are_checked() -> None:
    post = Post("Hello", "post", options={"topic_tag": f"{'a' * 50}.", "reply_control": "nobody"})
    found = [*THREADS.check(post), *check_options(post, THREADS)]
    assert [(finding.field, finding.rule) for finding in found] == [
        ("options.topic_tag", "characters"), ("options.reply_control", "option_choice"), ("options.topic_tag", "option_length"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("é", 1), ("漢字", 2), ("🎉", 4), ("👨‍👩‍👧", 18), ("a ❤️", 8), ("1 < 2", 5)])
def test_an_emoji_counts_its_bytes(text: str, length: int) -> None:
    assert RULES.count(text) == length


async def test_a_medium_that_cannot_be_fetched_is_named(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]
    medium = replace(shelf.image(), url=f"{shelf.base}/missing.jpg")
    with pytest.raises(Rejected) as refused:
        await THREADS.adapter.publish(http, account, credentials, Post("Hello", "image", media=(medium,)), Notebook())
    assert (refused.value.field, refused.value.rule) == ("media", "fetch")


async def test_a_container_nobody_published_proves_absence_even_of_a_silent_post(shelf: Shelf) -> None:
    post, remote = Post("", "image", media=(shelf.image(),)), {"container_0": "c1"}
    assert await _find(post, {"status": "FINISHED"}, remote) is None
    with pytest.raises(OutcomeUnknown):
        await _find(post, {"status": "PUBLISHED", "data": []}, remote)


async def test_published_but_not_listed_yet_is_unknown() -> None:
    with pytest.raises(OutcomeUnknown, match="does not list it"):
        await _find(Post("Hello", "post"), {"status": "PUBLISHED", "data": []}, {"container_0": "c1"})
    assert await _find(Post("Hello", "post"), {"data": []}, {}) is None


async def _find(post: Post, told: Any, remote: dict[str, Any]) -> Any:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=told))
    async with make_client(sandbox_url=None, transport=transport) as http:
        return await THREADS.adapter.find(http, Account("42", "alice"), Credentials("token"), post, remote, NOW)


async def test_a_thread_whose_first_part_landed_unheard_goes_on_after_it(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]
    post = Post("", "thread", parts=(f"one {NOW}", f"two {NOW}"))

    class Forgetful(Notebook):
        async def keep(self, **remote_ids: object) -> None:
            if "part_0" in remote_ids:
                raise RuntimeError("the process was killed here")
            await super().keep(**remote_ids)

    book = Forgetful()
    with pytest.raises(RuntimeError):
        await THREADS.adapter.publish(http, account, credentials, post, book)
    assert await THREADS.adapter.find(http, account, credentials, post, book.remote, NOW) is None
    before = len(sandbox.posts("threads"))
    receipt = await THREADS.adapter.publish(http, account, credentials, post, Notebook(dict(book.remote)))
    shown = sandbox.posts("threads")
    assert (len(shown), shown[0]["remote_id"]) == (before, receipt.remote_id)
    assert [part["text"] for part in shown[0]["parts"]] == list(post.parts)


async def test_deleting_twice_is_fine(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]
    receipt = await THREADS.adapter.publish(http, account, credentials, Post(f"Soon gone {NOW}", "post"), Notebook())
    assert THREADS.delete is not None
    await THREADS.delete(http, account, credentials, receipt.remote_id)
    assert receipt.remote_id not in {post["remote_id"] for post in sandbox.posts("threads")}
    await THREADS.delete(http, account, credentials, receipt.remote_id)
    assert THREADS.audience is not None
    assert (await THREADS.audience(http, account, credentials))["followers"] > 0


async def test_threads_tells_its_own_count_of_the_day(http: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]
    assert THREADS.quota is not None
    told = await THREADS.quota(http, account, credentials)
    assert (told.used, told.seconds) == (0, 86_400)
    assert told.limit > told.used


@pytest.mark.parametrize("slug", ["instagram", "threads"])
@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"data": [{"quota_usage": "3"}]}, {"data": [{"quota_usage": 3, "config": {"quota_total": 0}}]}]
)
async def test_a_quota_without_numbers_is_none(slug: str, body: dict[str, Any]) -> None:
    ask = REGISTRY[slug].quota
    assert ask is not None
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=body))
    async with make_client(sandbox_url=None, transport=transport) as http:
        with pytest.raises(Transient):
            await ask(http, Account("1", "alice"), Credentials("token"))


@pytest.mark.parametrize("slug", ["instagram", "threads"])
async def test_a_quota_is_read_as_meta_documents_it(slug: str) -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"data": [{"quota_usage": 2, "config": {"quota_total": 50, "quota_duration": 86400}}]})

    ask = REGISTRY[slug].quota
    assert ask is not None
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answer)) as http:
        told = await ask(http, Account("1", "alice"), Credentials("token"))
    assert (told.used, told.limit, told.seconds, told.budget) == (2, 50, 86_400, "posts_per_day")
    assert told.source.startswith("https://developers.facebook.com/")
    assert seen[0].url.path.endswith({"instagram": "/1/content_publishing_limit", "threads": "/1/threads_publishing_limit"}[slug])
    assert seen[0].url.params["fields"] == "quota_usage,config"


@pytest.mark.parametrize(("used", "goes"), [(998, True), (999, False), (1000, False)])
async def test_a_thread_that_the_day_s_replies_do_not_suffice_for_is_not_begun(used: int, goes: bool) -> None:
    sent: list[str] = []
    post = Post("one", "thread", parts=("one", "two", "three"))
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(_with_replies(used, sent))) as http:
        if goes:
            await REGISTRY["threads"].adapter.publish(http, Account("1", "alice"), Credentials("token"), post, Notebook())
        else:
            with pytest.raises(QuotaExhausted, match="1000 replies") as full:
                await REGISTRY["threads"].adapter.publish(http, Account("1", "alice"), Credentials("token"), post, Notebook())
            assert full.value.wait == 3600
    assert len(sent) == (3 if goes else 0)


@pytest.mark.parametrize(("used", "goes"), [(999, True), (1000, False), (None, True)])
async def test_a_first_comment_waits_for_room_among_the_replies(used: int | None, goes: bool) -> None:
    """Where Threads does not tell how many it counted, nobody is stopped."""
    sent: list[str] = []
    comment = REGISTRY["threads"].comment
    assert comment is not None
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(_with_replies(used, sent))) as http:
        if goes:
            await comment(http, Account("1", "alice"), Credentials("token"), "7", "More")
        else:
            with pytest.raises(QuotaExhausted):
                await comment(http, Account("1", "alice"), Credentials("token"), "7", "More")
    assert len(sent) == (1 if goes else 0)


async def test_the_sandbox_counts_replies_apart(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("threads")["threads"]
    told = await caller(http, credentials).call(
        "GET", f"{API}/{account.platform_user_id}/threads_publishing_limit", params={"fields": "reply_quota_usage,reply_config"}
    )
    assert told.get("data", 0, "reply_config", "quota_duration") == 86_400
    assert "quota_usage" not in told.get("data", 0)


def _with_replies(used: int | None, sent: list[str]) -> Callable[[httpx2.Request], httpx2.Response]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path.endswith("/threads_publishing_limit"):
            assert request.url.params["fields"] == "reply_quota_usage,reply_config"
            counted = {"reply_quota_usage": used, "reply_config": {"quota_total": 1000, "quota_duration": 86400}}
            return httpx2.Response(200, json={"data": [counted] if used is not None else []})
        if path.endswith("/threads_publish"):
            sent.append(path)
        return httpx2.Response(200, json={"id": str(len(sent) + 1), "status": "FINISHED", "permalink": "https://www.threads.net/t/1"})

    return answer
