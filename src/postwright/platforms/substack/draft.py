"""A draft to carry over by hand: HTML to paste, the plain text, and the images, in one archive."""

from __future__ import annotations

import html
import io
import zipfile

from postwright.platforms.article import image_figure, need_title, to_html, video_figure
from postwright.platforms.base import Media, Post

_EPOCH = (2026, 1, 1, 0, 0, 0)  # one time for all files: the same draft gives the same bytes


def export_draft(post: Post) -> bytes:
    """A ZIP of draft.html, draft.txt and media/. Raises Rejected without a title."""
    title, held = need_title(post, "Substack"), io.BytesIO()
    names = [f"media/{at + 1}-{medium.kind}{medium.path.suffix}" for at, medium in enumerate(post.media)]
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("draft.html", _EPOCH), _page(title, post, names))
        archive.writestr(zipfile.ZipInfo("draft.txt", _EPOCH), _plain(title, post))
        for medium, name in zip(post.media, names, strict=True):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), medium.path.read_bytes())
    return held.getvalue()


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
