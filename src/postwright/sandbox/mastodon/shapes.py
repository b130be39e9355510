"""How the pretend Mastodon server shows accounts, statuses, attachments and itself."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.records import Account, Medium, Post
from postwright.sandbox.world import World

HOST = "mastodon.example"
TEXT_LIMIT, MEDIA_LIMIT, ALT_LIMIT = 500, 4, 1500
IMAGE_BYTES, VIDEO_BYTES = 16_777_216, 103_809_024
IMAGE_PIXELS = 33_177_600
TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "video/webm", "video/mp4", "video/quicktime")


def show_instance(base: str) -> dict[str, Any]:
    """The server's description of itself; `base` is the sandbox's own address."""
    closed = {"enabled": False, "approval_required": False, "message": None, "url": None, "min_age": None, "reason_required": None}
    picture: dict[str, Any] = {"url": f"{base}/_sandbox/avatars/none.svg", "blurhash": None, "versions": {}, "description": ""}
    return {
        "domain": HOST, "title": "Sandbox Mastodon", "version": "4.5.0", "source_url": "https://github.com/mastodon/mastodon",
        "description": "A pretend Mastodon server. Nothing leaves this machine.", "languages": ["en"], "rules": [], "icon": [],
        "usage": {"users": {"active_month": 1}}, "thumbnail": picture, "api_versions": {"mastodon": 7},
        "contact": {"email": "nobody@mastodon.example", "account": None}, "registrations": closed, "configuration": _configuration(),
    }  # fmt: skip


def _configuration() -> dict[str, Any]:
    some = {"local": "public", "remote": "authenticated"}
    about = {
        "streaming": f"wss://{HOST}",
        "status": None,
        "about": f"https://{HOST}/about",
        "privacy_policy": None,
        "terms_of_service": None,
    }
    return {
        "urls": about, "vapid": {"public_key": "none"}, "translation": {"enabled": False}, "limited_federation": False,
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5, "max_profile_fields": 4},
        "statuses": {"max_characters": TEXT_LIMIT, "max_media_attachments": MEDIA_LIMIT, "characters_reserved_per_url": 23},
        "media_attachments": {
            "supported_mime_types": list(TYPES), "image_size_limit": IMAGE_BYTES, "image_matrix_limit": IMAGE_PIXELS,
            "video_size_limit": VIDEO_BYTES, "video_frame_rate_limit": 120, "video_matrix_limit": 8_294_400, "description_limit": ALT_LIMIT,
        },
        "polls": {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746},
        "timelines_access": {"live_feeds": some, "hashtag_feeds": some, "trending_link_feeds": some},
    }  # fmt: skip


def show_account(world: World, base: str, account: Account) -> dict[str, Any]:
    username, picture = account.handle.split("@")[0], avatar_url(base, account)
    count, last = world.ledger.count_of(account.id, world.clock())
    return {
        "id": account.id, "username": username, "acct": username, "url": f"https://{HOST}/@{username}",
        "uri": f"https://{HOST}/users/{username}", "display_name": account.display_name,
        "note": f"<p>{html.escape(str(account.profile.get('about', '')))}</p>", "avatar": picture, "avatar_static": picture,
        "header": picture, "header_static": picture, "locked": False, "fields": [], "emojis": [], "bot": False, "group": False,
        "discoverable": True, "indexable": True, "created_at": iso(account.created_at), "last_status_at": iso(last)[:10] if last else None,
        "statuses_count": count, "followers_count": followers_at(account, world.clock()), "following_count": 84,
        "hide_collections": False, "noindex": False, "roles": [], "avatar_description": "", "header_description": "",
    }  # fmt: skip


def show_status(world: World, base: str, post: Post, owner: Account) -> dict[str, Any]:
    seen, username = figures(post, owner, world.clock()), owner.handle.split("@")[0]
    tags = sorted({tag.lower() for tag in re.findall(r"(?<![\w/])#(\w+)", post.text)})
    names = post.extra.get("attachments", post.media)
    pairs = [(name, medium) for name, place in zip(names, post.media, strict=True) if (medium := world.media.get(place))]
    return {
        "id": post.remote_id, "created_at": iso(post.created_at), "edited_at": None, "in_reply_to_id": post.parent,
        "in_reply_to_account_id": owner.id if post.parent else None, "sensitive": post.extra.get("sensitive", False),
        "spoiler_text": post.extra.get("spoiler_text", ""), "visibility": post.extra.get("visibility", "public"),
        "language": post.extra.get("language", "en"), "uri": f"https://{HOST}/users/{username}/statuses/{post.remote_id}",
        "url": f"https://{HOST}/@{username}/{post.remote_id}", "replies_count": seen["comments"], "reblogs_count": seen["shares"],
        "favourites_count": seen["likes"], "quotes_count": 0, "content": _markup(post.text), "reblog": None,
        "account": show_account(world, base, owner), "mentions": [], "emojis": [], "card": None, "poll": None,
        "media_attachments": [show_medium(base, name, medium, ready=True) for name, medium in pairs],
        "tags": [{"name": tag, "url": f"https://{HOST}/tags/{tag}"} for tag in tags],
        "application": {"name": "Postwright", "website": None}, "favourited": False, "reblogged": False, "muted": False,
        "bookmarked": False, "pinned": False,
    }  # fmt: skip


def show_medium(base: str, name: str, medium: Medium, *, ready: bool) -> dict[str, Any]:
    address, shape = f"{base}/_sandbox/media/{medium.id}", f"{medium.width}x{medium.height}"
    size = {"width": medium.width, "height": medium.height, "size": shape, "aspect": medium.width / max(1, medium.height)}
    return {
        "id": name, "type": "gifv" if medium.mime == "image/gif" else medium.kind, "url": address if ready else None,
        "preview_url": address, "remote_url": None, "preview_remote_url": None, "text_url": None, "meta": {"original": size},
        "description": medium.alt or None, "blurhash": None,
    }  # fmt: skip


def _markup(text: str) -> str:
    paragraphs = [html.escape(part, quote=False).replace("\n", "<br />") for part in text.split("\n\n")]
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
