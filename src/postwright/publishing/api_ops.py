"""What people do with posts besides sending them: look before, change, copy, delete there, many at once, what it costs."""

from __future__ import annotations

from uuid import UUID

from postwright.calendar.move import place_of
from postwright.edge import versions
from postwright.edge.access import ADMIN_WHOLE, PUBLISH, READ, SCHEDULE, needs
from postwright.edge.context import Context, Signed
from postwright.edge.once import DryRun
from postwright.edge.paging import After, Limit
from postwright.edge.routes import api_router
from postwright.edge.served import served
from postwright.edge.versions import IfMatch
from postwright.publishing import bulk, cost, edit, preflight
from postwright.publishing.api import detail_of
from postwright.publishing.duplicate import duplicate
from postwright.publishing.remove import ask_removal
from postwright.publishing.shapes import PostDetailOut
from postwright.publishing.shapes_ops import (
    AccountCostOut,
    BudgetWish,
    BulkItem,
    BulkOut,
    BulkUndo,
    BulkWish,
    ContentChange,
    CopiesOut,
    Copy,
    CostOut,
    CostWish,
    EditedOut,
    EditOut,
    EditsOut,
    MonthOut,
    PostCostOut,
    Preflight,
)
from postwright.studio.shapes import FindingShown

router = api_router(tags=["posts"])

_NEEDS_PUBLISH = frozenset({bulk.Act.PUBLISH, bulk.Act.DELETE})


@router.post("/posts/bulk", summary="One act on many posts")
@needs(SCHEDULE)
async def act_on_many(ctx: Signed, body: BulkWish, dry_run: DryRun = False) -> BulkOut:
    """What stops one post stops no other: look at each item. `publish` and `delete` need the scope `publish`."""
    if body.act in _NEEDS_PUBLISH:
        ctx.caller.require(PUBLISH)
    wish = bulk.Wish(body.act, body.days, body.label, body.anyway, body.again)
    found = await bulk.bulk(ctx.db, ctx.actor, wish, body.ids, now=ctx.now, served_at=served(ctx.state.settings, ctx.now))
    return BulkOut(done=found.count, items=[BulkItem.model_validate(each) for each in found.items], undo=_undo(found))


@router.post("/posts/cost", summary="What posts would cost")
@needs(READ)
async def costs(ctx: Signed, body: CostWish) -> CostOut:
    """Where a platform bills each call (X). Nothing of it stops a post; passing the workspace's budget is a warning."""
    found = await cost.preview(ctx.db, ctx.actor, body.ids, now=ctx.now)
    return CostOut(
        total=found.total,
        posts=[_post_cost(each) for each in found.posts],
        month=_month(found.month),
        findings=[FindingShown.model_validate(each) for each in found.findings],
    )


@router.get("/costs", summary="What the running month costs")
@needs(READ)
async def month(ctx: Signed) -> MonthOut:
    """By account: what went out, and what is scheduled."""
    return _month(await cost.month_of(ctx.db, ctx.actor, now=ctx.now))


@router.put("/costs/budget", summary="Name what a month may cost")
@needs(ADMIN_WHOLE)
async def set_budget(ctx: Signed, body: BudgetWish) -> MonthOut:
    """Passing it shows a warning; posts go out all the same."""
    await cost.set_budget(ctx.db, ctx.actor, body.dollars)
    return _month(await cost.month_of(ctx.db, ctx.actor, now=ctx.now))


@router.get("/posts/{post_id}/preflight", summary="What stands in the way of a post")
@needs(READ)
async def look_before(ctx: Signed, post_id: UUID) -> Preflight:
    """By the platform's rules, its account, its time, and what was posted before; the same is looked at again before it is sent."""
    found = await preflight.preflight(ctx.db, ctx.actor, post_id, now=ctx.now, served_at=served(ctx.state.settings, ctx.now))
    shown = [FindingShown.model_validate(each) for each in found]
    return Preflight(ready=not any(each.level == "error" for each in found), findings=shown)


@router.patch("/posts/{post_id}/content", summary="Change what a post says before it goes out")
@needs(SCHEDULE)
async def change_content(ctx: Signed, post_id: UUID, body: ContentChange, if_match: IfMatch = None, dry_run: DryRun = False) -> EditedOut:
    """This post alone; its draft stays. A scheduled post stays scheduled, and needs a new approval where it had one."""
    item = await edit.hold_post(ctx.db, ctx.actor, post_id)
    versions.require(if_match, *await place_of(ctx.db, ctx.actor, post_id, ctx.now))
    return await _edited(ctx, post_id, await edit.edit_post(ctx.db, ctx.actor, item, body.changes()))


@router.get("/posts/{post_id}/edits", summary="What was changed of a post")
@needs(READ)
async def edits(ctx: Signed, post_id: UUID, after: After = None, limit: Limit = 50) -> EditsOut:
    """Who changed what, before and after; the latest first."""
    page = await edit.list_edits(ctx.db, ctx.actor, post_id, after=after, limit=limit)
    return EditsOut(items=[EditOut.model_validate(each) for each in page.items], next=page.next)


@router.post("/posts/{post_id}/edits/{edit_id}/restore", summary="Bring back what a post said before an edit")
@needs(SCHEDULE)
async def restore(ctx: Signed, post_id: UUID, edit_id: UUID) -> EditedOut:
    """This is an edit of its own, and can be taken back alike."""
    item = await edit.hold_post(ctx.db, ctx.actor, post_id)
    return await _edited(ctx, post_id, await edit.restore(ctx.db, ctx.actor, item, edit_id))


@router.post("/posts/{post_id}/duplicate", status_code=201, summary="Make a post anew, for other accounts or another time")
@needs(SCHEDULE)
async def copy(ctx: Signed, post_id: UUID, body: Copy | None = None, dry_run: DryRun = False) -> CopiesOut:
    """The copies are planned and go out only once somebody schedules them. The same account gets the same content only with `again`."""
    wish = body or Copy()
    return CopiesOut(ids=await duplicate(ctx.db, ctx.actor, post_id, accounts=wish.connection_ids, at=wish.at, now=ctx.now))


@router.post("/posts/{post_id}/delete", summary="Delete a published post on its platform")
@needs(PUBLISH)
async def delete_there(ctx: Signed, post_id: UUID) -> PostDetailOut:
    """The worker does it within a moment; its timeline tells how that went. What it was, and its figures, stay here."""
    await ask_removal(ctx.db, ctx.actor, post_id)
    return await detail_of(ctx, post_id)


async def _edited(ctx: Context, post_id: UUID, done: edit.Edited) -> EditedOut:
    detail = await detail_of(ctx, post_id)
    return EditedOut(
        **detail.model_dump(),
        edit_id=done.edit_id,
        voided_approval=done.voided_approval,
        findings=[FindingShown.model_validate(each) for each in done.findings],
    )


def _undo(found: bulk.Outcome) -> BulkUndo | None:
    back = found.undo
    if back is None:
        return None
    return BulkUndo(act=back.act, ids=list(found.undo_ids), days=back.days, label=back.label, anyway=back.anyway)


def _post_cost(each: cost.PostCost) -> PostCostOut:
    price = each.price
    return PostCostOut(
        id=each.item_id,
        platform=each.platform,
        dollars=price.dollars if price else None,
        source=price.source if price else None,
        checked_on=price.checked_on if price else None,
    )


def _month(found: cost.Month) -> MonthOut:
    accounts = [AccountCostOut.model_validate(each) for each in found.accounts]
    return MonthOut(month=f"{found.start:%Y-%m}", total=found.total, budget=found.budget, accounts=accounts)
