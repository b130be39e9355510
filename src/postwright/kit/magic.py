"""What a file is, by its own bytes: neither its name nor what it is said to be counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

HEAD = 4096  # bytes that tell it
TAIL = 66_000  # bytes at the end in which the directory of a ZIP archive lies

_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # with which old QuickTime files begin
# Whole words of markup: four bytes alone turn up in coded pictures by chance.
_MARKUP = re.compile(rb"<(?:!doctype\s|(?:html|script|svg|body|iframe|object|embed)[\s>/]|\?php\s|\?xml-stylesheet)", re.IGNORECASE)
_PDF = b"%PDF-"  # readers find it anywhere in the first kilobyte; what is kept as a PDF begins with it
_ZIP_END = b"PK\x05\x06"
_ZIP_END_LENGTH = 22


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file that Postwright keeps. `demuxer` is ffmpeg's name for it, `decoder` Pillow's."""

    kind: Literal["image", "video", "document"]
    mime: str
    ending: str
    name: str
    demuxer: str = ""
    decoder: str = ""


JPEG = Form("image", "image/jpeg", "jpg", "JPEG", decoder="JPEG")
PNG = Form("image", "image/png", "png", "PNG", decoder="PNG")
GIF = Form("image", "image/gif", "gif", "GIF", demuxer="gif", decoder="GIF")
WEBP = Form("image", "image/webp", "webp", "WebP", decoder="WEBP")
MP4 = Form("video", "video/mp4", "mp4", "MP4", demuxer="mov")
MOV = Form("video", "video/quicktime", "mov", "QuickTime", demuxer="mov")
WEBM = Form("video", "video/webm", "webm", "WebM", demuxer="matroska")
PDF = Form("document", "application/pdf", "pdf", "PDF")


def form_of(head: bytes) -> Form | None:
    """The form that these first bytes are of; None for all that is not kept."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"\x1aE\xdf\xa3"):
        return WEBM if b"webm" in head[:80] else None
    if head.startswith(_PDF):
        return PDF
    return _boxed(head)


def said_of(head: bytes) -> str:
    """What a file that is not kept seems to be, in words; empty where nothing tells it."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        known = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF", b"avif": "AVIF", b"avis": "AVIF", b"M4A ": "M4A audio"}
        return known.get(brand, "")
    signs = {
        b"pk\x03\x04": "a ZIP archive", b"bm": "BMP", b"ii*\x00": "TIFF", b"mm\x00*": "TIFF", b"id3": "MP3 audio",
        b"\x1ae\xdf\xa3": "Matroska", b"riff": "AVI or WAV", b"<svg": "SVG", b"<?xml": "XML or SVG", b"<!doctype": "HTML", b"<html": "HTML",
        b"mz": "a program", b"\x7felf": "a program", b"#!": "a script",
    }  # fmt: skip
    return next((name for sign, name in signs.items() if text.startswith(sign)), "")


def hides(head: bytes, tail: bytes) -> str:
    """What else a file is besides a medium, so that one program shows a picture and another runs a page or opens an archive;
    empty where it is nothing else. `tail` is its last bytes."""
    if found := _MARKUP.search(head) or _MARKUP.search(tail[-HEAD:]):
        return f"a web page ({found[0].decode('ascii', 'replace').strip()}…)"
    if _PDF in head[1:1024]:
        return "a PDF"
    at = tail.rfind(_ZIP_END)
    if at >= 0 and len(tail) - at >= _ZIP_END_LENGTH:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        if at + _ZIP_END_LENGTH + comment == len(tail):
            return "a ZIP archive"
    return ""


def _boxed(head: bytes) -> Form | None:
    """MP4 and QuickTime: boxes, the first of which names the brand."""
    if head[4:8] in _BOXES:
        return MOV
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand == b"qt  ":
        return MOV
    still = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"M4A ", b"M4B ", b"crx ")
    return None if brand in still else MP4
