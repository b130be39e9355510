"""TikTok's creators are not all the same: what one turned off, how long a video may be, who cannot post now, an app without audit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from postwright.platforms.errors import PlatformError, QuotaExhausted, Rejected
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import KEY, Notebook, Sandbox, Shelf

pytestmark = pytest.mark.anyio
ALLOWED = {"allow_comment": True, "allow_duet": True, "allow_stitch": True}
Publish = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def publish(sandbox: Sandbox, http: httpx2.AsyncClient, shelf: Shelf) -> AsyncIterator[Publish]:
    """Publishes a video as a creator with settings; the post as TikTok has it."""
    account, credentials = sandbox.accounts("tiktok")["tiktok"]

    async def send(video: Media | None = None, level: str = "PUBLIC_TO_EVERYONE", **settings: Any) -> dict[str, Any]:
        assert _set(sandbox, account.platform_user_id, settings).status_code == 200
        text = f"Hello {uuid4().hex}"
        post = Post(text, "video", media=(video or shelf.video(),), options={"privacy_level": level, "music_consent": True, **ALLOWED})
        await REGISTRY["tiktok"].adapter.publish(http, account, credentials, post, Notebook())
        return next(each for each in sandbox.posts("tiktok") if each["text"] == text)

    yield send
    _set(sandbox, account.platform_user_id, {})


def _set(sandbox: Sandbox, account: str, settings: dict[str, Any]) -> httpx2.Response:
    return httpx2.put(f"{sandbox.url}/_sandbox/creators/{account}", json=settings, headers={"X-Sandbox-Key": KEY}, trust_env=False)


async def test_what_a_creator_turned_off_stays_off(publish: Publish) -> None:
    usual = (await publish())["extra"]
    held = (await publish(comment_disabled=True, duet_disabled=True, stitch_disabled=True))["extra"]
    names = ("disable_comment", "disable_duet", "disable_stitch")
    assert ([usual[name] for name in names], [held[name] for name in names]) == ([False] * 3, [True] * 3)


async def test_a_creator_s_longest_video_is_kept(publish: Publish, shelf: Shelf) -> None:
    with pytest.raises(Rejected) as caught:
        await publish(replace(shelf.video(), duration=3.0), longest=1)
    assert (caught.value.field, caught.value.rule, "up to 1 s" in caught.value.message) == ("media", "duration", True)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("spam_risk_too_many_posts", QuotaExhausted),
        ("reached_active_user_cap", QuotaExhausted),
        ("spam_risk_user_banned_from_posting", Rejected),
    ],
)
async def test_a_creator_who_cannot_post_now_is_told_so(publish: Publish, code: str, kind: type[PlatformError]) -> None:
    with pytest.raises(kind):
        await publish(refused=code)


async def test_an_app_without_audit_posts_for_the_creator_alone(publish: Publish) -> None:
    with pytest.raises(Rejected) as caught:
        await publish(audited=False)
    assert (caught.value.field, caught.value.rule) == ("options.privacy_level", "unaudited")
    assert (await publish(level="SELF_ONLY", audited=False))["extra"]["privacy_level"] == "SELF_ONLY"


@pytest.mark.parametrize("wrong", [{"longest": 601}, {"refused": "mood"}, {"audited": "no"}, {"hats": True}])
async def test_settings_that_make_no_sense_are_refused(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    account, _ = sandbox.accounts("tiktok")["tiktok"]
    assert _set(sandbox, account.platform_user_id, wrong).status_code == 422
    assert _set(sandbox, "nobody", {}).status_code == 404
