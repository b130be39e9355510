"""One contract for every adapter in the registry, over real sockets against the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from postwright.kit.text import split_thread
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import ReauthRequired, Rejected
from postwright.platforms.figures import WORDS
from postwright.platforms.offers import Known
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
ALL = [slug for slug in REGISTRY if slug != "substack"]  # which nobody can post to: tests/platforms/test_substack.py
ARTICLES = ("wordpress", "ghost")
BOUNDED_BY_US = (*ARTICLES, "webhook")  # they themselves take any length
TEXTUAL = [slug for slug in ALL if REGISTRY[slug].rules.needs is None and slug not in BOUNDED_BY_US]
WITH_IMAGES = [slug for slug in ALL if "image" in REGISTRY[slug].rules.accepts]
WITH_THREADS = [slug for slug in ALL if REGISTRY[slug].rules.threads]
# What each platform tells of every post, and of one of a kind besides.
FIGURES: Mapping[str, set[str]] = {
    "x": {"impressions", "likes", "comments", "shares", "saves", "clicks"},
    "linkedin": {"impressions", "reach", "likes", "comments", "shares"},
    "instagram": {"views", "reach", "interactions", "likes", "comments", "shares", "saves"},
    "instagram reel": {"watch_time_seconds", "average_watch_seconds"},
    "facebook": {"views", "likes", "comments", "clicks"},
    "tiktok": {"views", "likes", "comments", "shares"},
    "youtube": {"views", "likes", "comments", "shares", "watch_time_seconds", "average_watch_seconds", "followers_gained"},
    "bluesky": {"likes", "comments", "shares", "saves"},
    "mastodon": {"likes", "comments", "shares"},
    "threads": {"views", "likes", "comments", "shares"},
    "telegram": set(),
    "discord": set(),
    "wordpress": {"comments"},
    "ghost": {"clicks", "likes"},
    "webhook": set(),
}
# What a platform leaves out instead of telling that there is none.
OF_LUCK: Mapping[str, set[str]] = {"facebook": {"shares", "reactions_like", "reactions_love"}, "discord": {"likes"}}
FINDABLE = [slug for slug in ALL if slug != "telegram"]  # a bot cannot look at what it sent: tests/platforms/test_telegram.py


def _who(sandbox: Sandbox, slug: str) -> tuple[Account, Credentials]:
    account, credentials = sandbox.accounts(slug)[slug]
    if slug == "tiktok":  # a person chose the audience once for the account
        account = replace(account, profile={**account.profile, "privacy_level": "PUBLIC_TO_EVERYONE"})
    return account, credentials


def _text(slug: str) -> str:
    return f"Möwen & <friends> on {slug}: [a] (b) {{c}} 50% 🎉 https://example.com/a?b=c {uuid4().hex[:8]}".replace(
        "<friends>", "friends" if slug == "youtube" else "<friends>"
    )


def _post(slug: str, *media: Media, text: str | None = None, **more: object) -> Post:
    title = "A title" if REGISTRY[slug].rules.title_limit else None
    rules = REGISTRY[slug].rules
    kind = "photo" if "photo" in rules.formats and media and media[0].kind == "image" else rules.default_format
    return Post(text or _text(slug), kind, title=title, media=media, hashtags=("launch",), **more)  # type: ignore[arg-type]


def _needed(slug: str, shelf: Shelf) -> tuple[Media, ...]:
    needs = REGISTRY[slug].rules.needs
    return () if needs is None else (shelf.video(),) if needs == "video" else (shelf.image(),)


async def _publish(sandbox: Sandbox, http: httpx2.AsyncClient, slug: str, post: Post) -> None:
    """Publishes and compares with the platform's own ledger, then finds and measures the post."""
    platform, (account, credentials), book = REGISTRY[slug], _who(sandbox, slug), Notebook()
    findings = [*platform.check(post), *check_options(post, platform, Known(account.profile))]
    assert [finding for finding in findings if finding.level == "error"] == []
    before, since = len(sandbox.posts(slug)), datetime.now(UTC)

    receipt = await platform.adapter.publish(http, account, credentials, post, book)

    posts = sandbox.posts(slug)
    assert len(posts) == before + 1
    assert posts[0]["remote_id"] == receipt.remote_id
    assert posts[0]["text"] == (post.text if slug in ARTICLES else post.full_text())  # their hashtags are tags of the site
    assert [medium["kind"] for medium in posts[0]["media"]] == [medium.kind for medium in post.media]
    assert receipt.url.startswith("https://")
    assert book.phases[0] == "uploading"
    assert book.phases.count("sending") == 1

    found = await platform.adapter.find(http, account, credentials, post, book.remote, since)
    assert found is not None
    assert found.remote_id == receipt.remote_id
    with sandbox.later(20 * 86_400):
        figures = await platform.adapter.measure(http, account, credentials, receipt.remote_id)
    assert set(figures) - OF_LUCK.get(slug, set()) == FIGURES[slug] | FIGURES.get(f"{slug} {posts[0]['kind']}", set())
    assert set(figures) <= set(WORDS)
    assert all(isinstance(figure, int) and figure >= 0 for figure in figures.values())


