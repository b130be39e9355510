"""The options of each platform: declared in the registry, checked before a post goes out, and told in the platform's own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from postwright.platforms.errors import Rejected
from postwright.platforms.offers import NOTHING_KNOWN, Known
from postwright.platforms.option_checks import check_options, must_be_chosen
from postwright.platforms.options import split_cover
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.rules import Finding
from tests.platforms.conftest import Notebook, Sandbox, Shelf
from tests.platforms.test_limits import IMAGE, VIDEO

ALL = list(REGISTRY)
PDF = Media("3", "document", "application/pdf", 90_000, 0, 0, None, "", IMAGE.path, "http://127.0.0.1/a.pdf")
CHOSEN: dict[str, dict[str, Any]] = {"tiktok": {"privacy_level": "SELF_ONLY", "music_consent": True}, "youtube": {"made_for_kids": "false"}}


def _fit(slug: str, kind: str | None = None, **options: Any) -> Post:
    needs = REGISTRY[slug].rules.needs
    media = () if needs is None else (VIDEO,) if needs == "video" else (IMAGE,)
    return Post("Hello", kind or REGISTRY[slug].rules.default_format, title="Hello", media=media, options=options)


def _found(slug: str, post: Post, known: Known = NOTHING_KNOWN) -> list[Finding]:
    """What the platform's own rules and those for all options say, as callers put them together."""
    return [*REGISTRY[slug].check(post), *check_options(post, REGISTRY[slug], known)]


@pytest.mark.parametrize("slug", ALL)
def test_each_option_can_be_drawn_and_has_a_source(slug: str) -> None:
    platform = REGISTRY[slug]
    names = [option.name for option in platform.options]
    assert len(names) == len(set(names))
    for option in platform.options:
        assert option.label
        assert option.source.startswith("https://")
        assert set(option.formats) <= set(platform.rules.formats)
        assert option.kind != "choice" or option.choices or option.asked
        assert not (option.required and option.default is not None)
        if option.kind == "choice" and option.default is not None:
            assert option.default in [value for value, _ in option.choices]
    assert bool(platform.choices) == any(option.asked for option in platform.options)


@pytest.mark.parametrize("slug", ALL)
def test_what_must_be_chosen_has_no_default(slug: str) -> None:
    """What nobody chose stops the post; the choice made for the account is one, and so is the post's own."""
    required = [f"options.{option.name}" for option in REGISTRY[slug].options if option.required]
    chosen = CHOSEN.get(slug, {})
    assert [(each.field, each.rule, each.level) for each in _found(slug, _fit(slug))] == [
        (field, "option_required", "error") for field in required
    ]
    assert _found(slug, _fit(slug), Known(chosen)) == []
    assert _found(slug, _fit(slug, **chosen)) == []


@pytest.mark.parametrize("slug", ["tiktok", "youtube"])
def test_the_adapters_last_line_says_it_in_the_same_words(slug: str) -> None:
    platform, chosen = REGISTRY[slug], CHOSEN[slug]
    for missing in chosen:
        others = {name: value for name, value in chosen.items() if name != missing}
        (finding,) = _found(slug, _fit(slug), Known(others))
        with pytest.raises(Rejected) as refused:
            must_be_chosen(platform.options, platform.name, _fit(slug), others)
        assert (refused.value.message, refused.value.field, refused.value.rule) == (finding.message, finding.field, finding.rule)
    must_be_chosen(platform.options, platform.name, _fit(slug), chosen)


def test_an_agreement_is_yes_and_nothing_else() -> None:
    for said in (False, "no", "maybe", None, 1):
        post = _fit("tiktok", privacy_level="SELF_ONLY", music_consent=said)
        assert [(each.field, each.rule) for each in _found("tiktok", post)] == [("options.music_consent", "option_required")]
    for said in (True, "on", "Yes"):
        assert _found("tiktok", _fit("tiktok", privacy_level="SELF_ONLY", music_consent=said)) == []


