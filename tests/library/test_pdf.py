"""A PDF from anybody is opened in a process of its own, which ends within its time and its memory whatever stands in the file."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from postwright.kit import pdf
from postwright.kit.magic import HEAD, PDF, form_of, hides
from tests.library import pdfs
from tests.library.making import picture, zipped


def read(folder: Path, data: bytes, most: int = 1_000) -> pdf.Pages:
    path = folder / "a.pdf"
    path.write_bytes(data)
    return pdf.read(path, most)


def wrong(folder: Path, data: bytes, most: int = 1_000) -> str:
    with pytest.raises(pdf.Unreadable) as found:
        read(folder, data, most)
    return found.value.wrong


def test_pages_are_counted_and_the_first_is_drawn(tmp_path: Path) -> None:
    found = read(tmp_path, pdfs.pdf(3, 400, 560))
    assert (found.count, found.width, found.height) == (3, 400, 560)
    with Image.open(io.BytesIO(found.preview)) as image:
        assert (image.format, image.size) == ("JPEG", (714, 1000))
        red, green, blue = image.convert("RGB").getpixel((350, 500))
    assert red > 150 > 100 > max(green, blue)


def test_a_page_is_as_wide_and_high_as_it_is_shown(tmp_path: Path) -> None:
    found = read(tmp_path, pdfs.written(pdfs.one_page(b"0 0 300 100", more=b"/Rotate 90")))
    assert (found.width, found.height) == (100, 300)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pdfs.locked(), "encrypted"), (pdfs.empty(), "no_pages"), (pdfs.of_pages(11), "max_pages"), (pdfs.pdf()[:900], "truncated"),
        (b"%PDF-1.7\n" + b"\x01\x02" * 500 + b"\n%%EOF\n", "damaged"), (pdfs.lying(5), "damaged"), (pdfs.deep_tree(), "damaged"),
        (pdfs.laughs(), "too_complex"),
    ],
    ids=["locked", "empty", "many", "cut", "garbage", "lying", "deep", "laughs"],
)  # fmt: skip
def test_what_is_not_read(tmp_path: Path, data: bytes, said: str) -> None:
    assert wrong(tmp_path, data, most=10) == said


def test_a_bomb_is_refused_for_its_memory_not_unpacked(tmp_path: Path) -> None:
    data = pdfs.bomb()
    assert len(data) < 50_000
    began = time.monotonic()
    assert wrong(tmp_path, data) == "too_complex"
    assert time.monotonic() - began < pdf.WITHIN


def test_what_asks_much_and_needs_little_is_read(tmp_path: Path) -> None:
    """A huge page is drawn small; the count of a tree is not believed; scripts are never run."""
    assert read(tmp_path, pdfs.written(pdfs.one_page(b"0 0 100000 100000"))).width == 100_000
    assert read(tmp_path, pdfs.lying(999_999_999)).count == 1
    assert read(tmp_path, pdfs.scripted()).count == 1
    with Image.open(io.BytesIO(read(tmp_path, pdfs.written(pdfs.one_page(b"0 0 1 14000"))).preview)) as thin:
        assert thin.size == (1, 1000)


def test_a_child_that_never_ends_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "WITHIN", 0.01)
    assert wrong(tmp_path, pdfs.pdf()) == "too_complex"


def _as_child(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Runs that in the place of the reader: as if a file had taken it over."""
    program = folder / "python"
    program.write_text(f"#!{sys.executable}\n{script}")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


@pytest.mark.parametrize(
    "said",
    [
        "", "no words", "[]", '{"refused": ["a"]}', '{"pages": 1}', '{"pages": 1, "width": 1, "height": 1, "drawn": [900, 900]}',
        '{"pages": "x", "width": 1, "height": 1, "drawn": [1, 1]}', '{"refused": "too_complex; drop table files"}',
    ],
)  # fmt: skip
def test_what_a_child_says_is_not_believed_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    data = pdfs.pdf()
    _as_child(tmp_path, monkeypatch, f"print({said!r})")
    assert wrong(tmp_path, data) == "damaged"


def test_a_child_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdfs.pdf()
    monkeypatch.setenv("DATABASE_URL", "postgresql://everything")
    _as_child(tmp_path, monkeypatch, f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(' '.join(os.environ))")
    assert wrong(tmp_path, data) == "damaged"
    assert set((tmp_path / "seen").read_text().split()) <= {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LC_CTYPE"}
    assert "DATABASE_URL" in os.environ


def test_only_what_begins_as_one_is_a_pdf() -> None:
    whole = pdfs.pdf()
    assert form_of(whole[:HEAD]) is PDF
    assert hides(whole[:HEAD], whole[-HEAD:]) == ""
    assert form_of(b"\n" + whole[:HEAD]) is None
    assert hides(picture()[:20] + whole[:HEAD], b"") == "a PDF"
    assert hides(whole[:HEAD], whole + zipped()) == "a ZIP archive"
    assert hides(b"%PDF-1.7\n<script>alert(1)</script>", b"").startswith("a web page")
