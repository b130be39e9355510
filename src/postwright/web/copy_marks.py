"""What readers of a platform see of a post besides its text and media: who may see it, its labels, its place, its playlist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from postwright.platforms.registry import REGISTRY

# Where the words stand above the media; elsewhere the picture comes first.
WORDS_FIRST = frozenset({"x", "linkedin", "facebook", "bluesky", "mastodon"})
# Where several pictures are one strip to be swiped through; elsewhere they are a grid.
STRIPS = frozenset({"instagram", "tiktok"})

SENSITIVE = "Sensitive content"

_Extra = Mapping[str, Any]


def marks_of(platform: str, extra: _Extra) -> tuple[str, ...]:
    """In words, in the order in which a reader meets them."""
    told = _MARKS.get(platform)
    return tuple(told(extra)) if told else ()


def warning_of(platform: str, extra: _Extra) -> str | None:
    """The words behind which the post, or its media, are hidden until a reader opens them."""
    if platform == "mastodon":
        return str(extra.get("spoiler_text") or "") or (SENSITIVE if extra.get("sensitive") else None)
    if platform == "bluesky":
        values = _list(_map(_map(extra.get("record")).get("labels")).get("values"))
        words = dict(next(option.choices for option in REGISTRY["bluesky"].options if option.name == "labels"))
        return ", ".join(words.get(str(_map(each).get("val")), "Content warning") for each in values) or None
    return None


def link_of(extra: _Extra) -> str | None:
    """Where a link card leads."""
    link = extra.get("link")
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else None


def _words_for(platform: str, option: str, value: Any) -> str | None:
    """The words that the options panel has for a choice, unless it is what everybody has."""
    found = next((each for each in REGISTRY[platform].options if each.name == option), None)
    if found is None or value in (None, found.default, "PUBLIC_TO_EVERYONE"):
        return None
    return dict(found.choices).get(str(value))


def _of_x(extra: _Extra) -> list[str]:
    who = _words_for("x", "reply_settings", extra.get("reply_settings"))
    return _said(
        (who, f"Replies: {who}"),
        (extra.get("made_with_ai"), "Made with AI"),
        (extra.get("paid_partnership"), "Paid partnership"),
        (extra.get("community_id"), f"In community {extra.get('community_id')}"),
    )


def _of_linkedin(extra: _Extra) -> list[str]:
    return _said((extra.get("visibility") == "CONNECTIONS", "Connections only"), (extra.get("reshare_disabled"), "Resharing off"))


def _of_instagram(extra: _Extra) -> list[str]:
    return _said(
        (extra.get("collaborators"), f"With {_names(extra.get('collaborators'))}"),
        (extra.get("user_tags"), f"Tagged: {_names(extra.get('user_tags'))}"),
        (extra.get("location_id"), f"Place {extra.get('location_id')}"),
        (extra.get("ai"), "AI info"),
        (extra.get("share_to_feed") is False, "Reels tab only"),
    )


def _of_facebook(extra: _Extra) -> list[str]:
    return _said((extra.get("place"), f"Place {extra.get('place')}"))


def _of_tiktok(extra: _Extra) -> list[str]:
    who = _words_for("tiktok", "privacy_level", extra.get("privacy_level"))
    return _said(
        (who, str(who)),
        (extra.get("brand_content_toggle"), "Paid partnership"),
        (extra.get("brand_organic_toggle") and not extra.get("brand_content_toggle"), "Promotional content"),
        (extra.get("is_aigc"), "AI-generated"),
        (extra.get("disable_comment"), "Comments off"),
        (extra.get("disable_duet"), "Duets off"),
        (extra.get("disable_stitch"), "Stitches off"),
        (extra.get("auto_add_music"), "With music"),
    )


def _of_youtube(extra: _Extra) -> list[str]:
    status, snippet = _map(extra.get("status")), _map(extra.get("snippet"))
    privacy = {"unlisted": "Unlisted", "private": "Private"}.get(str(status.get("privacyStatus")))
    return _said(
        (privacy, str(privacy)),
        (status.get("selfDeclaredMadeForKids"), "Made for kids"),
        (extra.get("paid_placement"), "Includes paid promotion"),
        (status.get("containsSyntheticMedia"), "Altered or synthetic content"),
        (snippet.get("categoryId", "22") != "22", str(_words_for("youtube", "category_id", snippet.get("categoryId")))),
        (extra.get("playlist"), f"In “{extra.get('playlist')}”"),
        (extra.get("captions"), "Captions"),
    )


def _of_bluesky(extra: _Extra) -> list[str]:
    gate = extra.get("gate")
    rules = [str(_map(each).get("$type", "")).rsplit("#", 1)[-1] for each in _list(_map(gate).get("allow"))]
    words = {"mentionRule": "who is mentioned", "followingRule": "whom the author follows", "followerRule": "followers"}
    langs = _list(_map(extra.get("record")).get("langs"))
    return _said(
        (gate and not rules, "Replies off"),
        (rules, f"Replies: {', '.join(words.get(rule, rule) for rule in rules)}"),
        (langs, f"In {', '.join(map(str, langs))}"),
    )


def _of_mastodon(extra: _Extra) -> list[str]:
    who = {"unlisted": "Quiet public", "private": "Followers only", "direct": "Mentioned people only"}.get(str(extra.get("visibility")))
    return _said((who, str(who)))


_MARKS: Mapping[str, Callable[[_Extra], list[str]]] = {
    "x": _of_x, "linkedin": _of_linkedin, "instagram": _of_instagram, "facebook": _of_facebook, "tiktok": _of_tiktok,
    "youtube": _of_youtube, "bluesky": _of_bluesky, "mastodon": _of_mastodon,
}  # fmt: skip


def _said(*pairs: tuple[Any, str]) -> list[str]:
    return [words for holds, words in pairs if holds]


def _names(value: Any) -> str:
    return ", ".join(f"@{name}" for name in _list(value))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
