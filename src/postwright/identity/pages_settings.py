"""Settings: profile, picture, address, password, sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, UploadFile
from fastapi.responses import RedirectResponse, Response

from postwright.edge.access import PERSON, needs
from postwright.edge.context import Context, LongContext, Signed, SignedNoTx
from postwright.edge.locales import LOCALES
from postwright.edge.paging import Cursor
from postwright.edge.render import page
from postwright.edge.routes import page_router
from postwright.errors import InvalidInput, PostwrightError
from postwright.identity import cookies, pictures, prove, sessions, store
from postwright.identity.after import after
from postwright.identity.devices import PHONES, device
from postwright.identity.models import Profile, SessionRow
from postwright.identity.profile import WEEK_STARTS, change_profile
from postwright.kit.time import zone_names

router = page_router()

_Text = Annotated[str, Form(max_length=1000)]
_PICTURE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="picture.webp"',
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=86400",
}


# Profile


@router.get("/settings")
async def settings_page(ctx: SignedNoTx) -> Response:
    return await _settings(ctx)


@router.post("/settings")
@needs(PERSON)
async def save_settings(
    ctx: SignedNoTx, name: _Text = "", timezone: _Text = "", week_start: Annotated[int, Form()] = 1, locale: _Text = ""
) -> Response:
    typed = Profile(name, timezone, week_start, locale or ctx.caller.locale)
    try:
        async with ctx.transaction() as db:
            await change_profile(db, ctx.caller, name=name, zone=timezone, week_start=week_start, locale=typed.locale)
    except InvalidInput as error:
        return await _settings(ctx, error.status, typed, {error.field or "name": error.message})
    return _saved()


@router.post("/settings/picture")
@needs(PERSON)
async def save_picture(ctx: SignedNoTx, picture: UploadFile | None = None) -> Response:
    try:
        await pictures.set_picture(ctx, await picture.read(pictures.LARGEST + 1) if picture else b"")
    except PostwrightError as error:
        return await _settings(ctx, error.status, errors={"picture": error.message})
    return _saved()


@router.post("/settings/picture/remove")
@needs(PERSON)
async def remove_picture(ctx: SignedNoTx) -> Response:
    await pictures.remove_picture(ctx)
    return _saved()


@router.post("/settings/address")
@needs(PERSON)
async def save_address(ctx: SignedNoTx, email: _Text = "", present: _Text = "") -> Response:
    try:
        holds = await prove.change_address(ctx, email, present)
    except PostwrightError as error:
        field = {"present": "present_for_address"}.get(error.field or "", error.field or "email")
        return await _settings(ctx, error.status, errors={field: error.message}, email=email)
    return _saved() if holds.lower() == email.strip().lower() else await _settings(ctx, sent_to=email.strip())


@router.post("/settings/address/letter")
@needs(PERSON)
async def send_again(ctx: SignedNoTx) -> Response:
    try:
        await prove.send_again(ctx)
    except PostwrightError as error:
        return await _settings(ctx, error.status, errors={"email": error.message})
    return await _settings(ctx, sent_to=ctx.caller.email)


@router.post("/settings/password")
@needs(PERSON)
async def save_password(ctx: SignedNoTx, present: _Text = "", password: _Text = "") -> Response:
    caller = ctx.caller
    try:
        token = await prove.change_password(
            ctx.state, after(ctx.request), caller.user_id, caller.session, present=present, password=password
        )  # fmt: skip
    except PostwrightError as error:
        return await _settings(ctx, error.status, errors={error.field or "password": error.message})
    return cookies.set_token(_saved(), ctx.state, token)


async def _settings(
    ctx: LongContext, status: int = 200, typed: Profile | None = None, errors: dict[str, str] | None = None, *, email: str = "",
    sent_to: str = "",
) -> Response:  # fmt: skip
    """`sent_to`: the address that a letter is on its way to, where letters go out."""
    caller = ctx.caller
    account = await prove.account_of(ctx.state, caller.user_id)
    values = typed or Profile(caller.name, caller.timezone, caller.week_start, caller.locale)
    return page(
        ctx, "settings/settings.html", status, title="Profile", values=values, errors=errors or {}, zones=sorted(zone_names()),
        locales=LOCALES, week_starts=WEEK_STARTS, account=account, email=email, sent_to=sent_to, sends=ctx.state.mailer.sends,
    )  # fmt: skip


def _saved() -> RedirectResponse:
    return RedirectResponse("/settings?said=saved", 303)


@router.get("/people/{person}/pictures/{picture}")
async def show_picture(ctx: Signed, person: UUID, picture: UUID) -> Response:
    """For those who share a workspace with that person."""
    return Response(await pictures.read_picture(ctx.state, ctx.db, person, picture), media_type="image/webp", headers=_PICTURE_HEADERS)


# Sessions


@dataclass(frozen=True, slots=True)
class Device:
    """A session in words."""

    row: SessionRow
    name: str
    phone: bool
    current: bool


@router.get("/settings/sessions")
async def sessions_page(ctx: Signed, after: str | None = None) -> Response:
    found = await sessions.list_sessions(ctx.db, ctx.caller.user_id, now=ctx.now, after=Cursor.parse(after))
    devices = [_device(each, ctx) for each in found.items]
    return page(
        ctx, "settings/sessions.html", title="Sessions", devices=sorted(devices, key=lambda each: not each.current),
        next=f"/settings/sessions?after={found.next}" if found.next else None,
    )  # fmt: skip


@router.post("/settings/sessions/end")
@needs(PERSON)
async def end_others(ctx: Signed) -> Response:
    await store.end_other_sessions(ctx.db, session=ctx.caller.session, user=ctx.caller.user_id, now=ctx.now)
    return RedirectResponse("/settings/sessions?said=saved", 303)


@router.post("/settings/sessions/{session}/end")
@needs(PERSON)
async def end_session(ctx: Signed, session: UUID) -> Response:
    await sessions.end_session(ctx.db, ctx.caller.user_id, session, now=ctx.now)
    if session != ctx.caller.session_id:
        return RedirectResponse("/settings/sessions?said=saved", 303)
    return cookies.end_session(RedirectResponse("/sign-in?said=signed_out", 303), ctx.state)


def _device(row: SessionRow, ctx: Context) -> Device:
    name = device(row.user_agent)
    return Device(row, name, any(each in name for each in PHONES), row.id == ctx.caller.session_id)
