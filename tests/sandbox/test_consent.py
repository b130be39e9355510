"""The sandbox's authorise pages and token endpoints hold to the protocol: codes, PKCE, refresh tokens, registered addresses."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.base import Platform
from postwright.platforms.registry import REGISTRY
from postwright.sandbox.accounts import SCOPES
from tests.connections.conftest import sandbox_url as sandbox_url  # the same server
from tests.connections.desk import SANDBOX_KEY

pytestmark = pytest.mark.anyio
WORKSPACE = "0190a000-0000-7000-8000-00000000a11c"
LOOKER = {"X-Sandbox-Key": SANDBOX_KEY, "X-Sandbox-Workspace": WORKSPACE}
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
REDIRECT = "http://127.0.0.1:8484/accounts/callback/x"
ASKED = {
    "response_type": "code", "client_id": "sandbox-x", "redirect_uri": REDIRECT, "state": "s", "scope": "tweet.read users.read",
    "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip
PAGE, TOKEN = "https://x.com/i/oauth2/authorize", "https://api.x.com/2/oauth2/token"
APP = ("sandbox-x", "sandbox-secret")


@pytest.fixture
async def http(sandbox_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(sandbox_url=sandbox_url) as made:
        yield made


async def code(http: httpx2.AsyncClient, **changed: str) -> str:
    """A code, as the browser brings it."""
    address = f"{PAGE}?{urlencode(ASKED | changed)}"
    shown = (await http.get(address, headers=LOOKER)).json()
    answer = await http.post(address, headers=LOOKER, json={"allow": True, "accounts": [shown["accounts"][0]["id"]]})
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def redeem(http: httpx2.AsyncClient, given: str, app: tuple[str, str] = APP, **changed: str) -> httpx2.Response:
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": REDIRECT, "code_verifier": VERIFIER} | changed
    return await http.post(TOKEN, data=form, auth=app)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"client_id": "another"}, "does not know this app"), ({"client_id": ""}, "does not know this app"),
        ({"redirect_uri": "https://evil.example/accounts/callback/x"}, "not registered"),
        ({"redirect_uri": "http://127.0.0.1:8484/elsewhere"}, "not registered"),
        ({"state": ""}, "required"), ({"code_challenge": ""}, "S256"),
        ({"code_challenge_method": "plain"}, "S256"), ({"response_type": "token"}, "required"),
    ],
)  # fmt: skip
async def test_what_is_not_registered_is_refused_on_the_spot(http: httpx2.AsyncClient, changed: dict[str, str], says: str) -> None:
    answer = await http.get(f"{PAGE}?{urlencode(ASKED | changed)}", headers=LOOKER)
    assert answer.status_code == 400
    assert says in answer.json()["error_description"]


async def test_the_page_is_no_page_for_who_has_no_key(http: httpx2.AsyncClient) -> None:
    address = f"{PAGE}?{urlencode(ASKED)}"
    assert (await http.get(address)).status_code == 401
    assert (await http.post(address, json={"allow": True})).status_code == 401


async def test_a_code_is_given_for_the_state_and_works_once(http: httpx2.AsyncClient) -> None:
    given = await code(http)
    first = await redeem(http, given)
    assert first.status_code == 200
    assert {"access_token", "refresh_token", "expires_in", "scope", "token_type"} == set(first.json())
    token = first.json()["access_token"]
    assert (await http.get("https://api.x.com/2/users/me", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert (await redeem(http, given)).status_code == 400
    # A code that comes twice is taken for stolen: what it gave is taken back.
    assert (await http.get("https://api.x.com/2/users/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401


@pytest.mark.parametrize("changed", [{"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": f"{REDIRECT}/"}])
async def test_a_code_is_bound_to_verifier_and_address(http: httpx2.AsyncClient, changed: dict[str, Any]) -> None:
    assert (await redeem(http, await code(http), **changed)).json()["error"] == "invalid_request"


@pytest.mark.parametrize("app", [("another", "sandbox-secret"), ("sandbox-x", "wrong"), ("", "")])
async def test_only_the_one_app_is_known(http: httpx2.AsyncClient, app: tuple[str, str]) -> None:
    assert (await redeem(http, await code(http), app)).status_code == 401


async def test_a_refresh_token_of_x_works_once(http: httpx2.AsyncClient) -> None:
    pair = (await redeem(http, await code(http))).json()
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    fresh = await http.post(TOKEN, data=form, auth=APP)
    assert fresh.status_code == 200
    assert fresh.json()["refresh_token"] != pair["refresh_token"]
    assert (await http.post(TOKEN, data=form, auth=APP)).json()["error"] == "invalid_request"


async def test_the_fictional_person_has_two_accounts_and_keeps_them(http: httpx2.AsyncClient) -> None:
    address = f"{PAGE}?{urlencode(ASKED)}"
    first, again = [(await http.get(address, headers=LOOKER)).json()["accounts"] for _ in range(2)]
    assert len(first) == 2
    assert first == again


@pytest.mark.parametrize("platform", [each for each in REGISTRY.values() if each.oauth is not None], ids=lambda each: each.slug)
def test_the_fictional_accounts_granted_all_that_we_ask_for(platform: Platform) -> None:
    """Else a newcomer's first posts are told to connect their accounts again."""
    assert platform.oauth is not None
    assert set(platform.oauth.scopes) <= set(SCOPES[platform.slug].replace(",", " ").split())
