"""The main job: an idea in, native posts planned, published and reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from uuid import UUID
from zoneinfo import ZoneInfo

from postwright.cli.client import Client, Json
from postwright.errors import InvalidInput, Unavailable
from postwright.platforms import registry

Tell = Callable[[str], None]  # names a step as it begins

_NOW = "Sent now for the demonstration; the slot is the one that each post would have had."
_SETTLED = frozenset({"published", "failed", "unconfirmed", "canceled", "awaiting_approval"})
_RENDERING = 120  # seconds that cards and videos may take
_SENDING = 120  # seconds until every post must have settled


@dataclass(frozen=True, slots=True)
class Line:
    """One post in the report."""

    platform: str
    account: str
    slot: datetime | None  # at the wall clock of `zone`
    zone: str
    reason: str
    state: str
    simulated: bool
    link: str | None
    error: str | None

    @property
    def outcome(self) -> str:
        """As people read it: `published (sandbox)`."""
        return f"{self.state} (sandbox)" if self.simulated else self.state


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the idea. `fresh`: it was not brought before."""

    lines: list[Line]
    workspace: UUID
    fresh: bool
    note: str | None


def perform(api: Client, source: str, to: Sequence[str] | None, *, at_slot: bool, tell: Tell) -> Report:
    """Makes and plans; on sandbox accounts (unless `at_slot`) publishes at once, else schedules. A text that was brought
    before is not sent again: its posts are reported as they stand."""
    workspace = api.get("/me")["workspace"]
    home = UUID(workspace["id"])
    text_or_url = read_source(source)
    accounts = _accounts(api, workspace, to, tell)
    if earlier := _brought_before(api, text_or_url):
        return Report(
            [_line(api, api.get(f"/posts/{post['id']}")) for post in earlier],
            home,
            False,
            "This idea was brought before; nothing was sent again.",
        )
    tell("making a variant for each platform")
    draft = api.post("/drafts", text_or_url | {"platforms": [each["platform"] for each in accounts]})
    _wait_for_media(api, draft, tell)
    tell("finding slots")
    planned = api.post(f"/drafts/{draft['id']}/plan", {"connection_ids": [each["id"] for each in accounts]})["items"]
    at_once = not at_slot and bool(api.get("/me")["workspace"]["simulated"])  # accounts may just have decided it
    tell("publishing" if at_once else "scheduling")
    ids = [each["item_id"] for each in planned]
    done = api.post("/posts/schedule", {"ids": ids, "when": "now" if at_once else "slot"})["items"]
    return Report([_outcome(api, each, at_once) for each in done], home, True, _NOW if at_once else None)


def read_source(source: str) -> Json:
    """What the API takes: the text of a file or of standard input, or an address to read. Raises InvalidInput."""
    if source.startswith(("http://", "https://")):
        return {"url": source}
    if source == "-":
        import sys

        return {"idea": _decoded(sys.stdin.buffer.read(_LARGEST + 1), "standard input")}
    path = Path(source)
    if not path.is_file():
        raise InvalidInput(
            f"There is no file {source}. Give a text file, an address, or - for standard input.", field="SOURCE", rule="exists"
        )
    with path.open("rb") as file:
        return {"idea": _decoded(file.read(_LARGEST + 1), source)}


_LARGEST = 2_000_000  # bytes; the API's own limit on characters is lower and has its own words


def _decoded(raw: bytes, name: str) -> str:
    if len(raw) > _LARGEST:
        raise InvalidInput(f"{name} is larger than {_LARGEST // 1_000_000} MB.", field="SOURCE", rule="max_bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{name} is not UTF-8 text.", field="SOURCE", rule="utf-8") from None


def _accounts(api: Client, workspace: Json, to: Sequence[str] | None, tell: Tell) -> list[Json]:
    accounts = _connected(api)
    if not accounts and workspace["environment"] != "live":
        tell("connecting six sandbox accounts")
        api.post("/accounts/sandbox")
        accounts = _connected(api)
    if to:
        to = [registry.get(registry.resolve_alias(each.strip())).slug for each in to]
        if workspace["environment"] != "live" and (new := _without_account(api, to)):
            tell(f"connecting sandbox accounts: {', '.join(new)}")
            api.post("/accounts/sandbox", {"platforms": new})
            accounts = _connected(api)
        accounts = [each for each in accounts if each["platform"] in to]
        if absent := [each for each in to if each not in {account["platform"] for account in accounts}]:
            raise InvalidInput(f"No account is connected on {', '.join(absent)}.", field="--to", rule="connected")
    if not accounts:
        raise InvalidInput("No account is connected. Connect one under Accounts.", field="--to", rule="connected")
    return accounts


def _connected(api: Client) -> list[Json]:
    found: list[Json] = api.get("/accounts")["items"]
    return [each for each in found if each["is_active"] and not each["paused_at"]]


def _without_account(api: Client, platforms: Sequence[str]) -> list[str]:
    """Platforms that no account is on, not even a paused one."""
    known = {each["platform"] for each in api.get("/accounts")["items"]}
    return [each for each in platforms if each not in known]


def _brought_before(api: Client, text_or_url: Json) -> list[Json]:
    if "idea" not in text_or_url:
        return []
    found: list[Json] = api.post("/drafts/find", text_or_url)["items"]
    posts: list[Json] = []
    for draft in found:
        posts += api.get("/posts", draft_id=draft["id"], limit=50)["items"]
    return posts


def _wait_for_media(api: Client, draft: Json, tell: Tell) -> None:
    def ready(answer: Json) -> bool:
        return not any(each.get("pending_media") for each in answer["variants"].values())

    if not ready(draft):
        tell("rendering cards and videos")
        if not ready(api.wait(f"/drafts/{draft['id']}", ready, seconds=_RENDERING)):
            raise Unavailable("Rendering the media took too long; the draft is kept. Look at the log of jobs.")


def _outcome(api: Client, done: Json, at_once: bool) -> Line:
    """A post's line once it settled; one that a rule stopped is not waited for, and says which."""
    path = f"/posts/{done['id']}"
    if not done["scheduled"]:
        return _line(api, api.get(path), next(each for each in done["findings"] if each["level"] == "error"))
    settled = api.wait(path, lambda answer: answer["state"] in _SETTLED, seconds=_SENDING) if at_once else api.get(path)
    return _line(api, settled)


def _line(api: Client, post: Json, stopped: Json | None = None) -> Line:
    error: dict[str, Any] | None = stopped or post.get("error")
    zone = post["timezone"] or "UTC"
    return Line(
        platform=post["platform"],
        account=post["handle"] or post["account_name"] or "",
        slot=datetime.fromisoformat(slot).astimezone(ZoneInfo(zone)) if (slot := post["slot_at"] or post["scheduled_at"]) else None,
        zone=zone,
        reason=(post["slot_reason"] or "").partition(". ")[0],
        state=post["state"].replace("_", " "),
        simulated=post["simulated"],
        link=urljoin(api.base_url, post["url"]) if post["url"] else None,
        error=error.get("message") if error else None,
    )
