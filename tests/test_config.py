"""What the operator says is read as meant, or refused by name."""

from __future__ import annotations

import pytest

from postwright import config
from postwright.errors import SetupError


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "http://127.0.0.1:8484"),
        ({"POSTWRIGHT_HOST": "0.0.0.0", "POSTWRIGHT_PORT": "80"}, "http://127.0.0.1:80"),
        ({"POSTWRIGHT_HOST": "::"}, "http://[::1]:8484"),
        ({"POSTWRIGHT_HOST": "fe80::1"}, "http://[fe80::1]:8484"),
        ({"POSTWRIGHT_URL": "https://posts.example/"}, "https://posts.example"),
    ],
)
def test_the_address_that_people_use(environ: dict[str, str], address: str) -> None:
    assert config.load(environ).base_url == address


@pytest.mark.parametrize(
    ("name", "value"),
    [("POSTWRIGHT_PORT", each) for each in ("0", "65536", "-1", "²", "http")]
    + [("POSTWRIGHT_URL", each) for each in ("posts.example", "ftp://posts.example", "https://", "https://posts.example/below")],
)
def test_what_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SetupError) as refused:
        config.load({name: value})
    assert refused.value.field == name


def test_no_secret_stands_in_the_settings_words() -> None:
    secret = "s3cr3t"
    names = ("DATABASE_URL", "DATABASE_API_URL", "DATABASE_WORKER_URL", "DATABASE_DIRECT_URL", "POSTWRIGHT_KEY")
    assert secret not in repr(config.load(dict.fromkeys(names, f"postgresql://a:{secret}@b/c")))
