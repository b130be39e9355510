"""`python -m postwright.kit.pdf_child FILE SIDE MOST_PAGES`: opens a PDF that nobody vouches for, in a process of its own.

It gives up memory, time and files to write before it reads a byte. To its standard output goes one line of JSON, then the pixels
of the first page, four bytes each. Whoever started it (kit/pdf.py) takes whatever else happens for a broken file.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

MEMORY = 640_000_000  # bytes of address space: the library itself, and what it unpacks
SECONDS = 15  # of processor time
_WRITTEN = 16_000_000  # bytes of one output
_LOCKED = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY


def main(path: str, side: int, most_pages: int) -> None:
    """Says {"pages", "width", "height", "drawn"} or {"refused"}."""
    _give_up()
    import pypdfium2_raw as pdfium

    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadDocument(path.encode(), None)
    if not document:
        _say({"refused": "encrypted" if pdfium.FPDF_GetLastError() in _LOCKED else "damaged"})
        return
    _say(*_look(pdfium, document, side, most_pages))


def _give_up() -> None:
    """Limits that hold for good: nothing in the file can ask for more. Where the machine runs short, others come first."""
    os.nice(10)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    limits = {
        resource.RLIMIT_AS: MEMORY, resource.RLIMIT_CPU: SECONDS, resource.RLIMIT_FSIZE: _WRITTEN, resource.RLIMIT_CORE: 0,
    }  # fmt: skip
    for name, most in limits.items():
        hard = resource.getrlimit(name)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS sets no limit to the address space
            resource.setrlimit(name, (most, most))


def _look(pdfium: Any, document: Any, side: int, most_pages: int) -> tuple[dict[str, Any], bytes]:
    pages = pdfium.FPDF_GetPageCount(document)
    if not 0 < pages <= most_pages:
        return {"refused": "no_pages" if pages <= 0 else "max_pages", "pages": pages}, b""
    sizes = [_size(pdfium, document, at) for at in range(pages)]
    if None in sizes or sizes[0] is None:
        return {"refused": "damaged"}, b""  # it counts pages that are not there
    width, height = sizes[0]
    scale = side / max(width, height)
    drawn = (max(round(width * scale), 1), max(round(height * scale), 1))
    pixels = _draw(pdfium, document, *drawn)
    return {"pages": pages, "width": width, "height": height, "drawn": drawn} if pixels else {"refused": "damaged"}, pixels


def _size(pdfium: Any, document: Any, at: int) -> tuple[float, float] | None:
    """In points, as it is shown; None for a page that cannot be opened."""
    found = pdfium.FS_SIZEF()
    if not pdfium.FPDF_GetPageSizeByIndexF(document, at, ctypes.byref(found)):
        return None
    usable = all(math.isfinite(each) and each > 0 for each in (found.width, found.height))
    return (found.width, found.height) if usable else None


def _draw(pdfium: Any, document: Any, width: int, height: int) -> bytes:
    """The first page on white; nothing where it cannot be drawn. Forms and scripts are never run."""
    page = pdfium.FPDF_LoadPage(document, 0)
    sheet = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, None, 0)
    if not page or not sheet:
        return b""
    pdfium.FPDFBitmap_FillRect(sheet, 0, 0, width, height, 0xFFFFFFFF)
    pdfium.FPDF_RenderPageBitmap(sheet, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER)
    return ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(sheet), pdfium.FPDFBitmap_GetStride(sheet) * height)


def _say(told: dict[str, Any], pixels: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + pixels)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
