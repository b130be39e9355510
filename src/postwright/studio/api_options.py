"""What each platform takes and may be told, and what an account may choose there now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from postwright.connections.accounts import get_account
from postwright.db.queries import load
from postwright.edge.access import READ, needs
from postwright.edge.context import Signed
from postwright.edge.routes import api_router
from postwright.platforms import registry
from postwright.platforms.base import Option, Platform
from postwright.platforms.disclosure import TELLS
from postwright.platforms.offers import offered
from postwright.studio.choices import AccountKnown, ask_stale, known_of

router = api_router(tags=["platforms"])
_sql = load(__package__)

_SOURCE = "https://docs.x.com/fundamentals/counting-characters"


class OptionShown(BaseModel):
    """Something besides text and media that the platform is told; it stands in a variant's `options` under `name`."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["privacy_level"])
    label: str = Field(examples=["Who may see it"])
    kind: Literal["choice", "flag", "text", "list", "moment", "number", "file"] = Field(
        description="`moment`: RFC 3339 in UTC; `file`: the id of an image of the post.", examples=["choice"]
    )
    help: str = Field(examples=["TikTok has no default."])
    choices: list[tuple[str, str]] = Field(description="Value and words.", examples=[[["SELF_ONLY", "Only me"]]])
    asked: bool = Field(description="The choices are the account's: see `GET /accounts/{id}/choices`.", examples=[True])
    required: bool = Field(description="Somebody must choose: there is no default.", examples=[True])
    default: str | bool | None = Field(examples=[None])
    formats: list[str] = Field(description="For these only; empty: for all.", examples=[["video"]])
    limit: int | None = Field(description="Characters of a text, entries of a list.", examples=[None])
    source: str = Field(examples=["https://developers.tiktok.com/doc/content-sharing-guidelines"])


class RulesShown(BaseModel):
    """How the platform counts, and what it takes."""

    limit: int = Field(examples=[280])
    unit: str = Field(examples=["weighted characters"])
    byte_limit: int | None = Field(description="A second limit, in UTF-8 bytes.", examples=[None])
    title_limit: int | None = Field(description="Null: it has no titles.", examples=[None])
    fold_at: int | None = Field(description="Characters shown before “more”.", examples=[280])
    threads: bool = Field(examples=[True])
    needs: str | None = Field(description="It takes no post without this.", examples=[None])
    max_hashtags: int | None = Field(examples=[None])
    max_mentions: int | None = Field(examples=[None])
    max_images: int = Field(examples=[4])
    max_media: int = Field(examples=[20])
    image_mime_types: list[str] = Field(examples=[["image/jpeg", "image/png"]])
    video_mime_types: list[str] = Field(examples=[["video/mp4"]])
    max_image_bytes: int = Field(examples=[5000000])
    max_video_bytes: int = Field(examples=[512000000])
    duration: tuple[float, float] | None = Field(description="Seconds of a video, least and greatest.", examples=[[0.5, 140]])
    aspect: tuple[float, float] | None = Field(description="Width to height of a picture, least and greatest.", examples=[None])
    source: str = Field(examples=[_SOURCE])
    media_source: str = Field(examples=["https://docs.x.com/x-api/media/quickstart/best-practices"])
    checked_on: date = Field(description="When the source was read.", examples=["2026-11-21"])


