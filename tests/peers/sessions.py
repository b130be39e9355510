"""A session of `requests` that goes to the sandbox."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.peers.conftest import rewritten


class ToSandbox(HTTPAdapter):
    """Rewrites the origin of each request, nothing else."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        request.url = rewritten(str(request.url), self._origin)
        return super().send(request, *args, **more)


def session_to(origin: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", ToSandbox(origin))
    return session
