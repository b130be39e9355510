"""Posts over JSON: lists, one post, and the verbs that people have."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from postwright.calendar.move import place_tag
from postwright.edge import versions
from postwright.edge.access import PUBLISH, SCHEDULE, needs
from postwright.edge.context import Context, Signed
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Limit
from postwright.edge.routes import api_router
from postwright.edge.served import served
from postwright.errors import InvalidInput
from postwright.platforms.registry import resolve_alias
from postwright.publishing import posts, today
from postwright.publishing.cancel import cancel
from postwright.publishing.commit import Committed, When, commit, must_hold
from postwright.publishing.decide import decide
from postwright.publishing.dismiss import dismiss
from postwright.publishing.models import PostFilter, PostState, Sort, Tab
from postwright.publishing.retry import retry
from postwright.publishing.shapes import (
    AttemptOut,
    CommittedOut,
    ContentOut,
    Decision,
    NeedsPersonOut,
    OnePostOut,
    PostDetailOut,
    PostOut,
    PostsOut,
    Retry,
    ScheduledOut,
    ScheduleMany,
    ScheduleOne,
    TimelineOut,
    TodayOut,
    UnreadOut,
)
from postwright.studio.shapes import FindingShown

router = api_router(tags=["posts"])


@router.get("/posts", summary="Posts, by tab and filters")
async def list_posts(
    ctx: Signed,
    tab: Annotated[Tab, Query(description="As the tabs of Posts; drafts are listed at /drafts.")] = Tab.ALL,
    text: Annotated[str | None, Query(max_length=200, description="Words of the post, its title or its idea.")] = None,
    connection_id: Annotated[UUID | None, Query(description="Those of one account.")] = None,
    platform: Annotated[str | None, Query(max_length=50, description="Those of one platform.", examples=["x"])] = None,
    state: Annotated[PostState | None, Query(description="Those in one state.")] = None,
    author: Annotated[UUID | None, Query(description="Those that one person planned.")] = None,
    label: Annotated[str | None, Query(max_length=100, description="Those with this label.", examples=["launch"])] = None,
    draft_id: Annotated[UUID | None, Query(description="Those of one draft.")] = None,
    sort: Annotated[Sort | None, Query(description="A minus means latest first; without it, the tab's own order.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> PostsOut:
    """Each post once; filters add up. Without `sort` a tab has its own order."""
    wanted = PostFilter(
        tab, _storable(text), connection_id, resolve_alias(platform) if platform else None, state, author, _storable(label), draft_id
    )
    page = await posts.list_posts(ctx.db, ctx.actor, wanted, now=ctx.now, sort=sort, after=after, limit=limit)
    return PostsOut(items=[PostOut.model_validate(each) for each in page.items], next=page.next)


@router.get("/posts/tabs", summary="How many posts each tab holds")
async def count_tabs(ctx: Signed) -> dict[Tab, int]:
    """By tab, those of Drafts too."""
    return dict(await posts.tab_counts(ctx.db, ctx.actor, now=ctx.now))


@router.get("/today", summary="What goes out, what needs a person, what just went out")
async def read_today(ctx: Signed) -> TodayOut:
    """The page Today as data; `publisher_silent_since` is null while the publisher runs."""
    found = await today.read_today(ctx.db, ctx.actor, now=ctx.now)
    return TodayOut(
        simulated=ctx.caller.workspace.simulated,
        out_next=[PostOut.model_validate(each) for each in found.out_next],
        needs_person=[NeedsPersonOut(why=each.why, ask=each.ask, post=PostOut.model_validate(each.post)) for each in found.needs_person],
        just_out=[PostOut.model_validate(each) for each in found.just_out],
        counters={name: getattr(found.counters, name) for name in found.counters.__slots__},
        publisher_silent_since=found.publisher_silent_since,
        publisher_ever=found.publisher_ever,
    )


@router.post("/posts/schedule", summary="Schedule several posts")
@needs(SCHEDULE)
async def schedule_many(ctx: Signed, body: ScheduleMany, dry_run: DryRun = False) -> ScheduledOut:
    """For their slots, for now, or for one moment. A rule stops only the post that breaks it: look at each item.

    What the draft said on an account already is not sent there twice (rule `already_sent`) unless `again` names the account.
    With `when: now` 409 while publishing is paused.
    """
    if body.when == "now":
        ctx.caller.require(PUBLISH)
    done = await commit(
        ctx.db, ctx.actor, body.ids, now=ctx.now, when=body.when, again=body.again, served_at=served(ctx.state.settings, ctx.now)
    )
    return ScheduledOut(items=[_committed(ctx, each) for each in done])


@router.get("/posts/{post_id}", summary="One post with its whole story")
async def read_post(ctx: Signed, post_id: UUID) -> PostDetailOut:
    """Its content, every try and how it ended, and what people did. The ETag stands for its place in the plan."""
    return await detail_of(ctx, post_id)


@router.post("/posts/{post_id}/schedule", summary="Schedule a post for its slot, or for a moment")
@needs(SCHEDULE)
async def schedule_one(ctx: Signed, post_id: UUID, body: ScheduleOne | None = None, dry_run: DryRun = False) -> OnePostOut:
    """From then on it goes out unless someone acts. With `dry_run` what would stop it stands in `findings` (200), not in an error."""
    return await _commit_one(ctx, post_id, body.when if body else "slot", dry_run)


@router.post("/posts/{post_id}/publish", summary="Publish a post now")
@needs(PUBLISH)
async def publish_now(ctx: Signed, post_id: UUID, dry_run: DryRun = False) -> OnePostOut:
    """It goes out within a moment; its state tells how that went. 409 while publishing is paused. With `dry_run` nothing is sent,
    and what would stop it stands in `findings`."""
    return await _commit_one(ctx, post_id, "now", dry_run)


@router.post("/posts/{post_id}/cancel", summary="Cancel a planned or scheduled post")
@needs(SCHEDULE)
async def cancel_one(ctx: Signed, post_id: UUID) -> PostDetailOut:
    """Nothing goes out then; doing it again changes nothing. 409 once it is going out or is out."""
    await cancel(ctx.db, ctx.actor, post_id, now=ctx.now)
    return await detail_of(ctx, post_id)


@router.post("/posts/{post_id}/retry", summary="Send a failed post again")
@needs(PUBLISH)
async def retry_one(ctx: Signed, post_id: UUID, body: Retry | None = None) -> PostDetailOut:
    """Refused (409) while its content may be out already, by another post or by a try that was given up, unless `again`."""
    await retry(ctx.db, ctx.actor, post_id, now=ctx.now, again=body is not None and body.again)
    return await detail_of(ctx, post_id)


@router.post("/posts/{post_id}/dismiss", summary="Put a failed post away")
@needs(SCHEDULE)
async def dismiss_one(ctx: Signed, post_id: UUID) -> PostDetailOut:
    """It counts as canceled then, and its tries stay in its story."""
    await dismiss(ctx.db, ctx.actor, post_id, now=ctx.now)
    return await detail_of(ctx, post_id)


@router.post("/posts/{post_id}/decide", summary="Say how an unconfirmed post ended")
@needs(PUBLISH)
async def decide_one(ctx: Signed, post_id: UUID, body: Decision) -> PostDetailOut:
    """For a post of which nobody knows whether it went out: look at the account first."""
    await decide(ctx.db, ctx.actor, post_id, body.outcome, url=_storable(body.url), now=ctx.now)
    return await detail_of(ctx, post_id)


async def _commit_one(ctx: Context, post_id: UUID, when: When, rehearsal: bool) -> OnePostOut:
    (done,) = await commit(ctx.db, ctx.actor, [post_id], now=ctx.now, when=when, served_at=served(ctx.state.settings, ctx.now))
    if not rehearsal or any(each.rule == "exists" for each in done.findings):
        must_hold(done)
    detail, came = await detail_of(ctx, post_id), _committed(ctx, done)
    return OnePostOut(**detail.model_dump(), scheduled=came.scheduled, findings=came.findings)


async def detail_of(ctx: Context, post_id: UUID) -> PostDetailOut:
    """The post with its whole story, and its ETag on the answer."""
    found = await posts.get_post(ctx.db, ctx.actor, post_id, now=ctx.now)
    versions.tell(ctx.request, *place_tag(found.row.id, found.row.changed_at))
    return PostDetailOut(
        **PostOut.model_validate(found.row).model_dump(),
        content=ContentOut.model_validate(found.content),
        idea=found.idea,
        attempts=[AttemptOut.model_validate(each) for each in found.attempts],
        timeline=[TimelineOut.model_validate(each) for each in found.timeline],
        metrics_at=found.metrics_at,
        unread=UnreadOut.model_validate(found.unread) if found.unread else None,
    )


def _committed(ctx: Context, done: Committed) -> CommittedOut:
    return CommittedOut(
        id=done.item_id,
        scheduled=done.scheduled_post_id is not None,
        simulated=ctx.caller.workspace.simulated,
        findings=[FindingShown.model_validate(each) for each in done.findings],
    )


def _storable(text: str | None) -> str | None:
    """A NUL can be neither stored nor searched for."""
    if text is not None and "\x00" in text:
        raise InvalidInput("The text holds a NUL character: remove it.", field="text", rule="control_character")
    return text
