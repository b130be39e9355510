"""How Threads is called. Its errors are Graph's (platforms/meta.py), under addresses of its own."""

from __future__ import annotations

import httpx2

from postwright.platforms import meta
from postwright.platforms.account import Credentials
from postwright.platforms.answers import Caller
from postwright.platforms.threads.limits import FACTS

API = f"https://graph.threads.net/{FACTS['version'].value}"


def caller(http: httpx2.AsyncClient, credentials: Credentials) -> Caller:
    return meta.caller("Threads", http, credentials)
