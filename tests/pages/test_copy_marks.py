"""What the sandbox copy says of a post's options, from what the pretend platform keeps."""

from __future__ import annotations

from typing import Any

import pytest

from postwright.web.copy_marks import link_of, marks_of, warning_of

GATE = "app.bsky.feed.threadgate"
SAID: list[tuple[str, dict[str, Any], list[str]]] = [
    ("x", {"reply_settings": "verified", "paid_partnership": True}, ["Replies: Verified accounts", "Paid partnership"]),
    ("x", {}, []),
    ("linkedin", {"visibility": "PUBLIC", "reshare_disabled": True}, ["Resharing off"]),
    ("instagram", {"collaborators": ["bea"], "user_tags": ["dan", "eve"], "ai": True}, ["With @bea", "Tagged: @dan, @eve", "AI info"]),
    ("instagram", {"share_to_feed": False}, ["Reels tab only"]),
    ("facebook", {"place": "12"}, ["Place 12"]),
    ("tiktok", {"privacy_level": "SELF_ONLY", "disable_comment": True, "is_aigc": True}, ["Only you", "AI-generated", "Comments off"]),
    ("tiktok", {"privacy_level": "PUBLIC_TO_EVERYONE", "brand_content_toggle": True, "brand_organic_toggle": True}, ["Paid partnership"]),
    ("youtube",
     {"status": {"privacyStatus": "public", "selfDeclaredMadeForKids": True}, "snippet": {"categoryId": "26"}, "playlist": "Bread"},
     ["Made for kids", "How-to & style", "In “Bread”"]),
    ("youtube", {"status": {"privacyStatus": "unlisted"}, "snippet": {}, "captions": [{}]}, ["Unlisted", "Captions"]),
    ("bluesky", {"gate": {"allow": [{"$type": f"{GATE}#mentionRule"}]}, "record": {"langs": ["en", "de"]}},
     ["Replies: who is mentioned", "In en, de"]),
    ("bluesky", {"gate": {"allow": []}}, ["Replies off"]),
    ("mastodon", {"visibility": "private"}, ["Followers only"]),
    ("mastodon", {"visibility": "public"}, []),
    ("elsewhere", {"visibility": "private"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "extra", "said"), SAID)
def test_marks(platform: str, extra: dict[str, Any], said: list[str]) -> None:
    assert list(marks_of(platform, extra)) == said


def test_warnings_hide_what_stands_behind_them() -> None:
    assert warning_of("mastodon", {"spoiler_text": "Food", "sensitive": True}) == "Food"
    assert warning_of("mastodon", {"spoiler_text": "", "sensitive": True}) == "Sensitive content"
    assert warning_of("mastodon", {"spoiler_text": ""}) is None
    labels = {"record": {"labels": {"values": [{"val": "nudity"}, {"val": "unheard-of"}]}}}
    assert warning_of("bluesky", labels) == "Nudity, Content warning"
    assert warning_of("x", labels) is None


def test_a_link_card_leads_to_the_web_only() -> None:
    assert link_of({"link": "https://example.com"}) == "https://example.com"
    assert link_of({"link": "javascript:alert(1)"}) is None
    assert link_of({"link": ["x"]}) is None
