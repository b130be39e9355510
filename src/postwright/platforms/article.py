"""Articles: long Markdown texts with a title, as WordPress, Ghost and Substack take them.

Raw HTML in the text is shown, never passed on, and links lead to addresses that are no scripts: what comes out is safe as it is.
"""

from __future__ import annotations

import html
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from postwright.kit.text import extract_urls
from postwright.platforms.checks import check_common
from postwright.platforms.errors import Rejected
from postwright.platforms.post import Media, Post
from postwright.platforms.rules import Finding, Rules

MOST_TEXT = 100_000  # characters; our own bound: what these platforms store is counted in gigabytes
_SLUG_WORDS = 60  # characters
_BULLET = re.compile(r"^• ", re.MULTILINE)
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def check_article(post: Post, rules: Rules, name: str) -> list[Finding]:
    """What every article platform asks: the common checks, and a title."""
    findings = check_common(post, rules, name)
    if not (post.title or "").strip():
        findings.append(Finding("title", "required", f"{name} needs a title", 1, 0, rules.source))
    return findings


def need_title(post: Post, name: str) -> str:
    """The title. Raises Rejected without one."""
    if not (title := (post.title or "").strip()):
        raise Rejected(f"{name} needs a title", field="title", rule="required")
    return title


def new_slug(title: str) -> str:
    """The end of an article's address: words of its title, and letters that nobody else chose. By it a lost answer is found."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = _NOT_WORD.sub("-", plain).strip("-")[:_SLUG_WORDS].strip("-")
    return f"{words}-{secrets.token_hex(4)}" if words else f"post-{secrets.token_hex(8)}"


def to_html(text: str) -> str:
    """Markdown as HTML. Line breaks stay, addresses become links, and lines with a bullet a list."""
    rendered: str = _markdown().render(_BULLET.sub("- ", text))
    return rendered.strip()


def with_media(body: str, media: Sequence[tuple[Media, str]], video: Callable[[Media, str], str] | None = None) -> str:
    """The HTML with the media below it, each at the address it was brought to."""
    figures = [(video or video_figure)(each, url) if each.kind == "video" else image_figure(each, url) for each, url in media]
    return "\n".join([body, *figures]) if body else "\n".join(figures)


def image_figure(medium: Media, url: str) -> str:
    size = f' width="{medium.width}" height="{medium.height}"' if medium.width and medium.height else ""
    return f'<figure><img src="{html.escape(url)}" alt="{html.escape(medium.alt)}"{size}></figure>'


def video_figure(medium: Media, url: str) -> str:
    label = f' aria-label="{html.escape(medium.alt)}"' if medium.alt else ""
    return f'<figure><video controls preload="metadata" src="{html.escape(url)}"{label}></video></figure>'


@cache
def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    reader.core.ruler.push("plain_addresses", _link_addresses)
    return reader


def _link_addresses(state: StateCore) -> None:
    """Addresses in running text become links, unless they stand in one."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = list(_linked(state, block.children))


def _linked(state: StateCore, tokens: Sequence[Token]) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        inside += token.type == "link_open"
        inside -= token.type == "link_close"
        if token.type == "text" and not inside:
            yield from _split_addresses(state, token)
        else:
            yield token


def _split_addresses(state: StateCore, token: Token) -> Iterator[Token]:
    at = 0
    for url in extract_urls(token.content, without_protocol=False):
        if not state.md.validateLink(url.value):
            continue
        yield _text(token.content[at : url.start])
        yield Token("link_open", "a", 1, attrs={"href": state.md.normalizeLink(url.value)})
        yield _text(url.value)
        yield Token("link_close", "a", -1)
        at = url.end
    yield _text(token.content[at:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
