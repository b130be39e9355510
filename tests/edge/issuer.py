"""An OpenID Connect issuer on a real socket, with real keys, that obeys the test."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

AUDIENCE = "postwright-test"

_RSA = rsa.generate_private_key(65537, 2048)  # slow to make, so made once
_SMALL = rsa.generate_private_key(65537, 1024)
_MAKERS = {
    "rsa": (lambda: _RSA, RSAAlgorithm),
    "small": (lambda: _SMALL, RSAAlgorithm),
    "p256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "p384": (lambda: ec.generate_private_key(ec.SECP384R1()), ECAlgorithm),
    "ed25519": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


@dataclass(frozen=True)
class Key:
    """A key pair with its id."""

    kid: str
    private: Any
    jwk: dict[str, Any]


def make_pair(kid: str, kind: str = "rsa", **more: Any) -> Key:
    maker, algorithm = _MAKERS[kind]
    private = maker()
    return Key(kid, private, json.loads(algorithm.to_jwk(private.public_key())) | {"kid": kid} | more)


@dataclass
class Issuer:
    """What it publishes can be changed while it runs; it counts who asks."""

    url: str
    keys: list[Key]
    visits: dict[str, int] = field(default_factory=dict)
    conditional: int = 0
    broken: bool = False
    discovers: bool = True
    claimed: str | None = None  # the issuer that its discovery document names
    jwks_uri: str | None = None
    max_age: int | None = None
    raw: bytes | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    silent: bool = False  # takes a question and never answers

    def claims(self, now: float, **more: Any) -> dict[str, Any]:
        """Of an ordinary token; None leaves a claim out."""
        usual = {"iss": self.url, "aud": AUDIENCE, "sub": "user|1", "iat": now - 1, "exp": now + 300}
        return {name: value for name, value in (usual | more).items() if value is not None}

    def token(
        self, now: float, key: Key | None = None, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        key = key or self.keys[0]
        return jwt.encode(self.claims(now, **claims), key.private, algorithm, {"kid": key.kid} | (headers or {}))

    async def discover(self, request: Request) -> Response:
        self._visit("discovery")
        self.asked.set()
        if self.silent:
            await _gone(request)
        if self.broken:
            return JSONResponse({"error": "down"}, 500)
        if not self.discovers:
            return JSONResponse({"error": "not found"}, 404)
        return JSONResponse({"issuer": self.claimed or self.url, "jwks_uri": self.jwks_uri or f"{self.url}/keys"})

    async def publish(self, request: Request) -> Response:
        self._visit("keys")
        if self.broken:
            return JSONResponse({"error": "down"}, 500)
        tag = f'"{"-".join(each.kid for each in self.keys)}"'
        headers = {"ETag": tag} | ({"Cache-Control": f"public, max-age={self.max_age}"} if self.max_age is not None else {})
        if request.headers.get("if-none-match") == tag:
            self.conditional += 1
            return Response(status_code=304, headers=headers)
        if self.raw is not None:
            return Response(self.raw, headers=headers)
        return JSONResponse({"keys": [each.jwk for each in self.keys]}, headers=headers)

    def _visit(self, what: str) -> None:
        self.visits[what] = self.visits.get(what, 0) + 1


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, settings: uvicorn.Config) -> None:
        super().__init__(settings)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def running(path: str = "/realm") -> AsyncIterator[Issuer]:
    """The issuer, listening."""
    listener = socket.create_server(("127.0.0.1", 0))
    issuer = Issuer(f"http://127.0.0.1:{listener.getsockname()[1]}{path}", [make_pair("first")])
    app = Starlette(
        routes=[
            Route(f"{path}/.well-known/openid-configuration", issuer.discover),
            Route(f"{path}/.well-known/jwks.json", issuer.publish),
            Route(f"{path}/keys", issuer.publish),
        ]
    )
    server = _Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.listening.wait()
    try:
        yield issuer
    finally:
        server.should_exit = True
        await serving
        listener.close()
