"""Drafts as JSON shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from postwright.edge.fields import Next, Origin
from postwright.platforms.rules import Finding
from postwright.studio.checking import Checked
from postwright.studio.models import Draft

Slug = Annotated[str, Field(max_length=40, examples=["linkedin"])]

_IDEA = "We moved our launch from Friday to Tuesday. Support answered twice as fast, and nobody worked on Saturday."
_TEXT = "We moved our launch from Friday to Tuesday. Support answered twice as fast."
_ID = "01a02f7c-5f0e-7c3a-9d0b-3f6d2a41c9e7"
_PART = ["We moved our launch from Friday to Tuesday. 1/2", "Support answered twice as fast. 2/2"]
_OPTIONS = {"format": "post"}


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewDraft(_Wish):
    """Either the idea's text (plain or Markdown) or the address of an article."""

    idea: str | None = Field(default=None, description="Plain text or Markdown, at most 200,000 characters.", examples=[_IDEA])
    url: str | None = Field(default=None, max_length=4000, description="An article to read instead.", examples=[None])
    title: str = Field(default="", max_length=300, examples=["Launch on a Tuesday"])
    platforms: list[Slug] | None = Field(
        default=None, max_length=20, description="None: those of the connected accounts.", examples=[["x", "linkedin"]]
    )
    voice: UUID | None = Field(default=None, description="A voice profile; needs a text provider.", examples=[None])


class SameIdea(_Wish):
    """An idea to look for."""

    idea: str = Field(examples=[_IDEA])


class IdeaChange(_Wish):
    """What to change. `version` is that of the draft which you saw."""

    version: int = Field(examples=[3])
    idea: str | None = Field(default=None, examples=[_IDEA])
    title: str | None = Field(default=None, max_length=300, examples=["Launch on a Tuesday"])
    platforms: list[Slug] | None = Field(
        default=None, max_length=20, description="Variants of others are dropped.", examples=[["x", "linkedin"]]
    )


class VariantChange(_Wish):
    """What to change in a variant; from then on it no longer follows the idea. `version` as in the draft you saw."""

    version: int = Field(examples=[3])
    text: str | None = Field(default=None, examples=[_TEXT])
    title: str | None = Field(default=None, description="Where the platform has titles.", examples=["Launch on a Tuesday"])
    thread: list[str] | None = Field(default=None, max_length=100, description="The parts, where it is more than one.", examples=[[]])
    hashtags: list[str] | None = Field(default=None, description="Without #; 100 at most.", examples=[["launch"]])
    media: list[UUID] | None = Field(default=None, max_length=35, description="Files, in their order.", examples=[[]])
    alt_texts: list[str] | None = Field(default=None, max_length=35, description="One for each of `media`.", examples=[[]])
    options: dict[str, Any] | None = Field(default=None, description="What the platform is told besides.", examples=[_OPTIONS])

    def changes(self) -> dict[str, Any]:
        """Only what was sent."""
        found = self.model_dump(exclude_unset=True, exclude={"version"})
        return {key: [str(id) for id in value] if key == "media" and value is not None else value for key, value in found.items()}


class Text(_Wish):
    """A text to be checked as it would go out on a platform."""

    platform: Slug
    text: str = Field(examples=[_TEXT])
    title: str | None = Field(default=None, examples=[None])
    hashtags: list[str] = Field(default=[], description="Without #; 100 at most.", examples=[["launch"]])
    thread: list[str] = Field(default=[], max_length=100, examples=[[]])


class FindingShown(BaseModel):
    """What a rule says. An `error` stops the post; `fix` names what one call mends."""

    model_config = ConfigDict(from_attributes=True)

    field: str = Field(examples=["text"])
    rule: str = Field(description="As /docs/errors lists them.", examples=["length"])
    message: str = Field(examples=["X takes 280 weighted characters; this has 301."])
    limit: float | None = Field(examples=[280])
    actual: float | None = Field(examples=[301])
    source: str | None = Field(
        description="The page of the platform that says so.", examples=["https://docs.x.com/fundamentals/counting-characters"]
    )
    level: Literal["error", "warning"]
    fix: str | None = Field(examples=["split_thread"])


class MeasureShown(BaseModel):
    """What is left of the limit in the platform's own unit; `overflow_at` counts characters (code points)."""

    model_config = ConfigDict(from_attributes=True)

    remaining: int = Field(examples=[205])
    limit: int = Field(examples=[280])
    unit: str = Field(examples=["weighted characters"])
    overflow_at: int | None = Field(examples=[None])


