"""Platforms that fetch media must be able to: said by the address alone, and only where real platforms are asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from postwright import config
from postwright.cli import doctor
from postwright.kit.reach import told, unreachable
from tests.api.desk import Desk
from tests.library.making import picture
from tests.library.test_attach import attach
from tests.library.test_shelf import put


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8484", "http://localhost:8484", "https://10.0.0.7", "https://192.168.1.4:8484", "http://[::1]:8484",
        "https://[fd00::1]", "https://169.254.169.254", "https://nas", "https://desk.local", "https://posts.internal", "https://100.64.1.1",
        "http://posts.acme.com", "https://[::ffff:10.0.0.1]",
    ],
)  # fmt: skip
def test_nobody_outside_reaches_it(address: str) -> None:
    assert unreachable(address)
    assert "POSTWRIGHT_URL" in (told(address) or "")


@pytest.mark.parametrize(
    "address", ["https://posts.acme.com", "https://8.8.8.8", "https://posts.acme.com:8443", "https://[2606:4700::1111]"]
)
def test_nothing_speaks_against_it(address: str) -> None:
    assert unreachable(address) is None


def test_the_doctor_tells(tmp_path: Path) -> None:
    local = config.load({"POSTWRIGHT_HOME": str(tmp_path)})
    public = config.load({"POSTWRIGHT_HOME": str(tmp_path), "POSTWRIGHT_URL": "https://posts.acme.com"})
    (here,), (there,) = doctor._reach(local), doctor._reach(public)
    assert (here.good, there.good) == (None, True)
    assert "POSTWRIGHT_URL" in here.words


@pytest.mark.anyio
async def test_a_draft_warns_where_it_matters(desk: Desk) -> None:
    """In a live workspace, of a platform that fetches, while the address is of this machine."""

    async def warned(slug: str) -> bool:
        draft = (await desk("GET", f"/drafts/{made['id']}")).json()
        return any(each["rule"] == "public_url" and each["level"] == "warning" for each in draft["variants"][slug]["findings"])

    made = await desk.draft("instagram", "x")
    await attach(desk, made, await put(desk, picture(400, 400)))
    assert not await warned("instagram")
    desk.db.execute("update workspaces set environment = 'sandbox' where id = %s", [desk.cast.workspace])
    assert not await warned("instagram")
    desk.db.execute("update workspaces set environment = null where id = %s", [desk.cast.workspace])
    desk.db.execute("update workspaces set environment = 'live' where id = %s", [desk.cast.workspace])
    assert await warned("instagram")
    assert not await warned("x")
    state = desk.app.state.postwright
    desk.app.state.postwright = replace(state, settings=replace(state.settings, public_url="https://posts.acme.com"))
    assert not await warned("instagram")