def test_a_choice_for_the_account_that_became_impossible_stops_the_post() -> None:
    known = Known(CHOSEN["tiktok"], {"privacy_level": [["PUBLIC_TO_EVERYONE", "Everyone"]]})
    (finding,) = _found("tiktok", _fit("tiktok"), known)
    assert (finding.field, finding.rule, finding.level) == ("options.privacy_level", "option_choice", "error")
    assert finding.message == "TikTok, “Who may see it”: “SELF_ONLY” is not offered to this account; choose from Everyone."
    assert _found("tiktok", _fit("tiktok", privacy_level="PUBLIC_TO_EVERYONE"), known) == []


def test_an_account_without_playlists_may_choose_none_while_one_not_asked_yet_may_name_any() -> None:
    post = _fit("youtube", made_for_kids="false", playlist_id="PL1")
    assert _found("youtube", post) == []
    (finding,) = _found("youtube", post, Known(choices={"playlist_id": []}))
    assert (finding.rule, finding.message.endswith("there is nothing to choose from.")) == ("option_choice", True)


def test_tiktok_and_youtube_are_those_that_ask() -> None:
    asked = {slug: [option.name for option in REGISTRY[slug].options if option.required] for slug in ALL}
    assert asked["tiktok"] == ["privacy_level", "music_consent"]
    assert asked["youtube"] == ["made_for_kids"]


WRONG: list[tuple[str, str | None, dict[str, Any], str, str, float | None]] = [  # platform, format, options, field, rule, limit
    ("tiktok", None, {"privacy_level": "EVERYBODY"}, "privacy_level", "option_choice", None),
    ("tiktok", None, {"privacy_level": "SELF_ONLY", "brand_content_toggle": True}, "privacy_level", "privacy_level", None),
    ("tiktok", None, {"allow_comment": "maybe"}, "allow_comment", "option_kind", None),
    ("tiktok", None, {"cover_at": "11"}, "cover_at", "option", 10.0),
    ("tiktok", None, {"cover_at": "soon"}, "cover_at", "option", 10.0),
    ("tiktok", None, {"music_consent": False}, "music_consent", "option_required", None),
    ("youtube", None, {"privacy": "friends"}, "privacy", "option_choice", None),
    ("youtube", None, {"category_id": "99"}, "category_id", "option_choice", None),
    ("youtube", None, {"made_for_kids": "perhaps"}, "made_for_kids", "option_choice", None),
    ("youtube", None, {"tags": ["word" * 126]}, "hashtags", "tags_length", 500),
    ("youtube", None, {"cover": "nowhere"}, "cover", "option", None),
    ("youtube", None, {"first_comment": "a" * 10_001}, "first_comment", "option_length", 10_000),
    ("instagram", "feed", {"collaborators": ["a", "b", "c", "d"]}, "collaborators", "option_length", 3),
    ("instagram", "feed", {"user_tags": [f"u{n}" for n in range(21)]}, "user_tags", "option_length", 20),
    ("instagram", "feed", {"user_tags": 7}, "user_tags", "option_kind", None),
    ("instagram", "feed", {"first_comment": "a" * 301}, "first_comment", "option_length", 300),
    ("facebook", None, {"link": ["x"]}, "link", "option_kind", None),
    ("linkedin", None, {"visibility": "FRIENDS"}, "visibility", "option_choice", None),
    ("linkedin", None, {"first_comment": "a" * 1251}, "first_comment", "option_length", 1250),
    ("x", None, {"reply_settings": "nobody"}, "reply_settings", "option_choice", None),
    ("x", None, {"community_id": "craft"}, "community_id", "option", None),
    ("x", None, {"first_comment": "漢" * 141}, "first_comment", "option_length", 280),
    ("mastodon", None, {"visibility": "friends"}, "visibility", "option_choice", None),
    ("mastodon", None, {"spoiler_text": "a" * 496}, "spoiler_text", "option_length", 500),
    ("bluesky", None, {"labels": ["rude"]}, "labels", "option_choice", None),
    ("bluesky", None, {"langs": ["en", "de", "fr", "it"]}, "langs", "option_length", 3),
    ("bluesky", None, {"langs": ["en", 1]}, "langs", "option_kind", None),
    ("bluesky", None, {"first_comment": 7}, "first_comment", "option_kind", None),
    ("tiktok", None, {"allow_duet": 1}, "allow_duet", "option_kind", None),
    ("youtube", None, {"privacy": True}, "privacy", "option_choice", None),
    ("youtube", None, {"cover": ["a"]}, "cover", "option_kind", None),
    ("x", None, {"community_id": 1234567}, "community_id", "option_kind", None),
    ("mastodon", None, {"spoiler_text": "a" * 501}, "spoiler_text", "option_length", 500),
    ("threads", None, {"topic_tag": "a" * 51}, "topic_tag", "option_length", 50),
    ("threads", None, {"topic_tag": "a.b"}, "topic_tag", "characters", None),
    ("threads", None, {"reply_control": "nobody"}, "reply_control", "option_choice", None),
    ("ghost", None, {"excerpt": "a" * 301}, "excerpt", "option_length", 300),
    ("facebook", None, {"first_comment": "a" * 8001}, "first_comment", "option_length", 8000),
]