class CheckShown(MeasureShown):
    """The first text's measure, all findings, and the measure of each part of a thread."""

    findings: list[FindingShown]
    parts: list[MeasureShown]


class MediumShown(BaseModel):
    """A file of a variant. `url` holds for two hours."""

    id: UUID = Field(examples=[_ID])
    kind: str = Field(examples=["image"])
    mime_type: str = Field(examples=["image/png"])
    url: str = Field(examples=[f"https://postwright.example.com/media/{_ID}/card.png?exp=1779700000&sig=2b7f"])
    width: int = Field(description="Pixels.", examples=[1080])
    height: int = Field(description="Pixels.", examples=[1350])
    duration: float | None = Field(description="Seconds.", examples=[None])
    alt: str = Field(examples=["The words “Launch on a Tuesday” on dark paper"])


class VariantShown(BaseModel):
    """A draft's content for one platform."""

    platform: str = Field(examples=["x"])
    text: str = Field(examples=[_TEXT])
    title: str | None = Field(examples=[None])
    thread: list[str] = Field(description="The parts, where it is more than one.", examples=[_PART])
    hashtags: list[str] = Field(examples=[["launch"]])
    media: list[MediumShown]
    options: dict[str, Any] = Field(examples=[_OPTIONS])
    edited: bool = Field(description="True once somebody changed it: then it no longer follows the idea.")
    pending_media: str | None = Field(description="`card` or `card_video` while that is being made.", examples=[None])
    method: str = Field(description="`extracted`: every sentence stands in the idea.", examples=["extracted"])
    findings: list[FindingShown]
    remaining: int = Field(examples=[205])
    unit: str = Field(examples=["weighted characters"])


class DraftListed(BaseModel):
    """A draft in a list."""

    id: UUID = Field(examples=[_ID])
    title: str = Field(examples=["Launch on a Tuesday"])
    platforms: list[str] = Field(examples=[["x", "linkedin"]])
    version: int = Field(examples=[3])
    author_id: UUID = Field(description="Who made it.", examples=[_ID])
    origin: Origin
    simulated: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = Field(examples=[None])


class DraftShown(DraftListed):
    """A draft with its idea and all its variants."""

    idea: str = Field(examples=[_IDEA])
    source: dict[str, Any] = Field(description="Where the idea came from.", examples=[{"kind": "text"}])
    variants: dict[str, VariantShown] = Field(description="By platform.")
    notes: list[str] = Field(default=[], description="What could not be done as asked.", examples=[[]])


class DraftPage(BaseModel):
    """Drafts, newest first; pass `next` as `after` for more."""

    items: list[DraftListed]
    next: Next
    simulated: bool


class IdShown(BaseModel):
    """A draft by its id."""

    id: UUID = Field(examples=[_ID])


class Ids(BaseModel):
    """Drafts by id."""

    items: list[IdShown]


def draft_listed(draft: Draft, simulated: bool) -> DraftListed:
    """A draft as lists show it."""
    return DraftListed(
        id=draft.id, title=draft.title, platforms=list(draft.variants), version=draft.version, author_id=draft.author_id,
        origin=draft.origin, simulated=simulated, created_at=draft.created_at, updated_at=draft.updated_at, deleted_at=draft.deleted_at,
    )  # fmt: skip


def draft_shown(draft: Draft, checked: dict[str, Checked], simulated: bool) -> DraftShown:
    """A draft with what its variants measure, and what the rules say of them."""
    hidden = {"changed_by", "revision", "changed_at"}
    source = {key: value for key, value in draft.idea.source.items() if key not in hidden}
    variants = {slug: _variant(slug, each) for slug, each in checked.items()}
    return DraftShown(**draft_listed(draft, simulated).model_dump(), idea=draft.idea.text, source=source, variants=variants)


def _variant(slug: str, checked: Checked) -> VariantShown:
    variant, first = checked.variant, checked.measures[0]
    media = [
        MediumShown(
            id=UUID(each.id), kind=each.kind, mime_type=each.mime_type, url=each.url, width=each.width, height=each.height,
            duration=each.duration, alt=each.alt,
        )
        for each in checked.media
    ]  # fmt: skip
    return VariantShown(
        platform=slug, text=variant.text, title=variant.title, thread=list(variant.thread), hashtags=list(variant.hashtags), media=media,
        options=dict(variant.options), edited=variant.edited, pending_media=variant.pending_media, method=variant.method,
        findings=[finding_shown(each) for each in checked.findings], remaining=first.remaining, unit=first.unit,
    )  # fmt: skip


def finding_shown(finding: Finding) -> FindingShown:
    """What a rule says, as JSON."""
    return FindingShown.model_validate(finding)
