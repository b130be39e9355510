"""The page on the platforms: what each takes, counts, offers and asks, from the registry, each figure with its source and date."""

from __future__ import annotations

from collections.abc import Iterator

from postwright.platforms.base import Option, Platform
from postwright.platforms.registry import REGISTRY
from postwright.platforms.rules import Rules, Shape

_CAN = (
    ("options", "options"),
    ("comment", "a first comment"),
    ("delete", "deleting there"),
    ("audience", "figures of the account"),
    ("bills", "costs per post"),
)
_KINDS = {
    "choice": "one of the account's",
    "flag": "yes or no",
    "text": "a text",
    "list": "a list",
    "moment": "a moment",
    "number": "a number",
    "file": "an image of the post",
}


def page() -> str:
    """One table of all platforms, then a section each."""
    head = [
        "# Platforms",
        "",
        "Made by `make docs` from the code. Limits change: they stand with their date and their sources.",
        "",
    ]
    table = ["| platform | connects by | kinds of post | also |", "|---|---|---|---|", *(_row(each) for each in REGISTRY.values())]
    return "\n".join([*head, *table, "", *(line for each in REGISTRY.values() for line in _section(each))]).rstrip() + "\n"


def _row(platform: Platform) -> str:
    also = ", ".join(words for name, words in _CAN if getattr(platform, name))
    return f"| [{platform.name}](#{platform.slug}) | {_way(platform)} | {', '.join(platform.rules.formats)} | {also} |"


def _way(platform: Platform) -> str:
    if platform.oauth:
        return "its own sign-in page (OAuth)"
    return ", ".join(each.label[:1].lower() + each.label[1:] for each in platform.keys.fields) if platform.keys else "nothing"


def _section(platform: Platform) -> Iterator[str]:
    rules = platform.rules
    yield from (f'## <a id="{platform.slug}"></a>{platform.name}', "")
    yield from (f"- {line}" for line in (*_texts(rules), *_media(rules)))
    pages = sorted({rules.source, rules.media_source, rules.video_source, rules.document_source} - {""})
    yield from ("", f"As of {rules.checked_on:%Y-%m-%d}; see {', '.join(pages)}", "")
    if platform.version is not None:
        ends = f"ends on {platform.version.sunset}" if platform.version.sunset else "no end is announced"
        yield from (f"Called by version {platform.version.value} of its API; {ends} ([source]({platform.version.source})).", "")
    if shapes := platform.rules.shapes:
        yield from ("| kind of post | is made of | |", "|---|---|---|", *(_shape(name, each) for name, each in shapes.items()), "")
    if platform.options:
        yield from ("| option | what | |", "|---|---|---|", *(_option(each) for each in platform.options), "")


def _shape(name: str, shape: Shape) -> str:
    most = "" if shape.most is None else f" to {shape.most}" if shape.most > shape.least else ""
    bounds = [f"{shape.duration[0]:g} to {shape.duration[1]:,g} s"] if shape.duration else []
    bounds += [f"{shape.fps[0]:g} to {shape.fps[1]:g} pictures a second"] if shape.fps else []
    bounds += [f"at least {shape.least_size[0]} x {shape.least_size[1]} pixels"] if shape.least_size else []
    bounds += [f"width to height at most {shape.aspect[1]:g}"] if shape.aspect else []
    bounds += [] if shape.words else ["shows no text"]
    return f"| {name} | {shape.least}{most} {' or '.join(shape.kinds)} | {', '.join(bounds)} ([source]({shape.source})) |".replace(
        "|  (", "| ("
    )


def _texts(rules: Rules) -> Iterator[str]:
    yield f"text: {rules.limit:,} {rules.unit}" + (f", {rules.byte_limit:,} bytes of UTF-8" if rules.byte_limit else "")
    if rules.title_limit is not None:
        yield f"title: {rules.title_limit:,} characters"
    if rules.max_hashtags is not None:
        yield f"hashtags: {rules.max_hashtags}"
    if rules.threads:
        yield "long texts go out as a thread"
    if rules.needs:
        yield f"takes no post without {_one(rules.needs)}"


def _media(rules: Rules) -> Iterator[str]:
    if "image" in rules.accepts:
        yield f"images: {rules.max_images}, each up to {_size(rules.max_image_bytes)}, {_types(rules.image_mime_types)}"
    if "video" in rules.accepts:
        yield f"video: up to {_size(rules.max_video_bytes)}{_length(rules)}, {_types(rules.video_mime_types)}"
    if "document" in rules.accepts:
        pages = f", {rules.max_document_pages} pages" if rules.max_document_pages else ""
        yield f"document: up to {_size(rules.max_document_bytes)}{pages}, {_types(rules.document_mime_types)}"
    if rules.pulls:
        yield f"fetches {' and '.join(rules.pulls)} from an address of this server, which must be reachable from outside"


def _option(option: Option) -> str:
    kind = ", ".join(words for _, words in option.choices[:6]) + (", …" if len(option.choices) > 6 else "") or _KINDS[option.kind]
    asked = "must be chosen" if option.required else "what the account may choose is asked for" if option.asked else ""
    return f"| `{option.name}` | {option.label.rstrip('?')}: {kind} | {asked} |".replace("  ", " ")


def _one(kind: str) -> str:
    return "an image" if kind == "image" else f"a {kind}"


def _types(types: tuple[str, ...]) -> str:
    return ", ".join(each.partition("/")[2].removeprefix("x-") for each in types)


def _length(rules: Rules) -> str:
    return f", {rules.duration[0]:g} to {rules.duration[1]:,g} s" if rules.duration else ""


def _size(count: int) -> str:
    return f"{count / 1_000_000_000:g} GB" if count >= 1_000_000_000 else f"{count / 1_000_000:.3g} MB"
