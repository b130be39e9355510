"""What a platform is to the rest of Postwright: rules for content, and small capability protocols.

An adapter gets an HTTP client and credentials and never sees the database. Whether the client
talks to the platform or to the sandbox is decided by who makes the client (kit/http.py); an
adapter always names the platform's real addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

import httpx2

from postwright.kit.text import UTF8_COUNTER, Counter, extract_hashtags, split_thread, utf8_bytes
from postwright.platforms.facts import NO_FACE, Face

if TYPE_CHECKING:  # auth.py names Account and Credentials of this file
    from postwright.platforms.auth import AcceptsKeys, Authorizes, RegistersApps

MediaKind = Literal["image", "video", "document"]


@dataclass(frozen=True, slots=True)
class Media:
    """A file that goes with a post. `path` is readable here; `url` is a signed address for platforms that pull."""

    id: str
    kind: MediaKind
    mime_type: str
    size: int  # bytes
    width: int
    height: int
    duration: float | None  # seconds, of a video
    alt: str
    path: Path
    url: str
    codec: str | None = None  # of a video's pictures, as ffmpeg calls it; None: not known
    fps: float | None = None  # pictures a second, of a video; None: not known
    pages: int | None = None  # of a document; None: not known
    name: str = ""  # what people call it


@dataclass(frozen=True, slots=True)
class Post:
    """One post as it goes out. `parts` holds a thread, first part included; else it is empty."""

    text: str
    format: str
    title: str | None = None
    parts: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()  # without '#'
    media: tuple[Media, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def full_text(self) -> str:
        """The text with its hashtags after a blank line, as it is sent and counted."""
        tags = " ".join(f"#{tag}" for tag in self.hashtags)
        return f"{self.text}\n\n{tags}".strip() if tags else self.text

    def pieces(self) -> tuple[str, ...]:
        """The texts that go out, one by one: the thread's parts, or the one text.

        Hashtags that no part has yet close the last part.
        """
        if not self.parts:
            return (self.full_text(),)
        said = {entity.value.casefold() for part in self.parts for entity in extract_hashtags(part)}
        tags = " ".join(f"#{tag}" for tag in self.hashtags if tag.casefold() not in said)
        return (*self.parts[:-1], f"{self.parts[-1]}\n\n{tags}") if tags else self.parts

    def of_kind(self, kind: MediaKind) -> tuple[Media, ...]:
        return tuple(medium for medium in self.media if medium.kind == kind)


@dataclass(frozen=True, slots=True)
class Account:
    """The account that posts, as the platform knows it."""

    platform_user_id: str
    handle: str
    host: str | None = None  # of a platform with many servers
    profile: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Decrypted tokens; lives only as long as a call."""

    access_token: str
    refresh_token: str | None = None
    expires_at: datetime | None = field(default=None, compare=False)  # as far as we know
    renewable: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a post is out: its id and its address there."""

    remote_id: str
    url: str
    part_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about a field of a post. `level` error stops the post, warning does not."""

    field: str
    rule: str
    message: str
    limit: float | None = None
    actual: float | None = None
    source: str | None = None
    level: Literal["error", "warning"] = "error"
    fix: str | None = None  # a fix that one click applies: split_thread, add_card, add_card_video, trim_hashtags, auto_format, convert


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about a platform that may change: where it was read, and when."""

    value: float | str
    source: str
    checked_on: date
    sunset: date | None = None  # the day from which it is known not to hold

    @property
    def number(self) -> int:
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a format is made of, where that is narrower than what its platform takes. Bounds hold for its videos."""

    name: str  # with its article, as people say it
    kinds: tuple[MediaKind, ...]
    source: str
    least: int = 1
    most: int | None = None  # media; None: as many as the platform takes
    duration: tuple[float, float] | None = None  # seconds, least and greatest
    aspect: tuple[float, float] | None = None  # width / height, least and greatest
    fps: tuple[float, float] | None = None  # pictures a second, least and greatest
    words: bool = True  # False: nobody sees a text with it
    any_shape: bool = False  # pictures may be as wide or tall as they are
    least_size: tuple[int, int] | None = None  # width and height of a video, in pixels


