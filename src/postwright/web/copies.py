"""The sandbox copies of posts, asked of the sandbox server, shown only to the workspace that posted them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx2

from postwright.connections.connect import avatar_path
from postwright.edge.state import State
from postwright.errors import NotFound, Unavailable
from postwright.platforms.registry import face_of
from postwright.web.copy_marks import hides_words, link_of, marks_of, warning_of

_TIMEOUT = 10.0  # seconds; the sandbox is on this machine
_FIGURES = ("views", "impressions", "reach", "likes", "comments", "replies", "shares", "reposts", "saves", "bookmarks", "clicks")


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of a copy, by its address here."""

    kind: str
    src: str
    alt: str
    size: int = 0  # bytes
    preview: str | None = None  # the first page of a document


@dataclass(frozen=True, slots=True)
class Part:
    """A further post of a thread."""

    text: str
    media: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A post as the sandbox has it."""

    platform: str
    remote_id: str
    handle: str
    display_name: str
    avatar_url: str | None
    owner: str  # the account's id there
    text: str
    title: str | None
    media: tuple[Picture, ...]
    parts: tuple[Part, ...]
    at: datetime
    figures: Mapping[str, int]
    kind: str = "text"  # image, carousel, video, reel, story, document, link
    comments: tuple[str, ...] = ()  # of its own author
    marks: tuple[str, ...] = ()  # what readers see of its options
    warning: str | None = None  # the words behind which it is hidden
    link: str | None = None
    poster: str | None = None  # the cover of its video
    pages: int | None = None  # of its document

    @property
    def words_first(self) -> bool:
        """Whether the platform shows the words above the media."""
        return face_of(self.platform).readers.words_first

    @property
    def hides_words(self) -> bool:
        """Whether the warning stands before the words too, not before the media alone."""
        return hides_words(self.platform, self.warning)

    @property
    def layout(self) -> str:
        """How several media stand together: "one", "two", "three", "four" and more in a grid, or a "strip"."""
        count = len(self.media)
        if count > 1 and face_of(self.platform).readers.strips:
            return "strip"
        return {0: "one", 1: "one", 2: "two", 3: "three"}.get(count, "four")


async def list_copies(state: State, workspace: str, *, limit: int = 60) -> list[Copy] | None:
    """The latest copies of a workspace; None when the sandbox does not answer."""
    try:
        answer = await _ask(state, "/_sandbox/posts", {"workspace": workspace, "limit": str(limit)})
        return [_copy(each) for each in answer.json()["posts"]]
    except (Unavailable, NotFound):
        return None


async def get_copy(state: State, platform: str, remote_id: str, owners: Sequence[str]) -> Copy:
    """One copy, of one of the accounts `owners`. Raises NotFound, also for another workspace's; Unavailable."""
    answer = await _ask(state, f"/_sandbox/posts/{_encoded(platform)}/{_encoded(remote_id)}", {})
    copy = _copy(answer.json())
    if copy.owner not in owners:
        raise _not_ours()
    return copy


async def fetch_medium(state: State, medium_id: str, owners: Sequence[str], wanted_range: str | None) -> httpx2.Response:
    """A picture or video of one of the accounts `owners`, or a part of it. Raises NotFound, also for another workspace's; Unavailable."""
    if not owners:
        raise _not_ours()
    headers = {"Range": wanted_range} if wanted_range else {}
    return await _ask(state, f"/_sandbox/media/{_encoded(medium_id)}", {"account": list(owners)}, headers)


async def fetch_preview(state: State, medium_id: str, owners: Sequence[str]) -> httpx2.Response:
    """The first page of a document of one of the accounts `owners`. Raises as fetch_medium does."""
    if not owners:
        raise _not_ours()
    return await _ask(state, f"/_sandbox/media/{_encoded(medium_id)}/preview", {"account": list(owners)})


async def fetch_avatar(state: State, account: str, owners: Sequence[str]) -> httpx2.Response:
    """The picture of one of the accounts `owners`. Raises NotFound, also for another workspace's; Unavailable."""
    if account not in owners:
        raise _not_ours()
    return await _ask(state, f"/_sandbox/avatars/{_encoded(account)}.svg", {})


def _not_ours() -> NotFound:
    return NotFound("There is no such sandbox copy in this workspace.", rule="exists")


def _encoded(part: str) -> str:
    """A part of an address as the sandbox gets it: slashes and all are its own; what would climb out of its place is refused."""
    if any(step in {".", ".."} for step in part.replace("\\", "/").split("/")) or not part.isprintable():
        raise _not_ours()
    return quote(part, safe="")


async def _ask(state: State, path: str, query: Mapping[str, str | list[str]], headers: Mapping[str, str] | None = None) -> httpx2.Response:
    if state.sandbox_url is None:
        raise Unavailable("No sandbox is running here. Start Postwright with `postwright up`.", rule="sandbox")
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT) as http:
            answer = await http.get(
                f"{state.sandbox_url}{path}", params=dict(query), headers={"X-Sandbox-Key": state.sandbox_key, **(headers or {})}
            )
    except httpx2.HTTPError as error:
        raise Unavailable("The sandbox does not answer. Its copies are kept; they are here again once it runs.", rule="sandbox") from error
    if answer.status_code == 404:
        raise NotFound("There is no such sandbox copy.", rule="exists")
    if answer.status_code >= 400:
        raise Unavailable(f"The sandbox refused to answer ({answer.status_code}).", rule="sandbox")
    return answer


def _copy(said: Mapping[str, Any]) -> Copy:
    account, extra = said["account"], said.get("extra") or {}
    parts = [each for each in said.get("parts") or () if each.get("kind") != "comment"]
    cover = extra.get("thumbnail") or extra.get("cover")
    return Copy(
        platform=said["platform"],
        remote_id=said["remote_id"],
        handle=account["handle"],
        display_name=account.get("display_name") or account["handle"],
        avatar_url=avatar_path(account["platform_user_id"]) if account.get("avatar_url") else None,
        owner=str(account["platform_user_id"]),
        text=said.get("text") or "",
        title=said.get("title"),
        media=_pictures(said.get("media")),
        parts=tuple(Part(each.get("text") or "", _pictures(each.get("media"))) for each in parts),
        kind=said.get("kind") or "text",
        comments=tuple(each.get("text") or "" for each in said.get("parts") or () if each.get("kind") == "comment"),
        marks=marks_of(said["platform"], extra),
        warning=warning_of(said["platform"], extra),
        link=link_of(extra),
        poster=f"/sandbox/media/{quote(str(cover), safe='')}" if cover else None,
        pages=extra.get("pages"),
        at=datetime.fromisoformat(said["created_at"]),
        figures={name: int(said["metrics"][name]) for name in _FIGURES if said.get("metrics", {}).get(name) is not None},
    )


def _pictures(media: Sequence[Mapping[str, Any]] | None) -> tuple[Picture, ...]:
    return tuple(map(_picture, media or ()))


def _picture(said: Mapping[str, Any]) -> Picture:
    src = f"/sandbox/media/{quote(str(said['id']), safe='')}"
    return Picture(said["kind"], src, said.get("alt") or "", int(said.get("size") or 0), f"{src}/preview" if said.get("preview") else None)
