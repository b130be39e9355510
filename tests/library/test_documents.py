"""PDFs in the library: kept as they came, shown by their first page, never in place; what cannot be opened leaves nothing."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from postwright.edge.state import State
from postwright.library import limits, pages
from postwright.library.purge import purge_files
from postwright.workspaces.purge import _remove_files
from tests.api.desk import Desk
from tests.library import pdfs
from tests.library.making import picture, zipped
from tests.library.test_attach import attach, media
from tests.library.test_shelf import listed, put
from tests.library.test_upload import bytes_on_disk, refused

pytestmark = pytest.mark.anyio


async def fetched(desk: Desk, address: str, **how: Any) -> Any:
    """What a signed address gives; the desk has the library's pages beside its API."""
    if not any(getattr(route, "path", "") == "/media/{file_id}/{name}" for route in desk.app.routes):
        desk.app.include_router(pages.router)
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return await desk.http.get(parts.path, params=query, **how)


async def test_a_pdf_is_kept_as_it_came_with_its_pages_and_a_picture(desk: Desk):
    made = await put(desk, pdfs.pdf(3), "Annual report.pdf", alt="The report")
    assert (made["kind"], made["mime_type"], made["name"], made["alt_text"]) == (
        "document", "application/pdf", "Annual report.pdf", "The report",
    )  # fmt: skip
    assert (made["pages"], made["width"], made["height"], made["size"]) == (3, 400, 560, len(pdfs.pdf(3)))
    row = desk.db.execute("select sha256, size_bytes, path from files").fetchone()
    assert row is not None
    assert row[:2] == (hashlib.sha256(pdfs.pdf(3)).hexdigest(), len(pdfs.pdf(3)))
    assert sorted(each.name for each in bytes_on_disk(desk)) == ["media.pdf", "preview.jpg"]


async def test_the_bytes_decide_not_the_name(desk: Desk):
    made = await put(desk, pdfs.pdf(), "holiday.jpg")
    assert (made["kind"], made["name"]) == ("document", "holiday.pdf")
    assert (await put(desk, picture(), "report.pdf"))["name"] == "report.jpg"


async def test_it_is_downloaded_and_only_its_picture_is_shown(desk: Desk):
    made = await put(desk, pdfs.scripted(), "evil.pdf")
    whole = await fetched(desk, made["url"])
    assert (whole.status_code, whole.content) == (200, pdfs.scripted())
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    shown = await fetched(desk, made["preview_url"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["content-disposition"].startswith("inline")
    with Image.open(io.BytesIO(shown.content)) as image:
        assert image.format == "JPEG"
    named = made["url"].replace("/media.pdf?", "/media.jpg?")
    assert (await fetched(desk, named)).headers["content-disposition"].startswith("attachment"), "a name in the address changes nothing"
    forged = made["preview_url"].replace(made["id"], "01a02f7c-5f0e-7c3a-9d0b-3f6d2a41c9e7")
    assert (await fetched(desk, forged)).status_code == 403


async def test_a_picture_has_no_preview(desk: Desk):
    made = await put(desk)
    assert (made["preview_url"], made["pages"]) == (None, None)
    assert (await fetched(desk, made["url"].replace("/media.jpg?", "/preview.jpg?"))).status_code == 404


async def test_the_library_lists_them_by_kind(desk: Desk):
    await put(desk)
    await put(desk, pdfs.pdf(), "a.pdf")
    assert await listed(desk, kind="document") == ["a.pdf"]
    assert await listed(desk, kind="image") == ["a.jpg"]


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        (pdfs.locked(), "encrypted", "password"), (pdfs.empty(), "no_pages", "no pages"), (pdfs.of_pages(1001), "max_pages", "1,001"),
        (pdfs.pdf()[:900], "truncated", "cut off"), (b"%PDF-1.7 and no more\n%%EOF", "damaged", "damaged"),
        (pdfs.written(pdfs.one_page(b"0 0 100000 100000")), "page_size", "100,000"), (pdfs.laughs(), "too_complex", "time or memory"),
        (pdfs.pdf() + zipped(), "polyglot", "ZIP"), (b"%PDF-1.7\n<script>alert(1)</script>" + pdfs.pdf(), "polyglot", "web page"),
        (b"\n\n" + pdfs.pdf(), "media_format", "Send JPEG"), (picture()[:20] + pdfs.pdf(), "polyglot", "a PDF"),
    ],
    ids=["locked", "empty", "many", "cut", "damaged", "huge", "laughs", "zip", "html", "late", "jpeg"],
)  # fmt: skip
async def test_what_is_refused_leaves_nothing(desk: Desk, data: bytes, rule: str, words: str):
    problem = await refused(desk, data, "a.pdf")
    assert (problem["field"], problem["rule"]) == ("file", rule)
    assert words in problem["detail"]