@pytest.mark.parametrize("slug", ALL)
async def test_publishes_what_it_needs_at_least(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    await _publish(sandbox, http, slug, _post(slug, *_needed(slug, shelf)))


@pytest.mark.parametrize("slug", WITH_IMAGES)
async def test_publishes_an_image(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    await _publish(sandbox, http, slug, _post(slug, shelf.image()))


@pytest.mark.parametrize("slug", [slug for slug in WITH_IMAGES if REGISTRY[slug].rules.max_images > 1])
async def test_publishes_two_images(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    await _publish(sandbox, http, slug, _post(slug, shelf.image(), shelf.image("second.jpg", (1080, 1080))))


@pytest.mark.parametrize("slug", ALL)
async def test_publishes_a_video(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    await _publish(sandbox, http, slug, _post(slug, shelf.video()))


async def test_publishes_a_reel_to_facebook(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    await _publish(sandbox, http, "facebook", replace(_post("facebook", shelf.video()), format="reel"))


@pytest.mark.parametrize("slug", ["instagram"])
async def test_publishes_a_story(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = _who(sandbox, slug)
    receipt = await REGISTRY[slug].adapter.publish(
        http, account, credentials, replace(_post(slug, shelf.image()), format="story"), Notebook()
    )
    assert sandbox.posts(slug)[0]["remote_id"] == receipt.remote_id
    with sandbox.later(3_600):
        figures = await REGISTRY[slug].adapter.measure(http, account, credentials, receipt.remote_id)
    assert set(figures) == {"views", "reach", "interactions", "comments", "shares"}


@pytest.mark.parametrize("slug", WITH_THREADS)
async def test_publishes_a_thread(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    rules = REGISTRY[slug].rules
    parts = tuple(split_thread(f"{uuid4().hex} " + "A sentence of some length, to be split. " * 40, rules.count, rules.limit))
    post = Post(parts[0], "thread", parts=parts, media=(shelf.image(),))
    account, credentials = _who(sandbox, slug)
    book, since = Notebook(), datetime.now(UTC)
    receipt = await REGISTRY[slug].adapter.publish(http, account, credentials, post, book)
    assert len(receipt.part_ids) == len(parts) > 2
    assert book.phases.count("sending") == len(parts)
    assert [book.remote[f"part_{number}"] for number in range(len(parts))] == list(receipt.part_ids)
    shown = next(shown for shown in sandbox.posts(slug) if shown["remote_id"] == receipt.remote_id)
    texts = [shown["text"], *(part["text"] for part in shown["parts"] if part["remote_id"] != receipt.remote_id)]
    assert texts == list(parts)
    assert (await REGISTRY[slug].adapter.find(http, account, credentials, post, book.remote, since)) == receipt


@pytest.mark.parametrize("slug", WITH_THREADS)
async def test_a_thread_goes_on_at_the_part_that_is_missing(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    """Stopped after the second part was sent and before its id was kept, the next try sends neither again."""
    platform, (account, credentials) = REGISTRY[slug], _who(sandbox, slug)
    mark = uuid4().hex[:10]
    post = Post(f"one {mark}", "thread", parts=tuple(f"{word} {mark}" for word in ("one", "two", "three")))

    class Forgetful(Notebook):
        async def keep(self, **remote_ids: object) -> None:
            if "part_1" in remote_ids:
                raise RuntimeError("the process was killed here")
            await super().keep(**remote_ids)

    book = Forgetful()
    with pytest.raises(RuntimeError):
        await platform.adapter.publish(http, account, credentials, post, book)
    assert await platform.adapter.find(http, account, credentials, post, book.remote, datetime.now(UTC) - timedelta(minutes=1)) is None

    again = Notebook(dict(book.remote))
    receipt = await platform.adapter.publish(http, account, credentials, post, again)
    assert len(receipt.part_ids) == 3
    assert again.phases.count("sending") == 1
    shown = next(shown for shown in sandbox.posts(slug) if shown["remote_id"] == receipt.remote_id)
    assert sorted([shown["text"], *(part["text"] for part in shown["parts"] if part["remote_id"] != receipt.remote_id)]) == sorted(
        post.parts
    )


@pytest.mark.parametrize("slug", ALL)
async def test_nothing_is_sent_when_the_lease_is_lost(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    platform, (account, credentials) = REGISTRY[slug], _who(sandbox, slug)
    before = len(sandbox.posts(slug))
    post, book = _post(slug, *_needed(slug, shelf)), Notebook(lose_lease_at="sending")
    with pytest.raises(RuntimeError, match="the lease is lost"):
        await platform.adapter.publish(http, account, credentials, post, book)
    assert len(sandbox.posts(slug)) == before
    # What was brought over is used by the next try, which lands once.
    await platform.adapter.publish(http, account, credentials, post, Notebook(dict(book.remote)))
    assert len(sandbox.posts(slug)) == before + 1


@pytest.mark.parametrize("slug", ALL)
async def test_a_post_that_never_left_is_proven_absent(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    platform, (account, credentials) = REGISTRY[slug], _who(sandbox, slug)
    post, book, since = _post(slug, *_needed(slug, shelf)), Notebook(lose_lease_at="sending"), datetime.now(UTC)
    with pytest.raises(RuntimeError):
        await platform.adapter.publish(http, account, credentials, post, book)
    assert await platform.adapter.find(http, account, credentials, post, book.remote, since) is None


@pytest.mark.parametrize(
    ("slug", "with_image"),
    [*((slug, False) for slug in FINDABLE), *((slug, True) for slug in WITH_IMAGES if slug in FINDABLE and slug != "tiktok")],
)
async def test_a_lost_answer_is_found(slug: str, with_image: bool, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    """Killed after the platform took the post: what had been kept before the send is enough to find it."""
    platform, (account, credentials) = REGISTRY[slug], _who(sandbox, slug)
    post, since = _post(slug, *((shelf.image(),) if with_image else _needed(slug, shelf))), datetime.now(UTC)

    class Deaf(Notebook):
        """Forgets all that it is told after the send. That the call began is told right before it."""

        async def keep(self, **remote_ids: object) -> None:
            if "sending" not in self.phases or remote_ids.get("sending_at"):
                await super().keep(**remote_ids)

    book = Deaf()
    receipt = await platform.adapter.publish(http, account, credentials, post, book)
    found = await platform.adapter.find(http, account, credentials, post, book.remote, since)
    assert found is not None
    assert found.remote_id == receipt.remote_id


@pytest.mark.parametrize("slug", ALL)
async def test_a_wrong_token_asks_to_connect_again(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    platform, (account, _) = REGISTRY[slug], _who(sandbox, slug)
    with pytest.raises(ReauthRequired):
        await platform.adapter.publish(http, account, Credentials("not-a-token"), _post(slug, *_needed(slug, shelf)), Notebook())


@pytest.mark.parametrize("slug", TEXTUAL)
async def test_a_text_that_is_too_long_is_refused(slug: str, sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    platform, (account, credentials) = REGISTRY[slug], _who(sandbox, slug)
    post = Post("x" * (platform.rules.limit + 1), "post")
    assert [finding.rule for finding in platform.check(post) if finding.level == "error"] == ["length"]
    with pytest.raises(Rejected) as refused:
        await platform.adapter.publish(http, account, credentials, post, Notebook())
    assert refused.value.field == "text"


async def test_instagram_refuses_a_wide_image(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    platform, (account, credentials) = REGISTRY["instagram"], _who(sandbox, "instagram")
    post = _post("instagram", shelf.image("wide.jpg", (1600, 400)))
    assert "aspect" in [finding.rule for finding in platform.check(post)]
    with pytest.raises(Rejected) as refused:
        await platform.adapter.publish(http, account, credentials, post, Notebook())
    assert (refused.value.field, refused.value.rule) == ("media", "aspect")


async def test_instagram_cannot_fetch_what_is_not_there(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    platform, (account, credentials) = REGISTRY["instagram"], _who(sandbox, "instagram")
    medium = replace(shelf.image(), url=f"{shelf.base}/missing.jpg")
    with pytest.raises(Rejected) as refused:
        await platform.adapter.publish(http, account, credentials, _post("instagram", medium), Notebook())
    assert refused.value.rule == "fetch"


async def test_tiktok_has_no_default_audience(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = sandbox.accounts("tiktok")["tiktok"]
    with pytest.raises(Rejected) as refused:
        await REGISTRY["tiktok"].adapter.publish(
            http, replace(account, profile={}), credentials, _post("tiktok", shelf.video()), Notebook()
        )
    assert refused.value.field == "options.privacy_level"


async def test_a_title_of_emoji_is_cut_as_tiktok_counts(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> None:
    account, credentials = _who(sandbox, "tiktok")
    post = replace(_post("tiktok", shelf.image()), title="🎉" * 60)
    receipt = await REGISTRY["tiktok"].adapter.publish(http, account, credentials, post, Notebook())
    shown = next(shown for shown in sandbox.posts("tiktok") if shown["remote_id"] == receipt.remote_id)
    assert shown["title"] == "🎉" * 45


async def test_wordpress_tells_how_many_articles_an_author_has_out(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    platform, (account, credentials) = REGISTRY["wordpress"], _who(sandbox, "wordpress")
    assert platform.audience is not None
    await platform.adapter.publish(http, account, credentials, _post("wordpress"), Notebook())
    first = await platform.audience(http, account, credentials)
    assert first == {"posts": len(sandbox.posts("wordpress"))}
    await platform.adapter.publish(http, account, credentials, _post("wordpress"), Notebook())
    assert await platform.audience(http, account, credentials) == {"posts": first["posts"] + 1}


async def test_x_refuses_the_same_text_twice(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    platform, (account, credentials), post = REGISTRY["x"], _who(sandbox, "x"), _post("x")
    await platform.adapter.publish(http, account, credentials, post, Notebook())
    with pytest.raises(Rejected) as refused:
        await platform.adapter.publish(http, account, credentials, post, Notebook())
    assert (refused.value.field, refused.value.rule) == ("text", "duplicate")


async def test_mastodon_takes_a_repeated_send_once(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    platform, (account, credentials), post = REGISTRY["mastodon"], _who(sandbox, "mastodon"), _post("mastodon")
    first, again = Notebook(), Notebook()
    receipt = await platform.adapter.publish(http, account, credentials, post, first)
    again.remote["idempotency_key"] = first.remote["idempotency_key"]
    before = len(sandbox.posts("mastodon"))
    assert (await platform.adapter.publish(http, account, credentials, post, again)).remote_id == receipt.remote_id
    assert len(sandbox.posts("mastodon")) == before
