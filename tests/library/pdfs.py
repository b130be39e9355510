"""PDFs made when they are needed: whole ones by Pillow, and by hand those that no honest program writes."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from functools import cache

from PIL import Image

_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


@cache
def pdf(pages: int = 3, width: int = 400, height: int = 560) -> bytes:
    """So many pages, the first of them red."""
    sheets = [Image.new("RGB", (width, height), "#c03020" if at == 0 else "#808080") for at in range(pages)]
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def written(objects: Sequence[bytes], more: bytes = b"") -> bytes:
    """A file of these objects, numbered from 1, the first of them its catalogue; `more` stands in the trailer."""
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return out + head + table + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, more, len(out))


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def one_page(box: bytes = b"0 0 612 792", drawn: bytes = b"", more: bytes = b"", catalog: bytes = _CATALOG) -> list[bytes]:
    """The objects of a file of one page; the fourth draws it."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R %s >>" % (box, more)
    return [catalog, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, drawn or stream(b"0 0 100 100 re f")]


def of_pages(count: int) -> bytes:
    """Many empty pages, in a small file."""
    kids = b" ".join(b"%d 0 R" % (3 + at) for at in range(count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"
    return written([_CATALOG, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count), *[page] * count])


def locked() -> bytes:
    """Opens with a password only."""
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<00><00>]" % (b"41" * 32, b"42" * 32)
    return written(one_page(), lock)


def scripted() -> bytes:
    """Runs JavaScript where it is opened by a reader that lets it."""
    action = b"<< /S /JavaScript /JS (app.alert\\('Mallory'\\)) >>"
    return written(one_page(catalog=b"<< /Type /Catalog /Pages 2 0 R /OpenAction %s >>" % action))


def bomb(megabytes: int = 3_000) -> bytes:
    """A page whose drawing unpacks to that much, in a few kilobytes: packed twice."""
    packer, piece = zlib.compressobj(9), b"q Q " * 250_000
    once = b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()
    return written(one_page(drawn=stream(zlib.compress(once, 9), b"/Filter [/FlateDecode /FlateDecode]")))


def laughs(levels: int = 40) -> bytes:
    """A drawing that draws another twice, and that another twice: 2 to the power of `levels`."""
    form, names = b"/Type /XObject /Subtype /Form /BBox [0 0 100 100]", b"/Resources << /XObject << /F %d 0 R >> >>"
    forms = [stream(b"/F Do /F Do", form + names % (6 + at)) for at in range(levels)]
    return written([*one_page(drawn=stream(b"/F Do"), more=names % 5), *forms, stream(b"0 0 9 9 re f", form)])


def deep_tree(levels: int = 3_000) -> bytes:
    """One page, that many levels down."""
    nodes = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R >>" % (at + 3, max(at + 1, 2)) for at in range(levels)]
    return written([_CATALOG, *nodes, b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 100 100] >>" % (levels + 1)])


def lying(count: int) -> bytes:
    """Counts pages that are not there."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
    return written([_CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count %d >>" % count, page])


def empty() -> bytes:
    return written([_CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"])
