"""How each platform's OAuth is asked and what its answers mean, without a platform."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.auth import App, Ask, Authorizes, Renews
from postwright.platforms.errors import PlatformError, ReauthRequired, Rejected, Transient
from postwright.platforms.linkedin.auth import ORGANISATIONS
from postwright.platforms.registry import REGISTRY

pytestmark = pytest.mark.anyio
APP = App("the-app", "the-secret")
ASK = Ask("https://posts.example/accounts/callback/x", "the-state", "v" * 64, "social.example")
WITH_PAGE = {slug: each.oauth for slug, each in REGISTRY.items() if each.oauth}
RENEWED = [slug for slug, each in WITH_PAGE.items() if isinstance(each, Renews) and each.renew_before is not None]
Answer = Callable[[httpx2.Request], httpx2.Response]


def answering(answer: Answer) -> httpx2.AsyncClient:
    return make_client(sandbox_url=None, transport=httpx2.MockTransport(answer))


def says(status: int, body: Any) -> Answer:
    content = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return lambda _: httpx2.Response(status, content=content.encode(), headers={"content-type": kind})


@pytest.mark.parametrize(("slug", "oauth"), WITH_PAGE.items())
def test_the_page_asks_for_what_is_needed_and_carries_no_secret(slug: str, oauth: Authorizes) -> None:
    page = urlsplit(oauth.page(APP, ASK))
    query = {name: values[0] for name, values in parse_qs(page.query).items()}
    assert page.scheme == "https"
    assert APP.client_id in (query.get("client_id"), query.get("client_key"))
    assert (query["state"], query["redirect_uri"], query["response_type"]) == (ASK.state, ASK.redirect_uri, "code")
    assert set(oauth.scopes) <= set(query["scope"].replace(",", " ").split())
    assert ("code_challenge" in query) is oauth.pkce
    assert "the-secret" not in page.query
    assert ASK.verifier not in page.query


@pytest.mark.parametrize(("slug", "oauth"), WITH_PAGE.items())
def test_there_is_no_page_with_an_empty_client_id(slug: str, oauth: Authorizes) -> None:
    with pytest.raises(ValueError, match="client id"):
        oauth.page(App(""), ASK)


@pytest.mark.parametrize("slug", RENEWED)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"error": "invalid_grant"}), (503, "<html>"), (200, "<html>the hotel's network</html>"), (400, {"error": "slow_down"}),
        (404, "<html>"), (403, "<html>blocked</html>"), (302, "<html>moved</html>"), (200, {}), (200, {"access_token": ""}),
    ],
)  # fmt: skip
async def test_what_is_no_definite_no_is_transient(slug: str, status: int, body: Any) -> None:
    account = Account("1", "acme", "social.example")
    async with answering(says(status, body)) as http:
        with pytest.raises(Transient):
            await WITH_PAGE[slug].renew(http, APP, account, Credentials("a", "r"))


GONE = {
    "x": (400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}),
    "linkedin": (400, {"error": "invalid_grant", "error_description": "The provided refresh token is invalid"}),
    "instagram": (400, {"error": {"message": "Session has expired", "type": "OAuthException", "code": 190}}),
    "tiktok": (200, {"error": "invalid_grant", "error_description": "Refresh token is invalid or expired.", "log_id": "1"}),
    "youtube": (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
    "threads": (400, {"error": {"message": "Error validating access token: Session has expired", "type": "OAuthException", "code": 190}}),
}


@pytest.mark.parametrize("slug", RENEWED)
async def test_the_platforms_definite_no_asks_for_a_person(slug: str) -> None:
    status, body = GONE[slug]
    async with answering(says(status, body)) as http:
        with pytest.raises(ReauthRequired):
            await WITH_PAGE[slug].renew(http, APP, Account("1", "acme"), Credentials("a", "r"))


UNKNOWN = {
    "x": (401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}),
    "linkedin": (401, {"error": "invalid_client", "error_description": "Client authentication failed: secret"}),
    "instagram": (400, {"error_type": "OAuthException", "code": 400, "error_message": "Invalid platform app"}),
    "facebook": (400, {"error": {"message": "Error validating client secret.", "type": "OAuthException", "code": 1}}),
    "tiktok": (200, {"error": "invalid_client", "error_description": "Client key or secret is incorrect.", "log_id": "1"}),
    "youtube": (401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}),
}
KNOWN = {
    "x": GONE["x"], "youtube": (400, {"error": "invalid_grant", "error_description": "Malformed auth code."}),
    "linkedin": (400, {"error": "invalid_request", "error_description": "Unable to retrieve access token: authorization code not found"}),
    "instagram": (400, {"error_type": "OAuthException", "code": 400, "error_message": "Invalid authorization code"}),
    "facebook": (200, {"access_token": "the-app|token", "token_type": "bearer"}),
    "tiktok": (200, {"access_token": "clt.x", "expires_in": 7200, "token_type": "Bearer"}),
}  # fmt: skip


@pytest.mark.parametrize("slug", UNKNOWN)
async def test_an_app_is_tried_before_it_is_used(slug: str) -> None:
    async with answering(says(*UNKNOWN[slug])) as http:
        with pytest.raises(Rejected) as refused:
            await WITH_PAGE[slug].try_app(http, APP)
    assert refused.value.field in ("client_id", "client_secret")
    async with answering(says(*KNOWN[slug])) as http:
        await WITH_PAGE[slug].try_app(http, APP)
    async with answering(says(502, "<html>")) as http:
        with pytest.raises(Transient):
            await WITH_PAGE[slug].try_app(http, APP)


async def test_linkedin_tells_the_organisations_that_the_member_may_post_for() -> None:
    app = App("the-app", "the-secret", ORGANISATIONS)
    granted = " ".join((*WITH_PAGE["linkedin"].scopes, *ORGANISATIONS))
    answers = {
        "/oauth/v2/accessToken": {"access_token": "t", "expires_in": 5_184_000, "scope": granted},
        "/v2/userinfo": {"sub": "abc", "name": "Mara Juniper"},
        "/rest/organizationAcls": {"elements": [
            {"organization": "urn:li:organization:7", "role": "ADMINISTRATOR"},
            {"organization": "urn:li:organization:8", "role": "ANALYST"},
        ]},
        "/rest/organizations/7": {"localizedName": "Juniper & Oak", "vanityName": "juniper-oak"},
    }  # fmt: skip

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=answers[request.url.path])

    async with answering(answer) as http:
        member, organisation = await WITH_PAGE["linkedin"].exchange(http, app, ASK, "code")
    assert (member.platform_user_id, member.refresh_token) == ("abc", None)
    assert (organisation.platform_user_id, organisation.handle) == ("urn:li:organization:7", "juniper-oak")
    assert "w_organization_social" in WITH_PAGE["linkedin"].page(app, ASK)


def test_only_a_platform_of_many_servers_registers_apps() -> None:
    assert [slug for slug, each in REGISTRY.items() if each.registers] == ["mastodon"]


async def test_mastodon_registers_an_app_on_the_account_s_own_server() -> None:
    mastodon = REGISTRY["mastodon"].registers
    assert mastodon is not None
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.url} {request.content.decode()}")
        return httpx2.Response(200, json={"client_id": "made", "client_secret": "too"})

    async with answering(answer) as http:
        app = await mastodon.register(http, "social.example", ASK.redirect_uri)
    assert (app.client_id, app.client_secret) == ("made", "too")
    assert asked[0].startswith("https://social.example/api/v1/apps ")
    async with answering(says(404, "<html>no such page</html>")) as http:
        with pytest.raises(PlatformError):
            await mastodon.register(http, "blog.example", ASK.redirect_uri)


def test_secrets_are_in_no_text_of_ours() -> None:
    assert "the-secret" not in repr(APP)
    assert "r-token" not in repr(Credentials("a-token", "r-token"))


def _token(claims: str) -> str:
    return f"e30.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    ("claims", "lives"),
    [
        ('{"exp": 7300, "iat": 100}', 7200), ('{"exp": 1e999, "iat": 0}', None), ('{"exp": NaN, "iat": 0}', None),
        ('{"exp": 1e18, "iat": 0}', None), (f'{{"exp": 1{"0" * 400}, "iat": 0.5}}', None), ('{"exp": 0, "iat": 9}', None),
        ("[" * 100_000, None), ('{"exp": "soon"}', None),
    ],
)  # fmt: skip
async def test_a_session_that_lives_for_ever_is_no_error(claims: str, lives: int | None) -> None:
    keys = REGISTRY["bluesky"].keys
    assert isinstance(keys, Renews)
    async with answering(says(200, {"accessJwt": _token(claims), "refreshJwt": _token(claims)})) as http:
        renewed = await keys.renew(http, App(""), Account("did:plc:a", "a.example", "pds.example"), Credentials("a", "r"))
    assert (renewed.expires_in, renewed.refresh_expires_in) == (lives, lives)


@pytest.mark.parametrize(("told", "lives"), [(7200, 7200), ("7200", 7200), ("9" * 400, None), ("²", None), (10**400, None), (1e18, None)])
async def test_a_lifetime_that_none_has_is_none(told: object, lives: int | None) -> None:
    x = REGISTRY["x"].oauth
    assert isinstance(x, Renews)
    async with answering(says(200, {"access_token": "a", "refresh_token": "r", "expires_in": told})) as http:
        assert (await x.renew(http, APP, Account("1", "a"), Credentials("a", "r"))).expires_in == lives
