"""What the command line takes as a source, and how it reads the machine."""

from pathlib import Path

import pytest

from postwright.cli.main_job import read_source
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
