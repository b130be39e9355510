"""What an entry tells, in the words of the interface."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from postwright.audit.models import ACTIONS, TABLES, Kind, Row

Names = Mapping[UUID, str]
Data = Mapping[str, Any]

NOUNS = {
    Kind.POST: "post", Kind.APPROVAL: "approval", Kind.PROMOTION: "promotion", Kind.ACCOUNT: "account", Kind.MEMBER: "member",
    Kind.INVITATION: "invitation", Kind.KEY: "key", Kind.WORKSPACE: "workspace", Kind.PREFERENCES: "preferences", Kind.DOSSIER: "dossier",
    Kind.TIMING_EXPERIMENT: "timing experiment", Kind.CONTENT_EXPERIMENT: "content experiment", Kind.ALERT: "alert",
    Kind.REPORT: "report schedule", Kind.WEBHOOK: "webhook", Kind.OTHER: "other",
}  # fmt: skip

FIELDS = {
    "scheduled_for": "goes out", "content": "text", "snapshot": "content", "platform_connection_id": "account", "adaptation_id": "draft",
    "schedule_item_id": "post", "published_post_id": "published post", "last_error": "error", "error": "error in detail",
    "user_id": "person", "created_by": "made by", "invited_by": "invited by", "decided_by": "decided by", "requested_by": "asked by",
    "accepted_by": "accepted by", "can_approve": "can approve", "connection_ids": "accounts", "platform_user_id": "id at the platform",
    "display_name": "name", "environment": "kind", "deleted_at": "deleted", "revoked_at": "ended", "accepted_at": "accepted",
    "declined_at": "declined", "emailed_at": "e-mail sent", "expires_at": "ends", "paused_at": "paused", "next_retry_at": "next try",
    "personal_of": "personal workspace of", "retry_count": "tries", "metadata": "details",
}  # fmt: skip

_STATES = {"processing": "publishing", "completed": "published", "needs_review": "unconfirmed", "cancelled": "canceled"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = 400  # characters of a value on the page


def describe(row: Row, names: Names) -> str:
    """What was done: "moved the post “Hello”"."""
    old, new = row.old_data or {}, row.new_data or {}
    special = _SPECIAL.get(row.table_name)
    words = special(row, old, new, names) if special else None
    return words or _plainly(row, new or old)


def name_of(field: str) -> str:
    """A column as a person reads it; with the field inside of it, where it has some."""
    column, _, inside = field.partition(".")
    name = FIELDS.get(column) or column.removesuffix("_id").removesuffix("_at").replace("_", " ")
    return f"{name}: {inside.replace('_', ' ')}" if inside else name


def spell_value(field: str, value: Any, names: Names) -> str:
    """A value as a person reads it, cut where it is long; empty: there was none."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return _cut(", ".join(str(each) for each in value))
    if isinstance(value, dict | list):
        return _cut(json.dumps(value, ensure_ascii=False))
    text = str(value)
    if _UUID.fullmatch(text) and UUID(text) in names:
        return names[UUID(text)]
    if _MOMENT.match(text):
        return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return _cut(_STATES.get(text, text) if field == "status" else text)


def path_of(row: Row) -> str | None:
    """The page of what was changed, where it has one."""
    data = row.new_data or row.old_data or {}
    if row.table_name in {"scheduled_posts", "published_posts"}:
        return f"/posts/{data['schedule_item_id']}" if data.get("schedule_item_id") else None
    return _PAGES.get(row.table_name)


_PAGES = {
    "platform_connections": "/accounts", "workspace_members": "/settings/members", "invitations": "/settings/members",
    "api_keys": "/settings/keys", "workspaces": "/settings/workspace",
}  # fmt: skip


def _plainly(row: Row, data: Data) -> str:
    kind = TABLES.get(row.table_name, Kind.OTHER)
    noun = NOUNS[kind] if kind is not Kind.OTHER else row.table_name.replace("_", " ")
    label = next((str(data[each]) for each in ("name", "alert_name", "hypothesis", "title", "url", "email") if data.get(each)), "")
    return f"{ACTIONS[row.action]} the {noun}" + (f" “{_short(label)}”" if label else "")


def _post(row: Row, old: Data, new: Data, names: Names) -> str:
    what = f"the post “{_short(str((new or old).get('content') or 'without words'))}”"
    if row.action == "INSERT":
        return f"scheduled {what}"
    if row.action == "DELETE":
        return f"took {what} out of the schedule"
    if old.get("status") != new.get("status"):
        return _POST_STATES.get(str(new.get("status")), "changed {}").format(what)
    if old.get("scheduled_for") != new.get("scheduled_for"):
        return f"moved {what}"
    return f"changed {what}"


