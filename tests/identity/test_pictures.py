"""Pictures: whatever comes in, only what we drew ourselves goes out, and only to those who share a workspace."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from postwright.errors import InvalidInput
from postwright.identity.pictures import LARGEST, draw
from tests.cast import Cast
from tests.identity.conftest import Site, form

pytestmark = pytest.mark.anyio

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SECRET = b"<script>alert('polyglot')</script>"


def picture(form: str = "PNG", size: tuple[int, int] = (300, 200), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, form, **options)
    return out.getvalue()


def bomb(width: int = 20_000, height: int = 20_000) -> bytes:
    """A PNG of 400 megapixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * 1000)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("PNG", "1"), ("JPEG", "RGB"),
                                            ("JPEG", "CMYK"), ("JPEG", "L"), ("GIF", "P"), ("WEBP", "RGBA")])  # fmt: skip
def test_every_kind_becomes_a_square_webp(form: str, mode: str):
    out = io.BytesIO()
    Image.new(mode, (300, 200)).save(out, form)
    with Image.open(io.BytesIO(draw(out.getvalue()))) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (256, 256))


def test_nothing_of_the_file_itself_is_left():
    exif = Image.Exif()
    exif[0x010F] = "Mallory's camera"
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    for data in (
        picture("JPEG", exif=exif, comment=SECRET) + SECRET,
        picture("PNG", exif=exif) + SECRET + b"PK\x03\x04",
        picture("GIF", mode="P", comment=SECRET) + SECRET,
        picture("WEBP", exif=exif, xmp=SECRET),
    ):
        drawn = draw(data)
        assert SECRET not in drawn
        assert b"Mallory" not in drawn
        with Image.open(io.BytesIO(drawn)) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)


def test_a_picture_that_was_held_sideways_stands_upright():
    source = Image.new("RGB", (100, 200), "blue")
    source.paste("red", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    out = io.BytesIO()
    source.save(out, "PNG", exif=exif)
    with Image.open(io.BytesIO(draw(out.getvalue()))) as drawn:
        red, _, blue = drawn.convert("RGB").getpixel((128, 10))  # type: ignore[misc]
        assert blue > red


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "format"), (SVG, "format"), (b"<?xml version='1.0'?>" + SVG, "format"), (b"%PDF-", "format"), (b"BM" + b"\0" * 9, "format"),
        (b"II*\0" + b"\0" * 100, "format"), (b"\x89PNG\r\n\x1a\n" + SVG, "readable"), (picture()[:60], "readable"),
        (b"GIF89a" + SECRET, "readable"), (b"\xff\xd8\xff" + SECRET, "readable"), (b"RIFF\0\0\0\0WEBP" + SECRET, "readable"),
        (bomb(), "readable"), (bomb(6000, 6000), "pixels"), (b"\x89PNG\r\n\x1a\n" + b"\0" * LARGEST, "size"),
    ],
    ids=["empty", "svg", "xml", "pdf", "bmp", "tiff", "svg-as-png", "cut", "gif-html", "jpeg-html", "webp-html", "bomb", "large", "huge"],
)  # fmt: skip
def test_what_is_none_is_refused_by_its_rule(data: bytes, rule: str):
    with pytest.raises(InvalidInput) as refused:
        draw(data)
    assert (refused.value.field, refused.value.rule) == ("picture", rule)


async def test_it_is_shown_to_those_who_share_a_workspace_and_to_nobody_else(site: Site, cast: Cast):
    bob = await site.program(cast.bob)
    # What a file is said to be does not matter: its bytes do.
    address = (await bob.put("/api/v1/me/picture", content=picture(), headers={"Content-Type": "text/html"})).json()["picture"]
    assert (await bob.get("/api/v1/me")).json()["picture"] == address
    shown = await (await site.browser(cast.vera)).get(address)
    assert (shown.status_code, shown.headers["content-type"], shown.headers["x-content-type-options"]) == (200, "image/webp", "nosniff")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.content[:4] == b"RIFF"
    assert (await (await site.browser(cast.mallory)).get(address)).status_code == 404
    assert (await site.client().get(address)).status_code == 303  # to the sign-in page
    other = address.replace(str(cast.bob.id), str(cast.vera.id))
    assert (await bob.get(other)).status_code == 404


async def test_another_takes_its_place_and_the_file_before_is_gone(site: Site, cast: Cast):
    bob = await site.program(cast.bob)
    first = (await bob.put("/api/v1/me/picture", content=picture())).json()["picture"]
    second = (await bob.put("/api/v1/me/picture", content=picture("JPEG"))).json()["picture"]
    assert first != second
    assert (await bob.get(first)).status_code == 404
    assert len(_files(site)) == 1
    assert (await bob.delete("/api/v1/me/picture")).status_code == 204
    assert (await bob.get("/api/v1/me")).json()["picture"] is None
    assert _files(site) == []
    refused = await bob.put("/api/v1/me/picture", content=SVG, headers={"Content-Type": "image/png"})
    assert (refused.status_code, refused.json()["rule"]) == (422, "format")
    assert _files(site) == []


async def test_an_address_that_was_planted_deletes_nobody_s_file(site: Site, cast: Cast, owner_db):
    vera, bob = await site.program(cast.vera), await site.program(cast.bob)
    hers = (await vera.put("/api/v1/me/picture", content=picture())).json()["picture"]
    owner_db.execute("update users set avatar_url = %s where id = %s", (hers, cast.bob.id))
    await bob.delete("/api/v1/me/picture")
    assert (await vera.get(hers)).status_code == 200
    owner_db.execute("update users set avatar_url = %s where id = %s", (f"/people/{cast.bob.id}/pictures/../../secret", cast.bob.id))
    assert (await bob.delete("/api/v1/me/picture")).status_code == 204


async def test_the_page_sets_and_removes_it_and_says_what_was_wrong(site: Site, cast: Cast):
    browser = await site.browser(cast.bob)
    page = (await browser.get("/settings")).text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    wrong = await browser.post("/settings/picture", data={"csrf": csrf}, files={"picture": ("me.png", SVG, "image/png")})
    assert (wrong.status_code, "A picture is a PNG" in wrong.text) == (422, True)
    done = await browser.post("/settings/picture", data={"csrf": csrf}, files={"picture": ("../../me.svg", picture(), "image/svg+xml")})
    assert done.status_code == 303
    assert "/pictures/" in (await browser.get("/settings")).text
    await form(browser, "/settings", "/settings/picture/remove")
    assert "/pictures/" not in (await browser.get("/settings")).text
    assert (await browser.post("/settings/picture", files={"picture": ("me.png", picture(), "image/png")})).status_code == 403


def _files(site: Site) -> list[Path]:
    return [each for each in (site.state.storage.root / "people").glob("*") if each.is_file()]