class LimitShown(BaseModel):
    """A dated fact, with the page that says so."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["text"])
    content_format: str | None = Field(examples=[None])
    value: float | None = Field(examples=[280])
    unit: str = Field(examples=["weighted characters"])
    detail: str | None = Field(examples=[None])
    source: str = Field(examples=[_SOURCE])
    checked_on: date = Field(examples=["2026-11-21"])


class PlatformShown(BaseModel):
    """What this release can do on a platform, and by which rules."""

    slug: str = Field(examples=["x"])
    name: str = Field(examples=["X"])
    aliases: list[str] = Field(examples=[["twitter"]])
    formats: list[str] = Field(examples=[["post", "thread", "image", "video"]])
    can: list[str] = Field(
        description="publish, measure, and where they exist: threads, first_comment, delete, choices, oauth, keys, audience.",
        examples=[["publish", "measure", "threads", "delete"]],
    )
    tells: list[str] = Field(description="Which disclosures it can express: ai, paid.", examples=[["ai"]])
    rules: RulesShown
    options: list[OptionShown]
    limits: list[LimitShown]


class PlatformsShown(BaseModel):
    """All platforms of this release."""

    items: list[PlatformShown]


class ChoicesShown(BaseModel):
    """What an account may choose. `state`: `told`; `asking` (read again in a moment); `cannot_ask` (`error` says why, and what it
    said before stands); `none`: the platform has nothing to ask."""

    state: Literal["told", "asking", "cannot_ask", "none"]
    choices: dict[str, Any] = Field(examples=[{"privacy_level": [["PUBLIC_TO_EVERYONE", "Everyone"], ["SELF_ONLY", "Only me"]]}])
    about: dict[str, str] = Field(description="What the platform shows of the account.", examples=[{"Posts as": "Acme"}])
    told_at: datetime | None = Field(examples=["2026-12-01T08:00:00Z"])
    error: str | None = Field(examples=[None])


@dataclass(frozen=True, slots=True)
class _Limit:
    platform: str
    name: str
    content_format: str | None
    value: float | None
    unit: str
    detail: str | None
    source: str
    checked_on: date


@router.get("/platforms", summary="Platforms, their options, rules and limits")
@needs(READ)
async def platforms(ctx: Signed) -> PlatformsShown:
    """Everything by which posts are checked here, each number with the page that says so and the day on which it was read."""
    limits = await _sql["platform_limits"].rows(ctx.db, _Limit)
    return PlatformsShown(items=[_shown(each, [one for one in limits if one.platform == slug]) for slug, each in registry.REGISTRY.items()])


@router.get("/accounts/{account_id}/choices", summary="What an account may choose on its platform")
@needs(READ)
async def choices(ctx: Signed, account_id: UUID) -> ChoicesShown:
    """Kept for ten minutes. Reading older ones has the platform asked in the background: read again a moment later."""
    await get_account(ctx.db, ctx.actor, account_id)
    found = await known_of(ctx.db, ctx.actor, [account_id])
    asking = await ask_stale(ctx.db, ctx.actor, found, ctx.now) if ctx.caller.may("editor") else []
    return _choices(found[0], bool(asking)) if found else ChoicesShown(state="none", choices={}, about={}, told_at=None, error=None)


def _choices(account: AccountKnown, asking: bool) -> ChoicesShown:
    platform, known = registry.get(account.platform), account.known()
    state: Literal["told", "asking", "cannot_ask", "none"] = "told"
    if platform.choices is None:
        state = "none"
    elif known.error is not None and not asking:
        state = "cannot_ask"
    elif asking or known.told_at is None:
        state = "asking"
    told = {each.name: list(known.choices_of(each)) for each in platform.options if each.asked and known.told_at is not None}
    return ChoicesShown(state=state, choices=told, about=dict(known.shown), told_at=known.told_at, error=known.error)


def _shown(platform: Platform, limits: list[_Limit]) -> PlatformShown:
    return PlatformShown(
        slug=platform.slug,
        name=platform.name,
        aliases=list(platform.face.aliases),
        formats=list(platform.rules.formats),
        can=_can(platform),
        tells=[wish for wish, names in TELLS.items() if any(each.name in names for each in platform.options)],
        rules=RulesShown.model_validate({name: getattr(platform.rules, name) for name in RulesShown.model_fields}),
        options=[_option(each) for each in offered(platform)],
        limits=[LimitShown.model_validate(each) for each in limits],
    )


def _can(platform: Platform) -> list[str]:
    able: Mapping[str, object] = {
        "threads": platform.rules.threads, "first_comment": platform.comment, "delete": platform.delete, "choices": platform.choices,
        "oauth": platform.oauth, "keys": platform.keys, "audience": platform.audience,
    }  # fmt: skip
    return ["publish", "measure", *(name for name, has in able.items() if has)]


def _option(option: Option) -> OptionShown:
    return OptionShown.model_validate(option)