_POST_STATES = {
    "scheduled": "scheduled {} again", "processing": "began to publish {}", "completed": "published {}", "failed": "could not publish {}",
    "cancelled": "canceled {}", "needs_review": "does not know whether {} went out",
}  # fmt: skip


def _published(row: Row, old: Data, new: Data, names: Names) -> str:
    what = f"the post “{_short(str((new or old).get('content') or 'without words'))}”"
    if row.action == "UPDATE" and old.get("status") != new.get("status"):
        return f"noted {what} as {new.get('status')}"
    return f"{_done(row, 'made', 'changed', 'removed')} the record of {what}"


def _account(row: Row, old: Data, new: Data, names: Names) -> str:
    data = new or old
    what = f"the account {data.get('handle') or data.get('display_name') or data.get('platform_user_id')} ({data.get('platform')})"
    if row.action == "UPDATE" and bool(old.get("paused_at")) != bool(new.get("paused_at")):
        return f"{'paused' if new.get('paused_at') else 'resumed'} {what}"
    if row.action == "UPDATE" and bool(old.get("suspended_at")) != bool(new.get("suspended_at")):
        return f"found that {what} is barred by its platform" if new.get("suspended_at") else f"let {what} be tried again"
    if row.action == "UPDATE" and old.get("health") != new.get("health"):
        return f"found that {what} must be connected again" if new.get("health") == "reconnect" else f"found {what} {new.get('health')}"
    return f"{_done(row, 'connected', 'changed', 'disconnected')} {what}"


def _member(row: Row, old: Data, new: Data, names: Names) -> str:
    data = new or old
    who = names.get(row.record_id, "a former member")
    if row.action == "INSERT":
        return f"took {who} in as {data.get('role')}" if row.user_id != row.record_id else f"joined as {data.get('role')}"
    if row.action == "DELETE":
        return "left the workspace" if row.user_id == row.record_id else f"removed {who}, who was {data.get('role')}"
    if old.get("role") != new.get("role"):
        return f"made {who} {new.get('role')}, who was {old.get('role')}"
    return f"changed what {who} may do"


def _invitation(row: Row, old: Data, new: Data, names: Names) -> str:
    data = new or old
    who = str(data.get("email"))
    if row.action == "INSERT":
        return f"invited {who} as {data.get('role')}"
    for field, words in _INVITED.items():
        if row.action == "UPDATE" and new.get(field) and not old.get(field):
            return words.format(who)
    return f"{_done(row, '', 'changed', 'removed')} the invitation of {who}"


_INVITED = {
    "accepted_at": "noted that {} accepted the invitation", "declined_at": "noted that {} declined the invitation",
    "revoked_at": "took back the invitation of {}", "emailed_at": "sent the invitation to {}",
}  # fmt: skip


def _key(row: Row, old: Data, new: Data, names: Names) -> str:
    what = f"the key “{_short(str((new or old).get('name')))}”"
    if row.action == "UPDATE" and new.get("revoked_at") and not old.get("revoked_at"):
        return f"revoked {what}"
    return f"{_done(row, 'made', 'changed', 'removed')} {what}"


def _workspace(row: Row, old: Data, new: Data, names: Names) -> str:
    if row.action == "UPDATE" and old.get("name") != new.get("name"):
        return f"renamed the workspace from “{_short(str(old.get('name')))}” to “{_short(str(new.get('name')))}”"
    if row.action == "UPDATE" and bool(old.get("deleted_at")) != bool(new.get("deleted_at")):
        return "deleted the workspace" if new.get("deleted_at") else "restored the workspace"
    return f"{_done(row, 'made', 'changed', 'removed')} the workspace “{_short(str((new or old).get('name')))}”"


def _pause(row: Row, old: Data, new: Data, names: Names) -> str:
    if row.action == "INSERT":
        return f"paused all publishing: “{_short(str(new.get('reason')))}”"
    return "resumed publishing" if new.get("ended_at") else "changed the pause of publishing"


_SPECIAL: Mapping[str, Callable[[Row, Data, Data, Names], str]] = {
    "scheduled_posts": _post, "published_posts": _published, "platform_connections": _account, "workspace_members": _member,
    "invitations": _invitation, "api_keys": _key, "workspaces": _workspace, "publishing_pauses": _pause,
}  # fmt: skip


def _done(row: Row, added: str, changed: str, removed: str) -> str:
    return {"INSERT": added, "UPDATE": changed}.get(row.action, removed)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:59].rstrip() + "…"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
