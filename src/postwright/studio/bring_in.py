"""Bringing an idea in: pasted text, a text or Markdown file, an address."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import regex

from postwright.errors import InvalidInput
from postwright.studio.models import Idea
from postwright.studio.reading import fold
from postwright.studio.variants import storable

MOST = 200_000  # characters of an idea
_MOST_BYTES = MOST * 4
_MOST_TITLE = 300
_ADDRESS = regex.compile(r"https?://\S+", regex.IGNORECASE)
_FRONT_MATTER = regex.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", regex.DOTALL)
_ENTRY = regex.compile(r"^(?P<name>[A-Za-z_][\w-]*):[ \t]*(?P<value>.*)$")
_LIST_ENTRY = regex.compile(r"^\s+-\s+(?P<value>.+)$|^-\s+(?P<value2>.+)$")
_HEADING = regex.compile(r"\A\s*+#[ \t]++(?P<title>[^\n]++)(?:\n|\Z)")


async def read_source(source: str | Path) -> Idea:
    """An idea from a file (a Path: only commands give one), an address, or the text itself.

    Talks to the network for an address: never call it inside a transaction.
    Raises InvalidInput naming `idea` or `url` and the rule.
    """
    if isinstance(source, Path):
        return from_file(source)
    if is_address(source):
        from postwright.studio.fetch import from_url

        return await from_url(source.strip())  # noqa: ASYNC240 - a string
    return from_text(source)


def is_address(text: str) -> bool:
    """Whether a text is one web address and nothing else."""
    return bool(_ADDRESS.fullmatch(text.strip()))


def from_text(text: str, title: str = "", **source: Any) -> Idea:
    """Pasted text; a leading Markdown heading or front matter names it."""
    kept = _checked(text)
    front, body = _split_front_matter(kept)
    name = fold(storable(title or str(front.get("title", ""))))[:_MOST_TITLE]
    heading = _HEADING.match(body)
    titled = _without_closing(heading["title"]) if heading else ""
    if heading and titled and body[heading.end() :].strip() and name in {"", titled}:
        name, body = titled[:_MOST_TITLE], body[heading.end() :]
    known = {"kind": "markdown" if front or heading else "text"} | _of_use(front) | source
    body = body.strip("\n ") or name
    if not body:
        raise _empty()
    return Idea(name, body, known)


def _without_closing(title: str) -> str:
    """A heading's words, without the marks that may close it: "# Title ##" is a title, "# On C#" another."""
    *words, last = title.split() or [""]
    return " ".join(words if last and not last.strip("#") else [*words, last])


def from_file(path: Path) -> Idea:
    """A text or Markdown file. Raises InvalidInput when it cannot be read as one."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise _too_long(size)
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}.", field="idea", rule="readable") from None
    return from_bytes(data, path.name)


def from_bytes(data: bytes, name: str) -> Idea:
    """The content of a text file: UTF-8, or UTF-16 where a byte order mark says so."""
    if len(data) > _MOST_BYTES:
        raise _too_long(len(data))
    idea = from_text(_decoded(data, name))
    kind = "markdown" if name.lower().endswith((".md", ".markdown")) else idea.source.get("kind", "text")
    return Idea(idea.title, idea.text, {**idea.source, "kind": kind, "file": name})


def _checked(text: str) -> str:
    """Line ends as \\n, control characters gone, joiners and direction marks kept. Raises on empty and on huge."""
    if len(text) > MOST:
        raise _too_long(len(text))
    kept = storable(text)
    if not any(_visible(c) for c in kept):
        raise _empty()
    return kept


def _visible(c: str) -> bool:
    return not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc", "Cs", "Cn", "Co", "Zl", "Zp"}


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        place = f"byte {error.start + 1} is 0x{data[error.start]:02x}"
        raise InvalidInput(
            f"{name} is not UTF-8 text ({place}). Save it as UTF-8 and bring it in again.", field="idea", rule="utf-8"
        ) from None
    if "\0" in text:
        raise InvalidInput(f"{name} is not a text file. Bring in plain text or Markdown.", field="idea", rule="text_file")
    return text


def _split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The `name: value` lines between two `---` at the top, and the rest. What is no such block stays text."""
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    entries: dict[str, Any] = {}
    last = ""
    for line in found[1].split("\n"):
        if entry := _ENTRY.match(line):
            last = entry["name"].lower()
            entries[last] = _value(entry["value"])
        elif (item := _LIST_ENTRY.match(line)) and last:
            known = entries[last] if isinstance(entries[last], list) else []
            entries[last] = [*known, _unquoted(item["value"] or item["value2"])]
        elif line.strip() and not line.lstrip().startswith("#"):
            return {}, text
    return entries, text[found.end() :]


def _value(text: str) -> Any:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [_unquoted(part) for part in text[1:-1].split(",") if part.strip()]
    return _unquoted(text)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _of_use(front: dict[str, Any]) -> dict[str, Any]:
    """What front matter says that the studio uses: tags, and the address of the original."""
    tags = front.get("tags") or front.get("keywords") or []
    tags = tags if isinstance(tags, list) else [part.strip() for part in str(tags).split(",")]
    address = next((str(front[name]) for name in ("canonical_url", "url", "link") if is_address(str(front.get(name, "")))), None)
    return ({"tags": [tag for tag in tags if tag][:20]} if tags else {}) | ({"url": address} if address else {})


def _empty() -> InvalidInput:
    return InvalidInput("The idea is empty: write a sentence or two, or paste a link.", field="idea", rule="required")


def _too_long(length: int) -> InvalidInput:
    return InvalidInput(
        f"The idea has {length:,} characters; at most {MOST:,} can be read. Bring in a part of it.", field="idea", rule="max_length"
    )