@pytest.mark.parametrize(("slug", "kind", "options", "field", "rule", "limit"), WRONG)
def test_findings_name_field_rule_limit_and_source(
    slug: str, kind: str | None, options: dict[str, Any], field: str, rule: str, limit: float | None
) -> None:
    named = field if field == "hashtags" else f"options.{field}"
    (finding,) = _found(slug, _fit(slug, kind, **{**CHOSEN.get(slug, {}), **options}))
    assert (finding.field, finding.rule, finding.limit, finding.level) == (named, rule, limit, "error")
    assert finding.source
    assert finding.source.startswith("https://")


def test_an_option_of_another_format_is_nobodys_business() -> None:
    assert _found("instagram", _fit("instagram", "feed", share_to_feed="no idea")) == []
    assert [each.field for each in _found("instagram", replace(_fit("instagram", "reel", share_to_feed="no idea"), media=(VIDEO,)))] == [
        "options.share_to_feed"
    ]


def test_only_a_video_has_a_cover() -> None:
    alone = Post("Hello", "feed", media=(IMAGE,), options={"cover": IMAGE.id})
    assert split_cover(alone) == (alone, None)
    film = replace(alone, format="reel", media=(IMAGE, VIDEO))
    assert split_cover(film) == (replace(film, media=(VIDEO,)), IMAGE)
    assert _found("instagram", film) == []


def test_the_forms_own_texts_are_understood() -> None:
    told = {
        "privacy": "unlisted",
        "made_for_kids": "true",
        "notify_subscribers": "off",
        "tags": "bread, rye\noven",
        "contains_synthetic_media": "on",
    }
    assert _found("youtube", _fit("youtube", **told)) == []
    assert _found("youtube", _fit("youtube", made_for_kids=True, category_id=22)) == []
    assert _found("bluesky", _fit("bluesky", langs="de, en", labels="nudity")) == []


def test_a_document_stands_alone_on_linkedin_and_nowhere_else() -> None:
    document = Post("Hello", "document", media=(PDF,))
    assert REGISTRY["linkedin"].check(document) == []
    assert "document_alone" in [each.rule for each in REGISTRY["linkedin"].check(replace(document, media=(PDF, IMAGE)))]
    assert [each.rule for each in REGISTRY["linkedin"].check(replace(document, media=()))] == ["needs_document"]
    assert [each.rule for each in REGISTRY["linkedin"].check(replace(document, media=(replace(PDF, size=100_000_001),)))] == ["size"]
    for slug in set(ALL) - {"linkedin"}:
        assert "media_kind" in [each.rule for each in REGISTRY[slug].check(replace(_fit(slug), media=(PDF,)))]


def test_facebook_reels_and_stories_have_bounds() -> None:
    def rules(kind: str, *media: Media) -> list[str]:
        return [each.rule for each in REGISTRY["facebook"].check(Post("Hello", kind, media=media))]

    assert rules("reel", VIDEO) == rules("story", VIDEO) == rules("story", IMAGE) == []
    assert rules("reel", replace(VIDEO, duration=91.0)) == ["duration"]
    assert rules("story", replace(VIDEO, duration=61.0)) == ["duration"]
    assert rules("reel", replace(VIDEO, width=480)) == ["size"]
    assert rules("reel", IMAGE) == ["needs_video"]
    assert rules("story", IMAGE, IMAGE) == ["max_media"]


