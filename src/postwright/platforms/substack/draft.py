"""A draft to carry over by hand: HTML to paste, the plain text, and the images, in one archive."""

from __future__ import annotations

import html
import shutil
import zipfile
from pathlib import Path
from typing import IO

from postwright.platforms.article import image_figure, need_title, to_html, video_figure
from postwright.platforms.post import Media, Post

_EPOCH = (2026, 1, 1, 0, 0, 0)  # one time for all files: the same draft gives the same bytes


def export_draft(post: Post, into: IO[bytes]) -> None:
    """A ZIP of draft.html, draft.txt and media/. Raises Rejected without a title."""
    title = need_title(post, "Substack")
    names = [f"media/{at + 1}-{medium.kind}{medium.path.suffix}" for at, medium in enumerate(post.media)]
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("draft.html", _EPOCH), _page(title, post, names))
        archive.writestr(zipfile.ZipInfo("draft.txt", _EPOCH), _plain(title, post))
        for medium, name in zip(post.media, names, strict=True):
            _add(archive, name, medium.path)


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    """A piece at a time: videos are large."""
    told = zipfile.ZipInfo(name, _EPOCH)
    told.file_size = path.stat().st_size  # beyond 2 GiB the archive is laid out otherwise, which must be known before
    with path.open("rb") as source, archive.open(told, "w") as held:
        shutil.copyfileobj(source, held, 1024 * 1024)


def _page(title: str, post: Post, names: list[str]) -> str:
    figures = "\n".join(_figure(medium, name) for medium, name in zip(post.media, names, strict=True))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        f"<h1>{html.escape(title)}</h1>\n{to_html(post.text)}\n{figures}\n</html>\n"
    )


def _figure(medium: Media, name: str) -> str:
    return video_figure(medium, name) if medium.kind == "video" else image_figure(medium, name)


def _plain(title: str, post: Post) -> str:
    alts = [f"[{medium.kind} {at + 1}: {medium.alt}]" for at, medium in enumerate(post.media) if medium.alt]
    return "\n\n".join([title, post.full_text(), *alts]) + "\n"
