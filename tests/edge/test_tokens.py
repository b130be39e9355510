"""Tokens of an issuer that the operator named, over a real socket: who gets in, who does not, and who is not hammered."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from fastapi import FastAPI
from jwt.algorithms import RSAAlgorithm
from tests.cast import Cast
from tests.edge.issuer import AUDIENCE, Issuer, make_pair, running
from tests.edge.small import client_of, small_app

from postwright.db.session import Pool
from postwright.edge.access import PERSON, READ, needs
from postwright.edge.context import Signed
from postwright.edge.routes import api_router
from postwright.edge.tokens import Issuer as Verifier

pytestmark = pytest.mark.anyio

router = api_router()


@router.get("/test/me")
@needs(READ)
async def me(ctx: Signed) -> dict[str, str | None]:
    who = ctx.caller
    return {"id": str(who.user_id), "email": who.email, "name": who.name, "workspace": str(who.workspace.id), "role": who.role}


@router.post("/test/session")
@needs(PERSON)
async def session(ctx: Signed) -> str:
    return str(ctx.caller.session)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with running() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(issuer: Issuer, clock: Clock, api_pool: Pool, tmp_path: Path) -> FastAPI:
    made = small_app(api_pool, tmp_path, router, POSTWRIGHT_OIDC_ISSUER=issuer.url, POSTWRIGHT_OIDC_AUDIENCE=AUDIENCE)
    made.state.postwright = replace(made.state.postwright, clock=clock)
    return made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
def linked(owner_db, cast: Cast) -> Cast:
    """Alice is the subject `user|1`."""
    owner_db.execute("update users set external_id = 'user|1' where id = %s", [cast.alice.id])
    return cast


async def ask(http: httpx2.AsyncClient, token: str, method: str = "GET", path: str = "/api/v1/test/me", **headers: str) -> httpx2.Response:
    return await http.request(method, path, headers={"Authorization": f"Bearer {token}"} | headers)


def now_of(clock: Clock) -> float:
    return clock.now.timestamp()


async def test_a_subject_is_its_user(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast):
    token = issuer.token(now_of(clock))
    mine = await ask(http, token)
    assert (mine.status_code, mine.json()["email"], mine.json()["workspace"]) == (200, "alice@example.com", str(linked.alice.personal))
    there = await ask(http, token, **{"X-Workspace": str(linked.workspace)})
    assert (there.json()["workspace"], there.json()["role"]) == (str(linked.workspace), "owner")
    assert (await ask(http, token, **{"X-Workspace": str(linked.elsewhere)})).status_code == 404
    assert issuer.visits == {"discovery": 1, "keys": 1}
    assert "ratelimit-limit" not in mine.headers
    refused = await ask(http, token, "POST", "/api/v1/test/session")
    assert (refused.status_code, refused.json()["rule"]) == (403, "person")
    assert "session" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 200),
        ({"aud": [AUDIENCE, "other"]}, 200),
        ({"aud": "other"}, 401),
        ({"aud": ["other"]}, 401),
        ({"aud": None}, 401),
        ({"aud": {AUDIENCE: 1}}, 401),
        ({"iss": "https://evil.example"}, 401),
        ({"iss": None}, 401),
        ({"sub": None}, 401),
        ({"sub": ""}, 401),
        ({"sub": "a\x00b"}, 401),
        ({"sub": "x" * 256}, 401),
        ({"sub": "postwright:operator"}, 401),
        ({"exp": None}, 401),
        ({"iat": None}, 200),
    ],
)
async def test_its_claims(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, claims: dict[str, Any], status: int):
    answer = await ask(http, issuer.token(now_of(clock), **claims))
    assert answer.status_code == status, answer.text
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("name", "seconds", "status"),
    [("exp", -59, 200), ("exp", -61, 401), ("nbf", 59, 200), ("nbf", 61, 401), ("iat", 59, 200), ("iat", 61, 401)],
)
async def test_clocks_may_differ_by_a_minute(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, name: str, seconds: int, status: int
):
    answer = await ask(http, issuer.token(now_of(clock), **{name: now_of(clock) + seconds}))
    assert answer.status_code == status
    if name == "exp" and status == 401:
        assert answer.json()["rule"] == "token_expired"


@pytest.mark.parametrize("value", ["soon", True, None, [], float("nan")])
async def test_an_end_is_a_number(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, value: object):
    token = _signed(issuer, issuer.claims(now_of(clock)) | {"exp": value})
    assert (await ask(http, token)).status_code == 401


@pytest.mark.parametrize(
    ("kind", "algorithm", "status"),
    [
        ("rsa", "RS256", 200), ("rsa", "RS512", 200), ("rsa", "PS256", 200), ("p256", "ES256", 200), ("p384", "ES384", 200),
        ("ed25519", "EdDSA", 200), ("small", "RS256", 401),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # we sign with a short key to see it refused
async def test_asymmetric_algorithms(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, kind: str, algorithm: str, status: int
):
    issuer.keys = [make_pair("one", kind)]
    assert (await ask(http, issuer.token(now_of(clock), algorithm=algorithm))).status_code == status


@pytest.mark.parametrize("more", [{"use": "enc"}, {"key_ops": ["sign"]}, {"alg": "RS512"}, {"alg": "HS256"}, {"kty": "oct"}, {"n": "!!"}])
async def test_a_key_signs_only_what_it_is_for(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, more: dict[str, Any]):
    issuer.keys = [make_pair("one", **more)]
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 401


async def test_no_algorithm_and_no_shared_secret(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast):
    claims = issuer.claims(now_of(clock))
    public = issuer.keys[0].private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    secrets = [pem, pem.strip(), json.dumps(issuer.keys[0].jwk).encode(), b""]
    forged = [_token({"alg": alg}, claims, lambda _: b"") for alg in ("none", "None", "nOnE", "")]
    forged += [_token({"alg": "HS256", "kid": "first"}, claims, lambda body, s=s: hmac.digest(s, body, hashlib.sha256)) for s in secrets]
    forged += [_token({"alg": "RS256", "kid": "first"}, claims, lambda _: b"") for _ in range(1)]
    forged += [_token({"alg": ["RS256"], "kid": "first"}, claims, lambda _: b"x"), _token({"kid": "first"}, claims, lambda _: b"x")]
    good = issuer.token(now_of(clock))
    head, body, signature = good.split(".")
    forged += [
        f"{head}.{_part(claims | {'sub': 'user|2'})}.{signature}",
        f"{head}.{body}.",
        f"{head}..{signature}",
        "..",
        f"{head}.{body}.é",
    ]
    for token in forged:
        refused = await http.get("/api/v1/test/me", headers={"Authorization": f"Bearer {token}".encode()})
        assert refused.status_code == 401, token
    assert (await ask(http, good)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"typ": "logout+jwt"}, {"typ": 7}, {"typ": []}, {"crit": ["exp"]}, {"kid": 7}, {"jku": "http://evil.example", "kid": "other"}],
)
async def test_other_kinds_of_tokens(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, headers: dict[str, Any]):
    token = _signed(issuer, issuer.claims(now_of(clock)), headers)
    assert (await ask(http, token)).status_code == 401


async def test_a_key_of_mallory_s_own_is_worth_nothing(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast):
    stolen_name = make_pair("first", "p256")
    with_own_key = issuer.token(now_of(clock), stolen_name, "ES256", {"jwk": stolen_name.jwk})
    assert (await ask(http, with_own_key)).status_code == 401


@pytest.mark.parametrize("token", ["x" * 9000 + ".y.z", "a." + "b" * 60_000 + ".c", "." * 2, "a.b.c", "e30.e30.", ("W" * 4000) + ".W.W"])
async def test_nonsense_of_any_size(http: httpx2.AsyncClient, issuer: Issuer, linked: Cast, token: str):
    assert (await ask(http, token)).status_code == 401
    assert issuer.visits == {}


async def test_deep_nesting_is_no_crash(http: httpx2.AsyncClient, issuer: Issuer, linked: Cast):
    deep = base64.urlsafe_b64encode(b"[" * 5000).rstrip(b"=").decode()
    assert (await ask(http, f"{deep}.e30.x")).status_code == 401


async def test_rotated_keys_are_found(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast):
    old = issuer.token(now_of(clock))
    assert (await ask(http, old)).status_code == 200
    issuer.keys = [make_pair("second", "p256")]
    fresh = issuer.token(now_of(clock), algorithm="ES256")
    assert (await ask(http, fresh)).status_code == 401  # asked a moment ago
    clock.advance(seconds=31)
    assert (await ask(http, fresh)).status_code == 200
    assert (await ask(http, old)).status_code == 401
    assert issuer.visits["keys"] == 2


async def test_unknown_keys_make_nobody_hammer_the_issuer(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast):
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 200
    clock.advance(seconds=31)
    unknown = [issuer.token(now_of(clock), headers={"kid": f"k{n}"}) for n in range(50)]
    answers = await asyncio.gather(*(ask(http, each) for each in unknown))
    assert {each.status_code for each in answers} == {401}
    assert issuer.visits == {"discovery": 2, "keys": 2}
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 200


async def test_first_visitors_at_once_ask_once(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast):
    answers = await asyncio.gather(*(ask(http, issuer.token(now_of(clock))) for _ in range(10)))
    assert {each.status_code for each in answers} == {200}
    assert issuer.visits == {"discovery": 1, "keys": 1}


@pytest.mark.parametrize(
    ("told", "minutes", "visits"), [(None, 59, 1), (None, 61, 2), (1, 4, 1), (1, 6, 2), (10**9 - 1, 23 * 60, 1), (10**9 - 1, 25 * 60, 2)]
)
async def test_keys_are_kept_as_long_as_is_told_within_bounds(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, told: int | None, minutes: int, visits: int
):
    issuer.max_age = told
    await ask(http, issuer.token(now_of(clock)))
    clock.advance(minutes=minutes)
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 200
    assert (issuer.visits["keys"], issuer.conditional) == (visits, visits - 1)


async def test_without_its_issuer_the_server_says_so_and_serves_on_with_keys_it_knows(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast
):
    issuer.broken = True
    down = await ask(http, issuer.token(now_of(clock)))
    assert (down.status_code, down.json()["rule"]) == (503, "issuer")
    assert int(down.headers["retry-after"]) > 0
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 503
    assert issuer.visits == {"discovery": 1}
    issuer.broken = False
    clock.advance(seconds=6)
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 200
    issuer.broken = True
    clock.advance(hours=5)
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 200
    assert (await ask(http, issuer.token(now_of(clock), make_pair("new", "p256"), "ES256"))).status_code == 503
    clock.advance(hours=24)
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 503


async def test_nobody_listens(clock: Clock, app: FastAPI, http: httpx2.AsyncClient, issuer: Issuer, cast: Cast):
    settings = replace(app.state.postwright.settings, oidc_issuer="http://127.0.0.1:9")
    app.state.postwright = replace(app.state.postwright, settings=settings)
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 503


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"keys": 7}', b"{" * 20_000, b"[" * 20_000, b'{"keys": [7, {}, {"kty": []}]}', b" " * 600_000]
)
async def test_an_issuer_that_answers_nonsense(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, raw: bytes):
    issuer.raw = raw
    assert (await ask(http, issuer.token(now_of(clock)))).status_code in {401, 503}


@pytest.mark.parametrize(
    ("claimed", "jwks_uri"), [("https://evil.example", None), (None, "file:///etc/passwd"), (None, "//evil.example/keys")]
)
async def test_a_discovery_document_of_somebody_else(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, claimed: str | None, jwks_uri: str | None
):
    issuer.claimed, issuer.jwks_uri = claimed, jwks_uri
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 503


async def test_an_issuer_with_a_slash_at_its_end_and_one_without_discovery(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast
):
    issuer.claimed = f"{issuer.url}/"  # as Auth0 writes itself, in tokens too
    assert (await ask(http, issuer.token(now_of(clock), iss=f"{issuer.url}/"))).status_code == 200
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 401
    issuer.discovers = False
    clock.advance(hours=2)
    assert (await ask(http, issuer.token(now_of(clock)))).status_code == 200


async def test_a_new_subject_with_a_verified_address_is_registered_once(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, cast: Cast, owner_db
):
    token = issuer.token(now_of(clock), sub="new|1", email="Nora@example.com", email_verified=True, name="Nora")
    answers = await asyncio.gather(*(ask(http, token) for _ in range(8)))
    assert {each.status_code for each in answers} == {200}
    assert len({each.json()["id"] for each in answers}) == 1
    assert (answers[0].json()["name"], answers[0].json()["role"]) == ("Nora", "owner")
    rows = owner_db.execute("select email, email_verified_at is not null from users where external_id = 'new|1'").fetchall()
    assert rows == [("Nora@example.com", True)]
    assert owner_db.execute(
        "select count(*) from workspaces w join users u on u.id = w.personal_of where external_id = 'new|1'"
    ).fetchone() == (1,)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "nora@example.com"},
        {"email": "nora@example.com", "email_verified": False},
        {"email": "nora", "email_verified": True},
        {"email": ["nora@example.com"], "email_verified": True},
        {"email": "nora@example.com", "email_verified": ["true"]},
    ],
)
async def test_a_new_subject_without_one_is_not(
    http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, cast: Cast, owner_db, claims: dict[str, Any]
):
    refused = await ask(http, issuer.token(now_of(clock), sub="new|1", **claims))
    assert (refused.status_code, refused.json()["rule"]) == (401, "subject")
    assert owner_db.execute("select count(*) from users where external_id is not null").fetchone() == (0,)


async def test_an_address_that_somebody_has_is_not_taken_over(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, cast: Cast, owner_db):
    token = issuer.token(now_of(clock), sub="new|1", email="ALICE@example.com", email_verified=True)
    refused = await ask(http, token)
    assert (refused.status_code, refused.json()["rule"]) == (401, "subject")
    assert "postwright users link" in refused.json()["detail"]
    _as_app_auth(owner_db, "select app_auth.link_subject('alice@EXAMPLE.com', 'new|1')")
    assert (await ask(http, token)).json()["id"] == str(cast.alice.id)


async def test_the_deactivated_stay_out(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, linked: Cast, owner_db):
    owner_db.execute("update users set is_active = false where id = %s", [linked.alice.id])
    refused = await ask(http, issuer.token(now_of(clock), email="alice@example.com", email_verified=True))
    assert (refused.status_code, refused.json()["rule"]) == (401, "deactivated")


async def test_no_token_becomes_the_operator(http: httpx2.AsyncClient, issuer: Issuer, clock: Clock, cast: Cast, owner_db):
    _as_app_auth(owner_db, "select app_auth.operator('UTC')")
    token = issuer.token(now_of(clock), sub="postwright:operator", email="you@postwright.example", email_verified=True)
    assert (await ask(http, token)).status_code == 401
    for address, subject in (("you@postwright.example", "new|1"), ("alice@example.com", "postwright:x"), ("alice@example.com", " ")):
        with pytest.raises(Exception, match="the server's own"):
            _as_app_auth(owner_db, "select app_auth.link_subject(%s, %s)", address, subject)


async def test_tokens_open_the_api_only_and_only_where_an_issuer_is_named(
    http: httpx2.AsyncClient, app: FastAPI, issuer: Issuer, clock: Clock, linked: Cast
):
    app.add_api_route("/page", me)
    outside = await ask(http, issuer.token(now_of(clock)), path="/page")
    assert (outside.status_code, outside.json()["rule"]) == (401, "session")
    settings = replace(app.state.postwright.settings, oidc_issuer=None, oidc_audience=None)
    app.state.postwright = replace(app.state.postwright, settings=settings)
    unnamed = await ask(http, issuer.token(now_of(clock)))
    assert (unnamed.status_code, unnamed.json()["rule"]) == (401, "token")


def _as_app_auth(db, text: str, *values: object) -> None:
    with db.transaction():
        db.execute("set local role app_auth")
        db.execute(text.encode(), values)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _token(header: dict[str, Any], claims: dict[str, Any], sign: Any) -> str:
    body = f"{_part(header)}.{_part(claims)}"
    return f"{body}.{base64.urlsafe_b64encode(sign(body.encode())).rstrip(b'=').decode()}"


def _signed(issuer: Issuer, claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
    """With anything in it, as PyJWT itself would not write it."""
    algorithm = RSAAlgorithm(RSAAlgorithm.SHA256)
    return _token({"alg": "RS256", "kid": "first"} | (headers or {}), claims, lambda body: algorithm.sign(body, issuer.keys[0].private))


async def test_who_goes_away_while_the_issuer_is_asked_leaves_no_long_silence(issuer: Issuer, clock: Clock):
    asked = Verifier(issuer.url, AUDIENCE)
    token = issuer.token(now_of(clock))
    issuer.silent = True
    waiting = asyncio.create_task(asked.verify(token, clock.now))
    await issuer.asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    issuer.silent = False
    clock.advance(seconds=6)
    assert (await asked.verify(token, clock.now)).subject == "user|1"