# The same over the wire: what was chosen stands in the pretend platform's own ledger.

TOLD: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = [  # platform, format, media, options, what the platform has
    ("x", "post", "", {"reply_settings": "mentionedUsers", "made_with_ai": True, "paid_partnership": "on", "community_id": "1234567"},
     {"reply_settings": "mentionedUsers", "made_with_ai": True, "paid_partnership": True, "community_id": "1234567"}),
    ("linkedin", "post", "", {"visibility": "CONNECTIONS", "reshare_disabled": True},
     {"visibility": "CONNECTIONS", "reshare_disabled": True}),
    ("linkedin", "post", "", {"link": "https://example.com/a", "link_title": "A"}, {"link": "https://example.com/a"}),
    ("instagram", "feed", "image", {"collaborators": "@bea, cay", "user_tags": ["@dan"], "location_id": "123", "is_ai_generated": True},
     {"collaborators": ["bea", "cay"], "user_tags": ["dan"], "location_id": "123", "ai": True}),
    ("instagram", "reel", "video", {"cover_at": "1.5", "share_to_feed": False, "user_tags": ["dan"]},
     {"thumb_offset": "1500", "share_to_feed": False, "user_tags": ["dan"]}),
    ("instagram", "carousel", "two images", {"user_tags": ["dan"]}, {}),
    ("facebook", "post", "", {"link": "https://example.com/a", "place": "98765"}, {"link": "https://example.com/a", "place": "98765"}),
    ("facebook", "post", "", {"sponsor_id": "4455", "direct_share_status": True}, {"sponsor_id": "4455", "direct_share_status": True}),
    ("facebook", "video", "video", {"sponsor_id": "4455"}, {"sponsor_id": "4455", "direct_share_status": False}),
    ("tiktok", "video", "video",
     {"privacy_level": "MUTUAL_FOLLOW_FRIENDS", "music_consent": True, "allow_stitch": True,
      "brand_organic_toggle": True, "is_aigc": True, "cover_at": "2"},
     {"privacy_level": "MUTUAL_FOLLOW_FRIENDS", "disable_comment": True, "disable_duet": True, "disable_stitch": False, "is_aigc": True,
      "brand_organic_toggle": True, "brand_content_toggle": False, "video_cover_timestamp_ms": 2000}),
    ("tiktok", "photo", "image", {"privacy_level": "PUBLIC_TO_EVERYONE", "auto_add_music": True},
     {"auto_add_music": True, "disable_comment": True}),
    ("tiktok", "photo", "image", {"privacy_level": "PUBLIC_TO_EVERYONE", "allow_comment": True}, {"disable_comment": False}),
    ("youtube", "video", "video", {"privacy": "unlisted", "made_for_kids": "true", "paid_placement": True, "notify_subscribers": False},
     {"paid_placement": True, "notified": False}),
    ("mastodon", "post", "", {"visibility": "unlisted", "sensitive": True, "spoiler_text": "Bread", "language": "de"},
     {"visibility": "unlisted", "sensitive": True, "spoiler_text": "Bread", "language": "de"}),
]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize(("slug", "kind", "media", "options", "told"), TOLD)
async def test_what_was_chosen_arrives(
    slug: str,
    kind: str,
    media: str,
    options: dict[str, Any],
    told: dict[str, Any],
    sandbox: Sandbox,
    http: httpx2.AsyncClient,
    shelf: Shelf,
) -> None:
    shown = await _published(sandbox, http, shelf, slug, kind, media, options)
    assert {name: shown["extra"].get(name) for name in told} == told


async def _published(
    sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf, slug: str, kind: str, media: str, options: dict[str, Any], *more: Media
) -> dict[str, Any]:
    account, credentials = sandbox.accounts(slug)[slug]
    files = {
        "": (),
        "image": (shelf.image(),),
        "video": (shelf.video(),),
        "two images": (shelf.image(), shelf.image("second.jpg", (1080, 1080))),
    }
    post = Post(f"Bread {uuid4().hex[:8]}", kind, title="Bread", media=(*files[media], *more), options=options)
    assert [finding for finding in _found(slug, post, Known(account.profile)) if finding.level == "error"] == []
    await REGISTRY[slug].adapter.publish(http, account, credentials, post, Notebook())
    return next(shown for shown in sandbox.posts(slug) if shown["text"] == post.text)


