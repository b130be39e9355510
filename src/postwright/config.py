"""Settings: read once from the environment, passed as an argument."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from postwright.errors import SetupError

_APP = re.compile(r"POSTWRIGHT_([A-Z]+)_CLIENT_ID")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides. Two homes never meet."""

    home: Path
    host: str
    port: int
    database_url: str | None = field(repr=False)  # the owner's; None: the embedded server
    database_api_url: str | None = field(repr=False)
    database_worker_url: str | None = field(repr=False)
    database_direct_url: str | None = field(repr=False)
    key: str | None = field(repr=False)  # of the instance, base64url; None: kept in the home
    public_url: str | None
    log_json: bool
    smtp_url: str | None = field(default=None, repr=False)  # smtp://user:password@host:587 or smtps://host:465; None: no e-mail is sent
    mail_from: str = "Postwright <postwright@localhost>"
    oidc_issuer: str | None = None  # whose tokens the API takes; None: only ours
    oidc_audience: str | None = None
    key_rate: int = 600  # requests that one API key may make in a minute
    platform_apps: Mapping[str, tuple[str, str | None]] = field(default_factory=dict, repr=False)  # slug: client id, client secret
    sealing_keys: str | None = field(default=None, repr=False)  # of tokens, base64url, newest first; None: kept in the home

    @property
    def sealing_file(self) -> Path:
        """Where the home keeps its sealing keys, once there is one besides the instance key's."""
        return self.home / "sealing.keys"

    @property
    def base_url(self) -> str:
        """The address under which people reach the web."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings; raises SetupError that names the variable it cannot use."""
    return Settings(
        home=Path(environ.get("POSTWRIGHT_HOME") or default_home()).expanduser().absolute(),
        host=environ.get("POSTWRIGHT_HOST") or "127.0.0.1",
        port=_port(environ.get("POSTWRIGHT_PORT") or "8484"),
        database_url=environ.get("DATABASE_URL") or None,
        database_api_url=environ.get("DATABASE_API_URL") or None,
        database_worker_url=environ.get("DATABASE_WORKER_URL") or None,
        database_direct_url=environ.get("DATABASE_DIRECT_URL") or None,
        key=environ.get("POSTWRIGHT_KEY") or None,
        public_url=_address(environ.get("POSTWRIGHT_URL")),
        log_json=environ.get("POSTWRIGHT_LOG", "text" if sys.stderr.isatty() else "json") == "json",
        smtp_url=_smtp(environ.get("POSTWRIGHT_SMTP_URL") or None),
        mail_from=environ.get("POSTWRIGHT_MAIL_FROM") or "Postwright <postwright@localhost>",
        key_rate=_rate(environ.get("POSTWRIGHT_KEY_RATE") or "600"),
        platform_apps=_apps(environ),
        sealing_keys=environ.get("POSTWRIGHT_SEALING_KEYS") or None,
        **_issuer(environ.get("POSTWRIGHT_OIDC_ISSUER") or None, environ.get("POSTWRIGHT_OIDC_AUDIENCE") or None),
    )


def default_home() -> Path:
    """The user's data folder; for root a system one, because the database's own user must reach it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/postwright")
    return Path(platformdirs.user_data_dir("postwright", appauthor=False))


def _smtp(url: str | None) -> str | None:
    if url and (not url.startswith(("smtp://", "smtps://")) or not urlsplit(url).hostname):
        message = "POSTWRIGHT_SMTP_URL is not like smtp://user:password@mail.example.com:587 (or smtps://...)"
        raise SetupError(message, field="POSTWRIGHT_SMTP_URL", rule="url")
    return url


def _apps(environ: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    """POSTWRIGHT_X_CLIENT_ID and POSTWRIGHT_X_CLIENT_SECRET, for each platform."""
    found = ((_APP.fullmatch(name), value) for name, value in environ.items() if value)
    return {
        match[1].lower(): (value.strip(), environ.get(f"POSTWRIGHT_{match[1]}_CLIENT_SECRET") or None) for match, value in found if match
    }


def _issuer(issuer: str | None, audience: str | None) -> dict[str, str | None]:
    """Both or none: without an audience, a token that somebody gave another service would open this one."""
    if bool(issuer) != bool(audience):
        missing = "POSTWRIGHT_OIDC_AUDIENCE" if issuer else "POSTWRIGHT_OIDC_ISSUER"
        raise SetupError(f"{missing} is not set: external tokens need an issuer and an audience", field=missing, rule="both_or_none")
    return {"oidc_issuer": issuer.rstrip("/") if issuer else None, "oidc_audience": audience}


def _rate(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise SetupError(f"POSTWRIGHT_KEY_RATE is {text!r}: give a number of requests a minute", field="POSTWRIGHT_KEY_RATE", rule="number")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SetupError(f"POSTWRIGHT_PORT is {text!r}: give a number from 1 to 65535", field="POSTWRIGHT_PORT", rule="port")
    return int(text)


def _address(text: str | None) -> str | None:
    """Links, cookies and the names of platforms' redirects are made of it: half an address would break them one by one."""
    if text and not re.fullmatch(r"https?://[^\s/?#]+/?", text):
        raise SetupError(
            f"POSTWRIGHT_URL is {text!r}: give the whole address, such as https://posts.example", field="POSTWRIGHT_URL", rule="url"
        )
    return text or None
