"""Weeks of backdated posts, so that a new workspace has something to look at. Simulated, and removable."""

from __future__ import annotations

import random
import secrets
import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from postwright.sandbox import ids
from postwright.sandbox.accounts import Brand, brand_of
from postwright.sandbox.engagement import figures
from postwright.sandbox.records import Account, Post
from postwright.sandbox.world import World

PER_WEEK = {
    "x": 6, "linkedin": 3, "instagram": 4, "facebook": 3, "tiktok": 3, "youtube": 2, "bluesky": 5, "mastodon": 4,
    "threads": 4, "telegram": 3, "discord": 3, "wordpress": 1, "ghost": 1, "substack": 1, "webhook": 2,
}  # fmt: skip
KINDS = {
    "x": ("text", "text", "image"), "linkedin": ("text", "image"), "instagram": ("image", "image", "carousel"),
    "facebook": ("text", "image", "link"), "tiktok": ("image",), "youtube": ("video",), "bluesky": ("text", "image"),
    "mastodon": ("text", "image"), "threads": ("text", "image"), "telegram": ("text", "image"), "discord": ("text",),
    "wordpress": ("article",), "ghost": ("article",), "substack": ("article",), "webhook": ("text",),
}  # fmt: skip
TITLED = ("youtube", "tiktok", "wordpress", "ghost", "substack")
OPENINGS = (
    "A question we hear every week:", "Small news from the workshop:", "What we learned the hard way:",
    "Three years ago we nearly gave up.",
    "Behind the counter today:", "An honest answer:", "Before and after:", "For everyone who asked:", "We changed our mind about this:",
    "The part nobody photographs:",
)  # fmt: skip
SUBJECTS = (
    "why the first version is never the one that lasts", "how long a good thing really takes", "what we stopped doing, and do not miss",
    "the tool we reach for most", "a customer's letter that made our month", "the mistake in batch twelve", "what it costs, line by line",
    "how to choose when everything looks the same", "the five-minute check that saves a day", "what changes when the season does",
    "the case for doing less", "a tour in four pictures", "the one rule we never break", "how we say no",
)  # fmt: skip
CLOSINGS = (
    "More on Thursday.",
    "Tell us yours.",
    "Ask us anything.",
    "The long version is on the site.",
    "Saved you a seat.",
    "It was worth it.",
)
DAYS_SHOWN = 28


def write(world: World, workspace: str, weeks: int) -> list[tuple[Account, Post]]:
    """Replaces the simulated history of a workspace; returns what was made, oldest first."""
    made: list[tuple[Account, Post]] = []
    with world.ledger.transaction():
        world.ledger.forget_history(workspace)
        for account in world.ledger.accounts(workspace):
            made.extend((account, post) for post in _posts(world, account, weeks))
        for _, post in made:
            world.ledger.add_post(post, post.created_at)
    return sorted(made, key=lambda pair: pair[1].created_at)


def daily(post: Post, account: Account, now: float) -> list[dict[str, Any]]:
    """The figures added on each day (UTC) of the post's first four weeks, up to now."""
    first = datetime.fromtimestamp(post.created_at, UTC).date()
    last = min(datetime.fromtimestamp(now, UTC).date(), first + timedelta(days=DAYS_SHOWN))
    days, before = [], dict.fromkeys(figures(post, account, post.created_at), 0)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        until = figures(post, account, min(now, _midnight_after(day)))
        days.append({"date": day.isoformat(), **{name: until[name] - before[name] for name in until}})
        before = until
    return days


def _posts(world: World, account: Account, weeks: int) -> list[Post]:
    now, brand = world.clock(), brand_of(account.workspace)
    luck = random.Random(f"{account.workspace}:{account.platform}:{weeks}")  # noqa: S311
    subjects = list(SUBJECTS)
    posts = []
    for number in range(PER_WEEK[account.platform] * weeks):
        if number % len(subjects) == 0:
            luck.shuffle(subjects)
        at = now - (number + luck.uniform(0.15, 0.85)) * 604_800 / PER_WEEK[account.platform]
        at = _at_a_human_hour(at, luck)
        if at < now - 3_600:
            posts.append(_post(world, account, brand, at, subjects[number % len(subjects)], luck))
    return posts


def _post(world: World, account: Account, brand: Brand, at: float, subject: str, luck: random.Random) -> Post:
    kind = luck.choice(KINDS[account.platform])
    text = f"{luck.choice(OPENINGS)} {subject}. {luck.choice(CLOSINGS)}"
    remote_id = _remote_id(account, at)
    media = tuple(
        _picture(world, account, brand, number) for number in range({"carousel": 3, "text": 0, "link": 0, "article": 0}.get(kind, 1))
    )
    title = subject[0].upper() + subject[1:] if account.platform in TITLED else None
    return Post(account.platform, remote_id, account.id, at, kind, text, remote_id, title, media, origin="history")


def _at_a_human_hour(at: float, luck: random.Random) -> float:
    """The same day between 6 and 22 o'clock, mostly on a quarter, as people plan."""
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    hour = luck.choice((6, 7, 8, 8, 9, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 17, 18, 18, 19, 20, 21))
    return (day + timedelta(hours=hour, minutes=luck.choice((0, 0, 15, 30, 45)), seconds=luck.randrange(1, 40))).timestamp()


def _remote_id(account: Account, at: float) -> str:
    """An id of the platform's shape. Growing ids would all be of now, so these carry their own time."""
    match account.platform:
        case "x":
            return str((int(at * 1000) - ids.X_EPOCH_MS << 22) | int(ids.digits_of(6)))
        case "linkedin":
            return f"urn:li:share:{(int(at * 1000) << 22) | int(ids.digits_of(6))}"
        case "instagram":
            return ids.meta_id("179", 17)
        case "facebook":
            return f"{account.id}_{ids.meta_id('12', 15)}"
        case "tiktok":
            return ids.tiktok_id(at)
        case "youtube":
            return ids.youtube_id()
        case "bluesky":
            return f"at://{account.id}/app.bsky.feed.post/{ids.tid_of(at)}"
        case "threads":
            return ids.meta_id("18", 17)
        case "ghost":
            return secrets.token_hex(12)
        case _:
            return str((int(at * 1000) << 16) | int(ids.digits_of(4)))


def _picture(world: World, account: Account, brand: Brand, number: int) -> str:
    """A plain coloured picture, one file per workspace, platform and number."""
    medium_id = f"{abs(hash_text(account.id)):x}h{number}"
    if world.media.get(medium_id) is None:
        file = world.media.temporary()
        file.write_bytes(png(320, 400, _shade(brand.colour, number)))
        world.media.adopt(file, account.id, medium_id, alt=f"A plain picture in the colour of {brand.name}")
    return medium_id


def hash_text(text: str) -> int:
    return zlib.crc32(text.encode())


def png(width: int, height: int, colour: Sequence[int]) -> bytes:
    """A picture of one colour."""
    row = b"\0" + bytes(colour) * width
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height, 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


def _shade(colour: str, number: int) -> tuple[int, int, int]:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return min(255, red + 18 * number), min(255, green + 18 * number), min(255, blue + 18 * number)


def _midnight_after(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + 86_400