@pytest.mark.anyio
async def test_youtube_gets_thumbnail_captions_and_playlist(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("youtube")["youtube"]
    ask = REGISTRY["youtube"].choices
    assert ask is not None
    playlist, title = (await ask(http, account, credentials))["playlist_id"][1]
    cover = shelf.image("thumbnail.jpg", (1280, 720))
    words = "1\n00:00:00,000 --> 00:00:02,000\nBröd & salt\n"
    options = {"cover": cover.id, "captions": words, "playlist_id": playlist, "tags": ["bread"], "category_id": "26", "language": "sv"}
    shown = await _published(sandbox, http, shelf, "youtube", "video", "video", options, cover)
    assert [medium["kind"] for medium in shown["media"]] == ["video"]
    assert shown["extra"]["thumbnail"]
    assert shown["extra"]["playlist"] == title
    assert [(track["language"], track["words"]) for track in shown["extra"]["captions"]] == [("sv", words)]
    assert (shown["extra"]["snippet"]["tags"], shown["extra"]["snippet"]["categoryId"]) == (["bread"], "26")


@pytest.mark.anyio
async def test_a_playlist_that_is_gone_does_not_fail_the_video(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("youtube")["youtube"]
    book, post = Notebook(), Post("Hello", "video", title="Hello", media=(shelf.video(),), options={"playlist_id": "PLgone"})
    receipt = await REGISTRY["youtube"].adapter.publish(http, account, credentials, post, book)
    assert book.remote["post"] == receipt.remote_id
    assert book.remote["playlist"].startswith("failed: YouTube no longer has the playlist")


@pytest.mark.anyio
async def test_tiktok_shows_whose_post_it_will_be(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    account, credentials = sandbox.accounts("tiktok")["tiktok"]
    ask = REGISTRY["tiktok"].choices
    assert ask is not None
    told = await ask(http, account, credentials)
    assert ("SELF_ONLY", "Only you") in told["privacy_level"]
    assert told["shown"]["Posts as"]
    assert told["forced"] == []


@pytest.mark.anyio
@pytest.mark.parametrize(("slug", "missing"), [("tiktok", "music_consent"), ("youtube", "made_for_kids")])
async def test_nothing_goes_out_while_a_choice_is_missing(
    slug: str, missing: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf
) -> None:
    account, credentials = sandbox.accounts(slug)[slug]
    undecided = replace(account, profile={name: value for name, value in account.profile.items() if name != missing})
    before = len(sandbox.posts(slug))
    with pytest.raises(Rejected) as refused:
        await REGISTRY[slug].adapter.publish(
            http, undecided, credentials, Post("Hello", "video", title="Hello", media=(shelf.video(),)), Notebook()
        )
    assert (refused.value.field, refused.value.rule) == (f"options.{missing}", "option_required")
    assert len(sandbox.posts(slug)) == before


@pytest.mark.anyio
async def test_an_audience_that_tiktok_does_not_offer(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("tiktok")["tiktok"]
    post = Post("Hello", "video", media=(shelf.video(),), options={"privacy_level": "FOLLOWER_OF_CREATOR"})
    with pytest.raises(Rejected) as refused:
        await REGISTRY["tiktok"].adapter.publish(http, account, credentials, post, Notebook())
    assert (refused.value.field, refused.value.rule) == ("options.privacy_level", "privacy_level")


@pytest.mark.anyio
async def test_bluesky_languages_labels_and_gate(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    options = {"langs": "de, en", "labels": ["nudity"], "who_may_reply": "mentioned"}
    shown = await _published(sandbox, http, shelf, "bluesky", "post", "", options)
    record = shown["extra"]["record"]
    assert record["langs"] == ["de", "en"]
    assert record["labels"]["values"] == [{"val": "nudity"}]
    assert shown["extra"]["gate"]["allow"] == [{"$type": "app.bsky.feed.threadgate#mentionRule"}]
