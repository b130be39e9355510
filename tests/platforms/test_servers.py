"""A Mastodon server's own limits: read, kept as they are told, and used by check and counter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from postwright.platforms.account import Account, Credentials
from postwright.platforms.mastodon.limits import RULES
from postwright.platforms.offers import Known
from postwright.platforms.post import Post
from postwright.platforms.registry import REGISTRY
from postwright.studio.checking import check_with
from postwright.studio.models import Variant
from postwright.studio.options import of_accounts
from tests.platforms.conftest import Sandbox
from tests.platforms.test_limits import IMAGE, VIDEO

MASTODON = REGISTRY["mastodon"]
LARGE = {
    "server": {
        "max_characters": 5000, "max_media": 16, "link": 10, "image_bytes": 1000, "image_pixels": 100, "alt_text": 5,
        "mime_types": ["image/png"],
    }
}  # fmt: skip
ACCOUNT = Account("1", "ada@pleroma.example", "pleroma.example")


async def _read(routes: dict[str, Any]) -> dict[str, Any]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        found = routes.get(request.url.path)
        return httpx2.Response(404, json={"error": "Not found"}) if found is None else httpx2.Response(200, json=found)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        assert MASTODON.server is not None
        return dict(await MASTODON.server(http, ACCOUNT, Credentials("token")))


@pytest.mark.anyio
async def test_the_sandbox_tells_what_mastodon_takes(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = next(iter(sandbox.accounts("mastodon").values()))
    assert MASTODON.server is not None
    told = await MASTODON.server(http, account, credentials)
    assert (told["max_characters"], told["max_media"], told["link"], told["alt_text"]) == (500, 4, 23, 1500)
    assert "image/png" in told["mime_types"]


@pytest.mark.anyio
async def test_pleroma_tells_by_the_older_address_and_nonsense_is_passed_over() -> None:
    assert await _read({"/api/v1/instance": {"max_toot_chars": 5000}}) == {"max_characters": 5000}
    odd = {
        "configuration": {"statuses": {"max_characters": -1, "max_media_attachments": True}, "media_attachments": {"image_size_limit": "9"}}
    }
    assert await _read({"/api/v2/instance": odd}) == {}


def test_a_server_of_5000_characters_takes_them() -> None:
    text = "a" * 4000
    assert [each.rule for each in MASTODON.findings(Post(text, "post"), {})] == ["length"]
    assert MASTODON.findings(Post(text, "post"), LARGE) == []
    (measure,) = check_with(Variant(text), "mastodon", (), Known(LARGE)).measures
    assert (measure.limit, measure.remaining, measure.overflow_at) == (5000, 1000, None)
    assert MASTODON.rules_for("post", LARGE).count("see https://example.com/a/long/address") == 4 + 10


def test_what_one_server_does_not_take_is_found() -> None:
    found = {each.rule: each for each in MASTODON.findings(Post("Hi", "post", media=(replace(IMAGE, alt="a longer text"),)), LARGE)}
    assert {"mime_type", "size", "pixels", "alt_length"} <= set(found)
    assert (found["size"].limit, found["alt_length"].limit, found["pixels"].limit) == (1000, 5, 100)
    assert "entities/Instance" in (found["size"].source or "")
    assert MASTODON.findings(Post("Hi", "post", media=(VIDEO,)), {}) == []
    assert MASTODON.rules_for("post", {"server": "nonsense"}) is RULES


def test_a_text_for_several_servers_keeps_to_the_strictest() -> None:
    known = of_accounts([Known(LARGE), Known({"server": {"max_characters": 700, "mime_types": ["image/png", "image/gif"]}})])
    assert (known.profile["server"]["max_characters"], known.profile["server"]["mime_types"]) == (700, ["image/png"])
