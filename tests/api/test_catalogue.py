"""The catalogue knows every code and every rule that the code can name, and shows them where a problem's `type` leads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

import postwright
from postwright.api import pages
from postwright.api.catalogue import DO, as_markdown, catalogue
from postwright.api.rules import RULES
from postwright.edge.paging import Cursor
from postwright.errors import InvalidInput

_SOURCE = Path(postwright.__file__).parent
# What raises or reports a rule, and the part of the catalogue that must know it.
_PARTS = {
    "InvalidInput": "invalid_input", "NotFound": "not_found", "NotSignedIn": "not_signed_in", "Forbidden": "forbidden",
    "Conflict": "conflict", "ChangedSince": "changed_since", "TooManyTries": "too_many_tries", "Unavailable": "unavailable",
    "SetupError": "setup", "CannotOpen": "cannot_open", "LinkExpired": "link_expired", "Finding": "finding", "Rejected": "platform",
    "Breach": "conflict",
}  # fmt: skip
_NOT_OURS = {"db/check.py"}  # its Finding is about the database's own statements


def _raised() -> Iterator[tuple[str, str, str]]:
    """(part, rule, file) of every rule that stands literally in a call."""
    for file in sorted(_SOURCE.rglob("*.py")):
        name = str(file.relative_to(_SOURCE))
        if name in _NOT_OURS or "sandbox" in name.split("/")[0]:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (part := _PARTS.get(getattr(node.func, "id", getattr(node.func, "attr", "")))):
                given = [each.value for each in node.keywords if each.arg == "rule"]
                given += node.args[1:2] if part == "finding" else node.args[:1] if getattr(node.func, "id", "") == "Breach" else []
                yield from ((part, each.value, name) for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str))


def test_every_rule_that_the_code_names_is_catalogued():
    found = list(_raised())
    assert len(found) > 150
    missing = sorted({f"{part}: {rule} ({file})" for part, rule, file in found if rule not in RULES.get(part, {})})
    assert missing == []


def test_rules_of_the_platforms_tables_are_catalogued():
    from postwright.platforms import meta
    from postwright.platforms.tiktok import answers as tiktok
    from postwright.platforms.youtube import answers as youtube

    tables = [*meta._RULES.values(), *meta._BY_CODE.values(), *tiktok._RULES.values(), *youtube._RULES.values()]
    assert {rule for _, rule, _ in tables} - set(RULES["platform"]) == set()


def test_every_code_says_what_to_do_and_each_stands_once():
    codes = [each.code for each in catalogue()]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(DO)
    assert set(RULES) <= set(codes)
    told = {each.code: each for each in catalogue()}
    assert (told["conflict"].status, told["conflict"].who, told["error"].status) == (409, "you fix the input", 500)


async def _page(accept: str = "text/html") -> httpx2.Response:
    app = FastAPI()
    app.include_router(pages.router)
    from types import SimpleNamespace

    app.state.postwright = SimpleNamespace(instance="test", settings=SimpleNamespace(base_url="http://test"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as http:
        return await http.get("/docs/errors", headers={"accept": accept})


@pytest.mark.anyio
async def test_the_type_of_a_problem_leads_to_its_place():
    shown = await _page()
    assert shown.status_code == 200
    for code in catalogue():
        assert f'id="{code.code}"' in shown.text
        for rule in code.rules:
            assert f'id="{code.code}-{rule.name}"' in shown.text
    assert "`" not in shown.text.split("<main", 1)[1].split("</main>")[0]


def test_the_reference_is_made_of_the_same():
    text = as_markdown()
    for code in catalogue():
        assert f"\n## {code.code}\n" in text
    assert text.count("\n| `") == sum(len(code.rules) for code in catalogue())


def test_a_rule_that_is_told_is_in_it():
    with pytest.raises(InvalidInput) as refused:
        Cursor.parse("nonsense")
    assert refused.value.rule in RULES[refused.value.code]
