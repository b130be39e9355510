"""What the command line takes as a source, and how it reads the machine."""

from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import uuid4

import pytest

from postwright.cli.client import Client, Json
from postwright.cli.main_job import perform, read_source
from postwright.cli.zone import machine_zone
from postwright.errors import InvalidInput


def test_text_comes_from_a_file_and_addresses_stay_addresses(tmp_path: Path):
    idea = tmp_path / "idea with spaces.md"
    idea.write_text("\ufeffGrüße, 世界 👩‍👩‍👧", encoding="utf-8")
    assert read_source(str(idea)) == {"idea": "Grüße, 世界 👩‍👩‍👧"}
    assert read_source("https://example.org/a") == {"url": "https://example.org/a"}


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"\xff\xfe\x00binary", "utf-8"), (b"x" * 2_000_001, "max_bytes"), (None, "exists")],
    ids=["binary", "huge", "missing"],
)
def test_a_source_that_is_no_text_is_refused_by_its_rule(tmp_path: Path, content: bytes | None, rule: str):
    source = tmp_path / "source"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        read_source(str(source))
    assert (refused.value.field, refused.value.rule) == ("SOURCE", rule)


@pytest.mark.parametrize(
    ("said", "zone"), [("Europe/Berlin", "Europe/Berlin"), (":Asia/Kathmandu", "Asia/Kathmandu"), ("CET-1CEST", "UTC"), ("Etc/UTC", "UTC")]
)
def test_the_machine_s_zone_is_one_that_exists(monkeypatch: pytest.MonkeyPatch, said: str, zone: str):
    monkeypatch.setenv("TZ", said)
    assert machine_zone() == zone


class Api:
    """An instance that plans one post and stops it by a rule."""

    base_url = "http://postwright.test"
    post_row: ClassVar[Json] = {
        "platform": "tiktok", "handle": "@acme", "account_name": None, "timezone": "UTC", "slot_at": None, "scheduled_at": None,
        "slot_reason": None, "state": "planned", "simulated": True, "url": None, "error": None,
    }  # fmt: skip

    def get(self, path: str, **_: Any) -> Json:
        return {
            "/me": {"workspace": {"id": str(uuid4()), "environment": "sandbox", "simulated": True}},
            "/accounts": {"items": [{"id": "a", "platform": "tiktok", "is_active": True, "paused_at": None}]},
            "/posts/1": self.post_row,
        }[path]

    def post(self, path: str, body: Json | None = None) -> Json:
        stopped = {"level": "error", "message": "TikTok needs a video."}
        return {
            "/drafts/find": {"items": []},
            "/drafts": {"id": "d", "variants": {}},
            "/drafts/d/plan": {"items": [{"item_id": "1"}]},
            "/posts/schedule": {"items": [{"id": "1", "scheduled": False, "findings": [{"level": "warning"}, stopped]}]},
        }[path]


def test_a_post_that_a_rule_stops_is_told_with_the_rule_and_not_waited_for(tmp_path: Path):
    idea = tmp_path / "idea.md"
    idea.write_text("An idea", encoding="utf-8")
    (line,) = perform(cast(Client, Api()), str(idea), None, at_slot=False, tell=lambda words: None).lines
    assert (line.outcome, line.error) == ("planned (sandbox)", "TikTok needs a video.")


class GrowingApi(Api):
    """An instance whose sandbox grants what is asked for."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        self.granted: list[str] = []

    def get(self, path: str, **more: Any) -> Json:
        found = super().get(path, **more)
        if path == "/accounts":
            found["items"] += [{"id": name, "platform": name, "is_active": True, "paused_at": None} for name in self.granted]
        if path == "/me":
            found["workspace"]["environment"] = self.environment
        return found

    def post(self, path: str, body: Json | None = None) -> Json:
        if path != "/accounts/sandbox":
            return super().post(path, body)
        self.granted += (body or {})["platforms"]
        return {"items": []}


def test_a_sandbox_connects_the_accounts_that_are_named(tmp_path: Path):
    idea, api = tmp_path / "idea.md", GrowingApi("sandbox")
    idea.write_text("An idea", encoding="utf-8")
    perform(cast(Client, api), str(idea), ["tiktok", "wordpress", "Twitter"], at_slot=False, tell=lambda words: None)
    assert api.granted == ["wordpress", "x"]


def test_a_live_workspace_connects_nothing_by_itself(tmp_path: Path):
    idea, api = tmp_path / "idea.md", GrowingApi("live")
    idea.write_text("An idea", encoding="utf-8")
    with pytest.raises(InvalidInput, match="No account is connected on wordpress"):
        perform(cast(Client, api), str(idea), ["tiktok", "wordpress"], at_slot=False, tell=lambda words: None)
    assert api.granted == []
