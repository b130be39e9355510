"""Where somebody may be sent."""

from __future__ import annotations

import pytest

from postwright.edge.addresses import inside
from postwright.edge.render import environment


@pytest.mark.parametrize("address", ["/posts/1?tab=failed#top", "/", "/a//b"])
def test_addresses_of_this_site_stay(address: str) -> None:
    assert inside(address) == address


@pytest.mark.parametrize(
    "address", ["", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/\n/x", "javascript:1"]
)
def test_others_become_today_or_what_is_said(address: str) -> None:
    assert (inside(address), inside(address, "")) == ("/today", "")


def test_a_message_links_only_inside() -> None:
    """What the page of notifications does with a stored link."""
    shown = environment().from_string('{% set link = (stored or "") | inside("") %}{% if link %}<a href="{{ link }}">{% endif %}')
    assert [shown.render(stored=each) for each in ("/\\evil.com", None, "/posts/1")] == ["", "", '<a href="/posts/1">']
