"""The webhook: signed as Standard Webhooks has it, delivered under one id however often."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import PlatformError, QuotaExhausted, ReauthRequired, Rejected, Transient
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.webhook.signing import read_secret, signed_headers
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
WEBHOOK = REGISTRY["webhook"]
KEY = b"a secret of twenty-four!"
TOKEN = Credentials(f"whsec_{base64.b64encode(KEY).decode()} https://hooks.example.com/posts?k=1")
ACCOUNT = Account("a1", "hooks.example.com", "hooks.example.com")


async def _deliver(answer: httpx2.Response | Exception, book: Notebook | None = None) -> tuple[list[httpx2.Request], PlatformError | None]:
    seen: list[httpx2.Request] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(respond)) as http:
        try:
            await WEBHOOK.adapter.publish(http, ACCOUNT, TOKEN, Post("Hello 🎉", "post", hashtags=("a",)), book or Notebook())
        except PlatformError as wrong:
            return seen, wrong
    return seen, None


async def test_the_signature_is_of_standard_webhooks() -> None:
    book = Notebook()
    (request,), wrong = await _deliver(httpx2.Response(200, json={}), book)
    assert wrong is None
    assert str(request.url) == "https://hooks.example.com/posts?k=1"
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.content
    wanted = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{wanted}"
    assert request.headers["webhook-id"] == book.remote["webhook_id"]
    assert abs(int(request.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    told = json.loads(request.content)
    assert (told["type"], told["data"]["text"], told["data"]["id"]) == ("post.publish", "Hello 🎉\n\n#a", book.remote["webhook_id"])


def test_the_example_of_the_specification() -> None:
    """The vector that the specification and its libraries publish."""
    key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    headers = signed_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_retry_carries_the_same_id_and_body() -> None:
    book = Notebook()
    first, wrong = await _deliver(httpx2.ReadTimeout("slow"), book)
    assert isinstance(wrong, Transient)
    again, wrong = await _deliver(httpx2.Response(204), Notebook(dict(book.remote)))
    assert wrong is None
    assert first[0].headers["webhook-id"] == again[0].headers["webhook-id"]
    assert first[0].content == again[0].content


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx2.ReadTimeout("slow"), Transient), (httpx2.ReadError("reset"), Transient), (httpx2.ConnectError("refused"), Transient),
        (httpx2.Response(500), Transient), (httpx2.Response(502, text="<html>"), Transient), (httpx2.Response(409), Transient),
        (httpx2.Response(429, headers={"retry-after": "9"}), QuotaExhausted), (httpx2.Response(401), ReauthRequired),
        (httpx2.Response(410), ReauthRequired), (httpx2.Response(404, text="nothing"), Rejected),
        (httpx2.Response(302, headers={"location": "https://10.0.0.1/"}), Rejected), (httpx2.Response(422, json={"x": 1}), Rejected),
    ],
)  # fmt: skip
async def test_what_an_answer_means(answer: httpx2.Response | Exception, expected: type[PlatformError]) -> None:
    """No doubt is left: the id makes a second delivery harmless."""
    _, wrong = await _deliver(answer)
    assert type(wrong) is expected
    assert "whsec_" not in f"{wrong} {wrong.detail}"


async def test_a_delivery_that_landed_is_taken_once(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("webhook")["webhook"]
    book, post = Notebook(), Post(f"Once {uuid4().hex}", "post", title="T", media=(shelf.image(alt="A frame"),))
    receipt = await WEBHOOK.adapter.publish(http, account, credentials, post, book)
    before = len(sandbox.posts("webhook"))
    found = await WEBHOOK.adapter.find(http, account, credentials, post, book.remote, datetime.now(UTC))
    again = await WEBHOOK.adapter.publish(http, account, credentials, post, Notebook(dict(book.remote)))
    assert found == again == receipt
    shown = sandbox.posts("webhook")
    assert len(shown) == before
    assert (shown[0]["title"], shown[0]["media"][0]["alt"]) == ("T", "A frame")
    assert WEBHOOK.delete is not None
    await WEBHOOK.delete(http, account, credentials, receipt.remote_id)
    assert len(sandbox.posts("webhook")) == before - 1


async def test_connecting_names_what_is_wrong(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    _, credentials = sandbox.accounts("webhook")["webhook"]
    secret, _, address = credentials.access_token.partition(" ")
    assert WEBHOOK.keys is not None
    (grant,) = await WEBHOOK.keys.connect(http, {"address": address, "secret": secret})
    assert grant.access_token == credentials.access_token
    assert address.rsplit("/", 1)[1] not in f"{grant.handle} {grant.platform_user_id} {grant.profile}"
    for given, field in (
        ({"address": address, "secret": "whsec_c2hvcnQ="}, "secret"),
        ({"address": address, "secret": "plain words"}, "secret"),
        ({"address": address, "secret": "whsec_" + "YWFh" * 10}, "secret"),
        ({"address": "http://hooks.example/x", "secret": secret}, "address"),
        ({"address": "https://hooks.example/no/such/place", "secret": secret}, "address"),
    ):
        with pytest.raises(Rejected) as refused:
            await WEBHOOK.keys.connect(http, given)
        assert refused.value.field == field
