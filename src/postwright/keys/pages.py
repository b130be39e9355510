"""Keys, under Settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import ADMIN_PERSON, READ, Scope, needs
from postwright.edge.context import Context, Signed
from postwright.edge.paging import Cursor
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import Conflict, InvalidInput, PostwrightError
from postwright.keys import change, make, store
from postwright.keys.models import Made, Wish
from postwright.kit.time import day_bounds
from postwright.workspaces.same import same_workspace

router = page_router()

Text = Annotated[str, Form(max_length=2000)]
_A_PAGE = 50
_LIFETIMES = ("30", "90", "365", "date", "none")
_FIELDS = frozenset({"name", "scopes", "accounts", "until"})


@dataclass(frozen=True, slots=True)
class _Typed:
    """The form as it was sent, to be shown again."""

    name: str = ""
    scopes: Sequence[str] = ("read",)
    accounts: Sequence[UUID] = ()
    lifetime: str = "90"
    until: str = ""

    def wish(self, zone: str, now: datetime) -> Wish:
        """Raises InvalidInput."""
        unknown = set(self.scopes) - set(Scope)
        if unknown:
            raise InvalidInput("Choose among " + ", ".join(Scope) + ".", field="scopes", rule="known")
        return Wish(self.name, [Scope(each) for each in self.scopes], self.accounts or None, self._end(zone, now))

    def _end(self, zone: str, now: datetime) -> datetime | None:
        if self.lifetime not in _LIFETIMES:
            raise InvalidInput("Choose how long the key lasts.", field="until", rule="known")
        if self.lifetime == "none":
            return None
        if self.lifetime != "date":
            return now + timedelta(days=int(self.lifetime))
        try:
            return day_bounds(date.fromisoformat(self.until), zone)[1]
        except (ValueError, OverflowError):
            raise InvalidInput("Give the last day as year, month, day.", field="until", rule="date") from None


_FRESH = _Typed()


@router.get("/settings/keys")
@needs(READ)
async def keys_page(ctx: Signed, after: str = "", state: str = "") -> Response:
    return await _show(ctx, after=Cursor.parse(after), ended=state == "ended")


@router.post("/settings/keys")
@needs(ADMIN_PERSON)
async def make_submit(
    ctx: Signed,
    name: Text = "",
    scopes: Annotated[list[str] | None, Form(max_length=10)] = None,
    accounts: Annotated[list[UUID] | None, Form(max_length=100)] = None,
    lifetime: Text = "90",
    until: Text = "",
    workspace: Text = "",
) -> Response:
    """The page that comes back shows the key, once."""
    same_workspace(ctx.caller, workspace)
    typed = _Typed(name, ["read", *(scopes or [])], accounts or [], lifetime, until)
    try:
        made = await make.make(ctx.db, ctx.actor, typed.wish(ctx.caller.timezone, ctx.now), now=ctx.now)
    except (InvalidInput, Conflict) as error:
        return await _show(ctx, typed=typed, error=error)
    return await _show(ctx, made=made)


@router.post("/settings/keys/{key}/name")
@needs(ADMIN_PERSON)
async def rename_submit(ctx: Signed, key: UUID, name: Text = "", workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    await change.rename(ctx.db, ctx.actor, key, name)
    return RedirectResponse("/settings/keys?said=saved", 303)


@router.post("/settings/keys/{key}/revoke")
@needs(ADMIN_PERSON)
async def revoke_submit(ctx: Signed, key: UUID, workspace: Text = "") -> Response:
    same_workspace(ctx.caller, workspace)
    await change.revoke(ctx.db, ctx.actor, key, now=ctx.now)
    return RedirectResponse("/settings/keys?said=key_revoked", 303)


async def _show(
    ctx: Context,
    *,
    typed: _Typed = _FRESH,
    after: Cursor | None = None,
    ended: bool = False,
    error: PostwrightError | None = None,
    made: Made | None = None,
) -> Response:
    admin = ctx.caller.may("admin")
    accounts = {each.id: each for each in await store.accounts(ctx.db, ctx.actor.home)}
    return page(
        ctx, "settings/keys.html", error.status if error else 200, title="Keys", ended=ended, typed=typed, made=made, accounts=accounts,
        keys=await make.list_keys(ctx.db, ctx.actor, now=ctx.now, standing=not ended, after=after, limit=_A_PAGE) if admin else None,
        errors=_errors(error), rate=ctx.state.settings.key_rate,
    )  # fmt: skip


def _errors(error: PostwrightError | None) -> dict[str, str]:
    if error is None:
        return {}
    field = "until" if error.field == "expires_at" else error.field
    return {field if field in _FIELDS else "form": error.message}