@dataclass(frozen=True, slots=True)
class Rules:
    """How a platform counts and what it takes. Each number is a dated fact with a source."""

    limit: int
    unit: str  # "weighted characters", "graphemes", "UTF-16 units", ...
    count: Callable[[str], int]
    source: str
    checked_on: date
    default_format: str
    needs: MediaKind | None = None  # the platform takes no post without it
    max_images: int = 4
    image_mime_types: tuple[str, ...] = ("image/jpeg", "image/png")
    max_image_bytes: int = 5_000_000
    threads: bool = False
    title_limit: int | None = None  # None: the platform has no titles
    max_hashtags: int | None = None
    fold_at: int | None = None  # characters shown before the platform's "more"
    byte_limit: int | None = None  # a second limit in UTF-8 bytes, where there is one
    formats: tuple[str, ...] = ("post",)
    accepts: tuple[MediaKind, ...] = ("image", "video")
    max_mentions: int | None = None
    max_media: int = 20
    mixes_media: bool = False  # images and a video in one post
    aspect: tuple[float, float] | None = None  # width / height of an image, least and greatest
    video_mime_types: tuple[str, ...] = ("video/mp4", "video/quicktime")
    max_video_bytes: int = 512_000_000
    duration: tuple[float, float] | None = None  # seconds of a video, least and greatest
    media_source: str = ""
    video_codecs: tuple[str, ...] = ()  # as ffmpeg calls them; empty: not told
    fps: tuple[float, float] | None = None  # pictures a second of a video, least and greatest
    video_aspect: tuple[float, float] | None = None  # width / height of a video, least and greatest
    max_video_side: int | None = None  # pixels
    alt_limit: int | None = None  # characters of an alternative text
    pulls: tuple[MediaKind, ...] = ()  # what the platform fetches by itself from a public address of ours
    document_mime_types: tuple[str, ...] = ()
    max_document_bytes: int = 0
    max_document_pages: int | None = None
    document_source: str = ""
    comment: Fact | None = None  # characters of a first comment; None: it is counted as a text is
    video_source: str = ""  # where videos have a page of their own
    max_pixels: Mapping[str, int] = field(default_factory=dict)  # width times height, by kind
    gif: Fact | None = None  # bytes of a GIF, where more than of other images
    shapes: Mapping[str, Shape] = field(default_factory=dict)  # by format; one without may have any media that the platform takes

    def source_of(self, kind: MediaKind | None = None) -> str:
        """The page that says what the platform takes of this kind of media."""
        own = {"video": self.video_source, "document": self.document_source}.get(kind or "")
        return own or self.media_source or self.source

    def remaining(self, text: str) -> int:
        """What is left in the platform's own unit; negative when over."""
        return self.limit - self.count(text)

    def overflow_at(self, text: str) -> int | None:
        """The index of the first character that no longer fits, or None when all do."""
        index = self._cut(text) if self.remaining(text) < 0 else len(text)
        if self.byte_limit is not None and utf8_bytes(text) > self.byte_limit:
            index = min(index, UTF8_COUNTER.cut(text, self.byte_limit))
        return index if index < len(text) else None

    def split(self, text: str) -> list[str]:
        """The text as numbered parts of a thread, each within all limits; raises InvalidInput when that cannot be."""
        return split_thread(text, self.count if self.byte_limit is None else self._strictest, self.limit)

    def _strictest(self, text: str) -> int:
        """The length by whichever limit is nearer, in the platform's own unit."""
        return max(self.count(text), -(-utf8_bytes(text) * self.limit // (self.byte_limit or self.limit)))

    def _cut(self, text: str) -> int:
        if isinstance(self.count, Counter):
            return self.count.cut(text, self.limit)
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.count(text[:middle]) <= self.limit else (low, middle - 1)
        return low


class Ledger(Protocol):
    """The attempt's own record, kept by the engine. Each call is durable when it returns."""

    @property
    def remote_ids(self) -> Mapping[str, Any]:
        """What earlier tries of this attempt left: upload URIs, container ids, ids of thread parts."""
        ...

    async def keep(self, **remote_ids: Any) -> None:
        """Saves handles as soon as they are known. `sending_…` says what is about to be sent and is saved with the phase that
        follows; None takes it back, at once."""
        ...

    def now(self) -> datetime:
        """The moment by the clock that all publishers share; a machine's own may be far off."""
        ...

    async def enter(self, phase: Literal["uploading", "sending", "confirming"]) -> None:
        """Says where the attempt is. `sending` stands right before the one call that makes the
        post public; it raises when the lease is lost, and then nothing may be sent."""
        ...


class Publishes(Protocol):
    async def publish(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, post: Post, ledger: Ledger) -> Receipt:
        """Sends the post. Raises the errors of platforms/errors.py; OutcomeUnknown only after `sending`.

        ReauthRequired between `sending` and `confirming` tells that what was sent last made nothing: the same is sent again with
        other tokens. What is asked after the platform took the post comes after `confirming`, or raises nothing of the kind."""
        ...


class Reconciles(Protocol):
    async def find(
        self,
        http: httpx2.AsyncClient,
        account: Account,
        credentials: Credentials,
        post: Post,
        remote_ids: Mapping[str, Any],
        since: datetime,
    ) -> Receipt | None:
        """Whether a post whose outcome is unknown landed: its receipt; None when proven absent;
        raises OutcomeUnknown when the platform cannot tell."""
        ...


class MeasuresPosts(Protocol):
    async def measure(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> Mapping[str, int]:
        """The post's figures under our names (views, impressions, likes, comments, shares, saves, clicks).
        What the platform does not tell is absent, never 0."""
        ...


class Adapter(Publishes, Reconciles, MeasuresPosts, Protocol):
    """All that a publishing platform does."""


class Deletes(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str) -> None:
        """Takes a post down. One that is gone already is fine. Raises Rejected where the platform does not let it go."""
        ...


class ReadsAudience(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, int]:
        """The account's figures under our names (followers, following, posts, views). What is not told is absent, never 0."""
        ...


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its platform shows it now. What is not told is None, or absent from `figures` (those of `audience`)."""

    handle: str | None = None
    display_name: str | None = None
    avatar_url: str | None = None
    figures: Mapping[str, int] = field(default_factory=dict)


class TellsProfile(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Profile:
        """What the account is called now, in the form in which it was connected, with the audience where the same answer tells it:
        people rename accounts, and ids stay."""
        ...


class Comments(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str:
        """Writes the first comment under a post of ours; its id. Errors as of a send: OutcomeUnknown when it may be there."""
        ...


class FindsComment(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, remote_id: str, text: str) -> str | None:
        """The id of that comment when it is there already; None when proven absent; raises OutcomeUnknown."""
        ...


class TellsChoices(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, Any]:
        """What this account may choose just now, by option (TikTok creator_info, YouTube playlists), and what to show of it."""
        ...


class TellsPost(Protocol):
    def __call__(self, account: Account, link: str) -> str | None:
        """The id by which the API knows the account's own post at this address; None where the address does not carry it."""
        ...


class FindsLink(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials, link: str) -> str | None:
        """The id of the account's own post at this address, by the platform's list of its posts; None when that does not show it."""
        ...


@dataclass(frozen=True, slots=True)
class Option:
    """Something besides text and media that a platform is told. It stands in Post.options under `name`."""

    name: str
    label: str
    kind: Literal["choice", "flag", "text", "list", "moment", "number", "file"]  # file: the id of an image of the post
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value, words
    asked: bool = False  # the choices are the account's: `Platform.choices` tells them
    required: bool = False  # a person must choose: there is no default
    default: str | bool | None = None
    formats: tuple[str, ...] = ()  # of these only; empty: of all
    limit: int | None = None  # characters of a text, entries of a list
    source: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What sending a post costs, by a dated fact."""

    dollars: Decimal
    source: str
    checked_on: date


class Bills(Protocol):
    def __call__(self, post: Post) -> Price:
        """What the platform takes for this post, all parts of a thread together."""
        ...


class ExportsDraft(Protocol):
    def __call__(self, post: Post, into: IO[bytes]) -> None:
        """Writes the post as a ZIP that a person carries over. Raises Rejected for a post that lacks what it needs."""
        ...


@dataclass(frozen=True, slots=True)
class Quota:
    """What a platform says it has counted: `used` of `limit` posts, in a window of so many seconds that moves along.
    `budget` is our name of the limit."""

    used: int
    limit: int
    seconds: int
    source: str
    budget: str = "posts_per_day"


class ReadsQuota(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Quota:
        """How many posts the account has left by the platform's own count. Raises the errors of platforms/errors.py."""
        ...


class OwnRules(Protocol):
    def __call__(self, format: str, told: Mapping[str, Any]) -> Rules:
        """The rules for a format, by what is told of the account (its profile and what it may choose)."""
        ...


class ChecksTold(Protocol):
    def __call__(self, post: Post, told: Mapping[str, Any]) -> list[Finding]:
        """What the platform would refuse in the post of an account of which this is told; where nothing is, as `check`."""
        ...


class Spends(Protocol):
    def __call__(self, post: Post) -> Mapping[str, int]:
        """By name of a limit: what the post takes of it beyond the one that every post takes."""
        ...


class ReadsServer(Protocol):
    async def __call__(self, http: httpx2.AsyncClient, account: Account, credentials: Credentials) -> Mapping[str, Any]:
        """What the account's own server takes, to be kept in the account's profile. Raises the errors of platforms/errors.py."""
        ...


@dataclass(frozen=True, slots=True)
class Platform:
    """One line of the registry. What a platform cannot do is None."""

    slug: str
    name: str
    origins: tuple[str, ...]  # hosts the adapter talks to, upload hosts included; empty: the account's own host
    rules: Rules
    adapter: Adapter
    check: Callable[[Post], list[Finding]]
    options: tuple[Option, ...] = ()
    choices: TellsChoices | None = None
    delete: Deletes | None = None
    audience: ReadsAudience | None = None
    profile: TellsProfile | None = None
    comment: Comments | None = None
    find_comment: FindsComment | None = None
    oauth: Authorizes | None = None
    registers: RegistersApps | None = None
    keys: AcceptsKeys | None = None
    bills: Bills | None = None
    export: ExportsDraft | None = None
    quota: ReadsQuota | None = None
    post_at: TellsPost | None = None
    find_link: FindsLink | None = None
    face: Face = NO_FACE
    own_rules: OwnRules | None = None
    check_told: ChecksTold | None = None
    server: ReadsServer | None = None
    untold: Mapping[str, Fact] = field(default_factory=dict)  # disclosures (ai, paid) that cannot be expressed: why not
    spends: Spends | None = None
    version: Fact | None = None  # of its API, by which it is called

    def rules_for(self, format: str, told: Mapping[str, Any]) -> Rules:
        """The rules for posts of that format, by what is told of the account and of its server."""
        return self.rules if self.own_rules is None else self.own_rules(format, told)

    def findings(self, post: Post, told: Mapping[str, Any]) -> list[Finding]:
        """What the platform would refuse in the post on an account of which this is told."""
        return self.check(post) if self.check_told is None else self.check_told(post, told)
