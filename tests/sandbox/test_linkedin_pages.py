"""A company page on LinkedIn: an organization as author, with our adapter over real sockets."""

from __future__ import annotations

import uuid

import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.sandbox.accounts import issue
from postwright.sandbox.ledger import Ledger
from postwright.sandbox.media import MediaStore
from postwright.sandbox.records import Account as SandboxAccount
from postwright.sandbox.world import World
from tests.platforms.conftest import Notebook
from tests.sandbox.conftest import KEY, Sandbox

LINKEDIN = REGISTRY["linkedin"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def page(sandbox: Sandbox) -> tuple[Account, Credentials]:
    """A page that its administrator connected: it stands in the sandbox's ledger with a token of its own."""
    urn, now = f"urn:li:organization:{uuid.uuid4().int % 10**8}", sandbox.clock()
    ledger = Ledger(sandbox.ledger)
    world = World(ledger, MediaStore(sandbox.ledger.with_name("pages.media"), ledger, sandbox.clock), KEY, sandbox.clock)
    owner = SandboxAccount(urn, str(uuid.uuid4()), "linkedin", urn[-8:], "Juniper & Oak", None, 4_000, now - 90 * 86_400, {})
    ledger.add_account(owner)
    access, _ = issue(world, owner, 7_200)
    ledger.close()
    return Account(urn, "Juniper & Oak"), Credentials(access.token)


@pytest.mark.anyio
async def test_a_page_posts_is_measured_comments_and_deletes(sandbox: Sandbox, page: tuple[Account, Credentials]) -> None:
    account, credentials = page
    assert LINKEDIN.audience
    assert LINKEDIN.comment
    assert LINKEDIN.find_comment
    assert LINKEDIN.delete
    async with make_client(sandbox_url=str(sandbox.http.base_url).rstrip("/")) as http:
        post = Post("A slow morning", "post", options={"visibility": "CONNECTIONS"})
        receipt = await LINKEDIN.adapter.publish(http, account, credentials, post, Notebook())
        shown = sandbox.shown("linkedin", receipt.remote_id)
        assert (shown["account"]["platform_user_id"], shown["extra"]["visibility"]) == (account.platform_user_id, "PUBLIC")
        sandbox.clock.pass_(3_600)
        figures = await LINKEDIN.adapter.measure(http, account, credentials, receipt.remote_id)
        assert figures["impressions"] > figures["likes"]
        assert (await LINKEDIN.audience(http, account, credentials))["followers"] >= 4_000
        made = await LINKEDIN.comment(http, account, credentials, receipt.remote_id, "More inside")
        assert await LINKEDIN.find_comment(http, account, credentials, receipt.remote_id, "More inside") == made
        await LINKEDIN.delete(http, account, credentials, receipt.remote_id)
    assert sandbox.admin("GET", f"/posts/linkedin/{receipt.remote_id}").status_code == 404


def test_a_page_is_seen_by_all(sandbox: Sandbox, page: tuple[Account, Credentials]) -> None:
    account, credentials = page
    body = {
        "author": account.platform_user_id, "commentary": "Hello", "visibility": "CONNECTIONS", "lifecycleState": "PUBLISHED",
        "distribution": {"feedDistribution": "MAIN_FEED"},
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {credentials.access_token}", "LinkedIn-Version": "202610"}
    refused = sandbox.http.post("/api.linkedin.com/rest/posts", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "FIELD_INVALID")