async def test_one_that_is_too_large(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", 1_000)
    problem = await refused(desk, pdfs.pdf(), "a.pdf")
    assert (problem["rule"], problem["status"]) == ("size", 413)
    assert "document" in problem["detail"]


async def test_in_pieces_it_becomes_the_same(desk: Desk):
    data = pdfs.pdf(2)
    begun = await desk("POST", "/uploads", headers={"Upload-Length": str(len(data)), "Upload-Metadata": "filename YS5wZGY="})
    place = begun.headers["location"].removeprefix("/api/v1")
    how = {"Content-Type": "application/offset+octet-stream"}
    for at, end in ((0, 500), (500, len(data))):
        sent = await desk("PATCH", place, content=data[at:end], headers={**how, "Upload-Offset": str(at)})
        assert sent.status_code == 204, sent.text
    file = (await desk("GET", place)).json()["file"]
    assert (file["kind"], file["pages"], file["name"]) == ("document", 2, "a.pdf")


async def test_its_picture_takes_room_and_goes_with_it(desk: Desk, worker: State):
    made = await put(desk, pdfs.pdf(), "a.pdf")
    taken = sum(each.stat().st_size for each in bytes_on_disk(desk))
    assert taken > made["size"]
    assert (await desk("GET", "/media/room")).json()["used"] == taken
    await desk("DELETE", f"/media/{made['id']}")
    desk.db.execute("update files set deleted_at = now() - interval '31 days'")
    assert await purge_files(worker, datetime.now(UTC)) == 1
    assert bytes_on_disk(desk) == []


async def test_a_workspace_that_goes_takes_both(desk: Desk, worker: State):
    await put(desk, pdfs.pdf(), "a.pdf")
    await _remove_files(worker, desk.cast.workspace)
    assert bytes_on_disk(desk) == []


async def test_room_cannot_be_won_by_what_somebody_wrote_into_a_row(desk: Desk):
    made = await put(desk, pdfs.pdf(), "a.pdf")
    for value in ("-1000000000", '"much"', "[1]"):
        desk.db.execute("update files set metadata = metadata || jsonb_build_object('preview_bytes', %s::jsonb)", [value])
        assert (await desk("GET", "/media/room")).json()["used"] == made["size"]


async def test_in_a_draft_it_goes_where_documents_are_taken(desk: Desk):
    draft = await desk.draft("linkedin", "x", "bluesky")
    done = await attach(desk, draft, await put(desk, pdfs.pdf(), "plan.pdf"))
    assert len(media(done, "linkedin")) == 1
    assert media(done, "x") == media(done, "bluesky") == []
    assert done["notes"] == [f"{name} takes no document: its variant stays as it was." for name in ("X", "Bluesky")]
    row = desk.db.execute("select adaptations -> 'linkedin' -> 'options' ->> 'format' from content_adaptations").fetchone()
    assert row == ("document",), "planning reads it there"


async def test_forced_upon_another_platform_its_rules_say_no(desk: Desk):
    made = await put(desk, pdfs.pdf(), "plan.pdf")
    for slug in ("x", "instagram", "youtube"):
        done = await attach(desk, await desk.draft(slug), made, platforms=[slug])
        (said,) = [each for each in done["variants"][slug]["findings"] if each["rule"] == "media_kind"]
        assert (said["field"], said["limit"], said["actual"], said["fix"]) == ("media[0]", 0, 1, None)
        assert "takes no documents" in said["message"]
        assert said["source"].startswith("https://")


async def test_more_pages_than_linkedin_takes(desk: Desk):
    done = await attach(desk, await desk.draft("linkedin"), await put(desk, pdfs.of_pages(301), "long.pdf"))
    (said,) = [each for each in done["variants"]["linkedin"]["findings"] if each["rule"] == "max_pages"]
    assert (said["field"], said["limit"], said["actual"], said["fix"]) == ("media[0]", 300, 301, None)
    assert "documents-api" in said["source"]
    fits = await attach(desk, await desk.draft("linkedin"), await put(desk, pdfs.of_pages(300), "fits.pdf"))
    assert "max_pages" not in [each["rule"] for each in fits["variants"]["linkedin"]["findings"]]


async def test_beside_a_picture_it_is_refused(desk: Desk):
    draft = await desk.draft("linkedin")
    done = await attach(desk, draft, await put(desk, pdfs.pdf(), "a.pdf"), await put(desk), platforms=["linkedin"])
    assert "document_alone" in [each["rule"] for each in done["variants"]["linkedin"]["findings"]]


async def test_it_is_neither_cut_nor_converted(desk: Desk):
    made = await put(desk, pdfs.pdf(), "a.pdf")
    cut = await desk("POST", f"/media/{made['id']}/crop", json={"ratio": "1:1"})
    assert (cut.status_code, cut.json()["rule"]) == (422, "media_kind")
    asked = await desk("POST", f"/media/{made['id']}/conversions", json={"platform": "linkedin"})
    assert (asked.status_code, asked.json()["rule"]) == (422, "media_kind")


async def test_nobody_elses(desk: Desk):
    made = await put(desk, pdfs.pdf(), "a.pdf")
    await desk.become(desk.cast.mallory, desk.cast.elsewhere)
    assert (await desk("GET", f"/media/{made['id']}")).status_code == 404
    draft = await desk.draft("linkedin")
    taken = await desk("POST", f"/drafts/{draft['id']}/media", json={"files": [made["id"]]})
    assert (taken.status_code, taken.json()["rule"]) == (422, "exists")
