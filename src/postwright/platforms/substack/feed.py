"""The RSS of a publication: its newest articles, and how many comments each has where it says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import httpx2

from postwright.kit.http import LARGE
from postwright.platforms.account import Account
from postwright.platforms.answers import Answer, Caller, asking
from postwright.platforms.errors import OutcomeUnknown
from postwright.platforms.sites import site_of

_COMMENTS = "{http://purl.org/rss/1.0/modules/slash/}comments"
_MOST = 5_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    link: str
    published_at: datetime
    comments: str | None


async def read_feed(http: httpx2.AsyncClient, account: Account) -> list[Item]:
    """The articles of the feed. Raises OutcomeUnknown when there is no feed to read."""
    with asking("Substack"):
        address = f"{site_of(account, 'Substack').address}/feed"
        answer = await Caller("Substack", http, {}, lambda _: None).call("GET", address, extensions=LARGE)
    return list(parse_feed(answer))


def parse_feed(answer: Answer) -> Iterator[Item]:
    """A document type is refused: no feed has one, and its entities could grow without end."""
    text = answer.body[: _MOST + 1].decode("utf-8", "replace")
    if len(answer.body) > _MOST or "<!DOCTYPE" in text[:2000].upper() or "<!ENTITY" in text:
        raise OutcomeUnknown("Substack's feed is not one that we read")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # no entities: see above
    except ElementTree.ParseError as wrong:
        raise OutcomeUnknown("Substack answered without a feed", detail=answer.detail) from wrong
    for item in root.iter("item"):
        link = (item.findtext("link") or "").strip()
        if link.startswith("https://"):
            yield Item((item.findtext("title") or "").strip(), link, _moment(item.findtext("pubDate")), item.findtext(_COMMENTS))


def _moment(text: str | None) -> datetime:
    try:
        return parsedate_to_datetime(text or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)
