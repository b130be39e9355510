"""One typed function per query of this module."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from postwright.db.queries import Conn, load
from postwright.edge.paging import Cursor
from postwright.identity.models import Account, Known, LetterLink, Moved, PersonRow, Purpose, SessionRow, StoredPassword

_sql = load(__package__)


async def register(db: Conn, *, email: str, password_hash: str, name: str, zone: str) -> UUID:
    made: UUID = await _sql["register"].value(db, email=email, password_hash=password_hash, name=name, zone=zone)
    return made


async def operator(db: Conn, *, zone: str) -> UUID:
    found: UUID = await _sql["operator"].value(db, zone=zone)
    return found


async def credentials(db: Conn, email: str) -> StoredPassword | None:
    return await _sql["credentials"].one(db, StoredPassword, email=email)


async def begin_sign_in(db: Conn, key: bytes) -> datetime | None:
    until: datetime | None = await _sql["begin_sign_in"].value(db, key=key)
    return until


async def note_sign_in(db: Conn, key: bytes, *, succeeded: bool) -> None:
    await _sql["note_sign_in"].value(db, key=key, succeeded=succeeded)


async def open_session(
    db: Conn, *, user: UUID, hash: bytes, expires: datetime, agent: str, address: str | None, former: bytes | None
) -> UUID | None:
    made: UUID | None = await _sql["open_session"].value(
        db, user=user, hash=hash, expires=expires, agent=agent, address=address, former=former
    )
    return made


async def end_session(db: Conn, *, session: UUID, user: UUID, now: datetime) -> None:
    await _sql["end_session"].run(db, session=session, user=user, now=now)


async def make_sign_in_link(db: Conn, *, user: UUID, hash: bytes, expires: datetime) -> None:
    await _sql["make_sign_in_link"].value(db, user=user, hash=hash, expires=expires)


async def spend_sign_in_link(db: Conn, hash: bytes) -> UUID | None:
    user: UUID | None = await _sql["spend_sign_in_link"].value(db, hash=hash)
    return user


async def set_profile(
    db: Conn, user: UUID, *, name: str | None = None, zone: str | None = None, week_start: int | None = None, locale: str | None = None
) -> None:
    await _sql["set_profile"].run(db, user=user, name=name, zone=zone, week_start=week_start, locale=locale)


async def take_turn(db: Conn, key: bytes, *, most: int, span: timedelta) -> datetime | None:
    until: datetime | None = await _sql["take_turn"].value(db, key=key, most=most, span=span)
    return until


async def sign_up_open(db: Conn) -> bool | None:
    decided: bool | None = await _sql["sign_up_open"].value(db)
    return decided


async def invited(db: Conn, *, email: str, hash: bytes) -> bool:
    stands: bool = await _sql["invited"].value(db, email=email, hash=hash)
    return stands


async def make_letter_link(
    db: Conn, *, hash: bytes, purpose: Purpose, user: UUID | None, email: str, expires: datetime, name: str | None = None,
    zone: str | None = None, next: str | None = None, emailed: bool = True,
) -> None:  # fmt: skip
    await _sql["make_letter_link"].value(
        db, hash=hash, purpose=str(purpose), user=user, email=email, name=name, zone=zone, next=next, emailed=emailed, expires=expires
    )


async def letter_link(db: Conn, hash: bytes) -> LetterLink | None:
    return await _sql["letter_link"].one(db, LetterLink, hash=hash)


async def finish_sign_up(db: Conn, *, hash: bytes, password_hash: str, name: str) -> UUID | None:
    made: UUID | None = await _sql["finish_sign_up"].value(db, hash=hash, password_hash=password_hash, name=name)
    return made


async def confirm_address(db: Conn, *, hash: bytes, user: UUID) -> Moved | None:
    return await _sql["confirm_address"].one(db, Moved, hash=hash, user=user)


async def set_address(db: Conn, *, user: UUID, email: str) -> None:
    await _sql["set_address"].value(db, user=user, email=email)


async def account(db: Conn, user: UUID) -> Account | None:
    return await _sql["account"].one(db, Account, user=user)


async def account_at(db: Conn, email: str) -> Known | None:
    return await _sql["account_at"].one(db, Known, email=email)


async def ask_reset(db: Conn, user: UUID) -> None:
    await _sql["ask_reset"].value(db, user=user)


async def reset_password(db: Conn, *, hash: bytes, password_hash: str) -> UUID | None:
    user: UUID | None = await _sql["reset_password"].value(db, hash=hash, password_hash=password_hash)
    return user


async def change_password(db: Conn, *, user: UUID, password_hash: str, session: UUID, fresh: bytes) -> None:
    await _sql["change_password"].value(db, user=user, password_hash=password_hash, session=session, fresh=fresh)


async def sessions(db: Conn, user: UUID, *, now: datetime, after: Cursor | None, limit: int) -> list[SessionRow]:
    before, before_id = (after.value, after.id) if after else (None, None)
    return await _sql["sessions"].rows(db, SessionRow, user=user, now=now, before=before, before_id=before_id, limit=limit)


async def end_one_session(db: Conn, *, session: UUID, user: UUID, now: datetime) -> bool:
    return await _sql["end_one_session"].value(db, session=session, user=user, now=now) is not None


async def end_other_sessions(db: Conn, *, session: UUID, user: UUID, now: datetime) -> int:
    ended: int = await _sql["end_other_sessions"].value(db, session=session, user=user, now=now)
    return ended


async def set_picture(db: Conn, user: UUID, address: str | None) -> str | None:
    was: str | None = await _sql["set_picture"].value(db, user=user, address=address)
    return was


async def picture(db: Conn, person: UUID) -> str | None:
    address: str | None = await _sql["picture"].value(db, person=person)
    return address


async def require_operator(db: Conn, operator: UUID) -> None:
    await _sql["require_operator"].value(db, operator=operator)


async def people(db: Conn, operator: UUID, *, sought: str | None, after: Cursor | None, limit: int) -> list[PersonRow]:
    before, before_id = (after.value, after.id) if after else (None, None)
    return await _sql["people"].rows(db, PersonRow, operator=operator, sought=sought, before=before, before_id=before_id, limit=limit)


async def set_active(db: Conn, *, operator: UUID, person: UUID, active: bool) -> bool:
    return await _sql["set_active"].value(db, operator=operator, person=person, active=active) is not None


async def set_operator(db: Conn, *, operator: UUID, person: UUID, operates: bool) -> bool:
    return await _sql["set_operator"].value(db, operator=operator, person=person, operates=operates) is not None


async def set_sign_up(db: Conn, operator: UUID, *, open: bool | None) -> None:
    await _sql["set_sign_up"].value(db, operator=operator, open=open)


async def set_workspace_zone(db: Conn, workspace: UUID, zone: str) -> None:
    await _sql["set_workspace_zone"].run(db, workspace=workspace, zone=zone)


async def leave_mark(db: Conn, workspace: UUID, mark: str) -> None:
    await _sql["leave_mark"].run(db, workspace=workspace, mark=mark)


async def take_mark(db: Conn, workspace: UUID, mark: str) -> bool:
    return await _sql["take_mark"].value(db, workspace=workspace, mark=mark) is not None


async def link_subject(db: Conn, *, email: str, subject: str) -> UUID | None:
    found: UUID | None = await _sql["link_subject"].value(db, email=email, subject=subject)
    return found
