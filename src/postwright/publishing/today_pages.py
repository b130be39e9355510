"""Today: what goes out, what needs a person, what just went out; and the first steps of a newcomer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.responses import RedirectResponse, Response

from postwright.connections.accounts import list_accounts
from postwright.edge.context import Context, Signed
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.publishing.overdue import Decided, list_held
from postwright.publishing.read import steps_done
from postwright.publishing.today import Today, read_today

router = page_router()

STEPS_COOKIE = "steps"
OPENED_COOKIE = "post_opened"  # the one first step that leaves no row behind
YEAR = 31_536_000  # seconds
_HELD_SHOWN = 50
_STEPS = (
    ("made", "/posts?tab=published", "See what became of the first idea", "A variant per platform, each by its own rule."),
    ("own", "/drafts/new", "Make your own", "An idea waits in the field; replace it."),
    ("move", "/calendar", "Move a planned post", "Drag it, or press M and use the arrow keys."),
    ("history", "/accounts#history", "Add eight weeks of simulated history", "It takes seconds, and can be removed again."),
    (
        "live",
        "/accounts#golive",
        "Make a place to go live",
        "A workspace beside this one, for real accounts.",
    ),
)


@router.get("/")
async def home() -> Response:
    return RedirectResponse("/today", 307)


@router.get("/today")
async def today_page(ctx: Signed) -> Response:
    return await show_today(ctx)


async def show_today(ctx: Context, decided: Sequence[Decided] = (), words: str = "", status: int = 200) -> Response:
    """Today; after a decision about held posts that something stopped, with what became of each. `words`: what became of the others."""
    today = await read_today(ctx.db, ctx.actor, now=ctx.now)
    accounts = await list_accounts(ctx.db, ctx.actor)
    held = await list_held(ctx.db, ctx.actor, now=ctx.now, limit=_HELD_SHOWN)
    return page(
        ctx, "today/today.html", status, title="Today", today=today, accounts=accounts, steps=await _steps(ctx, today), held=held,
        stopped={each.item_id: each.problem for each in decided if each.problem}, decided=decided, decided_words=words,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps, and whether it was taken."""

    href: str
    name: str
    hint: str
    done: bool


async def _steps(ctx: Context, today: Today) -> list[Step]:
    """The first steps of a sandbox workspace, until they are dismissed; nothing to look at yet, no step to look at it."""
    if not ctx.caller.workspace.simulated or ctx.request.cookies.get(STEPS_COOKIE) == "dismissed":
        return []
    done = await steps_done(ctx.db, ctx.actor.home, ctx.actor.user) | ({"made"} if OPENED_COOKIE in ctx.request.cookies else set())
    return [Step(href, name, hint, key in done) for key, href, name, hint in _STEPS if key != "made" or today.just_out or key in done]


@router.post("/today/steps/dismiss")
async def dismiss_steps(ctx: Signed) -> Response:
    answer = RedirectResponse("/today", 303)
    answer.set_cookie(STEPS_COOKIE, "dismissed", max_age=YEAR, samesite="lax", httponly=True)
    return answer
